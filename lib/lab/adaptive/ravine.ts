import { minimize, momentum, type Problem, Random, type Rule, sgd } from '../../index.js';
import type { Mark, Point } from '../../pages/index.js';
import { type Check, claim, shortened } from '../check.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { type ConvexProblem, quadratic } from '../problems/quadratic.js';
import type { Values } from '../setting.js';
import { slope } from '../slope.js';
import { largest } from '../spread.js';
import { distance } from '../vectors.js';
import { type Method, methods, nesterov } from './contraction.js';
import { factorOf } from './heavy_ball.js';

const colors = ['blue', 'orange', 'green'] as const;

/** The smallest R in the figure. */
const floor = 1e-20;

/** `count` numbers from 1/8 to 2, evenly spaced in their logarithms. */
const powers = (count: number) => Array.from({ length: count }, (_, i) => 2 ** (-3 + (4 * i) / (count - 1)));

/** Learning rates tried, as multiples of the best one, which is among them. */
const multiples = powers(25);

type RavineSettings = Values<'conditionNumber' | 'sweeps' | 'seed'>;

/** A quadratic valley, κ times as curved across as along, at a random angle to the axes. */
export const ravineOf = ({ conditionNumber, seed }: Values<'conditionNumber' | 'seed'>): ConvexProblem =>
  quadratic([1, conditionNumber], { rotation: new Random(seed) });

/** Steps of a run. The first 500 suffice to fit a slope where κ is small. */
const stepsOf = ({ conditionNumber, sweeps }: RavineSettings) => 500 + Math.ceil(sweeps * Math.sqrt(conditionNumber));

const nameOf = ({ name, rate, decay }: Method) =>
  `${name}, η = ${shortened(rate)}${decay > 0 ? `, α = ${shortened(decay)}` : ''}`;

const descend = (problem: Problem, rule: Rule, maxSteps: number) =>
  minimize(problem, { rule, maxSteps, tolerance: 0, trajectory: true, onNonFinite: 'stop' }).trajectory!;

/** Factor of the error per step on a quadratic, where R ∝ error², fitted to the later half of a run. */
function factorPerStep(losses: readonly number[]): number {
  const end = losses.findIndex((loss) => loss < 1e-280); // smaller numbers lose digits
  const whole = end < 0 ? losses : losses.slice(0, end);
  const later = whole.slice(Math.floor(whole.length / 2));
  return Math.exp(slope(later.map((loss, t): Point => [t, Math.log(loss) / 2])));
}

/** A line with this factor of the error per step, through the last visible point. */
function longRun(factor: number, losses: readonly number[], last: number): Point[] {
  const reached = losses.findIndex((loss) => loss < floor);
  const end = reached < 0 ? last : Math.min(reached, last);
  return [0, end].map((t): Point => [t, losses[end]! * factor ** (2 * (t - end))]);
}

const tooLong = 'η 1 % above the best';
const otherTheory = 'an η that is 2 % larger in theory';
const oneOverL = 'η(1 − α) = 1/L as the best';
const corrected = 'the m of the slide with its bias correction';

/** Compares momentum in the lecture's form with gradient descent on a problem where both convergence rates are known. */
export const onRavine = part([tooLong, otherTheory, oneOverL, corrected], async (settings: RavineSettings, trial) => {
  const { conditionNumber } = settings;
  const problem = ravineOf(settings);
  const { strongConvexity, smoothness } = problem;
  const steps = stepsOf(settings);
  const measured = [];
  for (const [i, method] of methods(strongConvexity, smoothness).entries()) {
    const inTheory = trial.instead(otherTheory, 1, 1.02);
    const theory = (rate: number) =>
      Math.max(method.contraction(inTheory * rate, strongConvexity), method.contraction(inTheory * rate, smoothness));
    const tried = multiples.map((multiple) => {
      const rate = multiple * method.rate;
      const factor = factorPerStep(descend(problem, method.rule(rate), steps).losses);
      return { multiple, factor, deviation: Math.abs(factor / theory(rate) - 1) };
    });
    const fastest = tried.reduce((least, one) => (one.factor < least.factor ? one : least));
    const best = trial.instead(oneOverL, method.rate, 1 / smoothness / (1 - method.decay));
    const { thetas, losses } = descend(problem, method.rule(trial.instead(tooLong, 1, 1.01) * method.rate), steps);
    measured.push({
      method,
      color: colors[i]!,
      theory,
      tried,
      fastest: (fastest.multiple * method.rate) / best,
      thetas,
      losses,
      factor: factorPerStep(losses),
    });
    await trial.progress((i + 1) / 3);
  }
  const [descent, heavy, nesterov] = [measured[0]!, measured[1]!, measured[2]!];

  const errors = descent.thetas.map((theta) => Math.hypot(...theta));
  const powersOfFactor = errors.map((_, t) => descent.method.best ** t * errors[0]!).filter((error) => error > 1e-250);
  const exact = powersOfFactor.map((error, t) => Math.abs(errors[t]! / error - 1));
  const { rate: learningRate, decay } = heavy.method;
  const plain = descend(problem, momentum({ learningRate, decay, biasCorrection: false }), steps);
  const slides = descend(
    problem,
    momentum({ learningRate, decay, biasCorrection: trial.instead(corrected, false, true) }),
    steps,
  );
  const buffer = descend(problem, sgd({ learningRate: learningRate * (1 - decay), momentum: decay }), steps);
  const margin = 1 - heavy.method.best;
  const shown = Math.min(steps, Math.ceil(4 * conditionNumber));
  const [exactly, ofMomentum, ofNesterov] = [
    claim(
      'gradient descent, η = 2/(L + μ): ‖θ(t) − θ*‖ = ((κ − 1)/(κ + 1))ᵗ‖θ(0) − θ*‖, the largest relative deviation of all t',
    ).atMost(largest(exact), 1e-9, tooLong),
    ...([
      { ...heavy, formula: '(√κ − 1)/(√κ + 1)' },
      { ...nesterov, formula: '1 − 2/√(3κ + 1)' },
    ].map(({ method, factor, formula }) =>
      claim(`${method.name}, with the best η and α: ln of the factor per step over ln of ${formula}`).between(
        Math.log(factor) / Math.log(method.best),
        0.97,
        1.01,
        tooLong,
      ),
    ) as [Check, Check]),
  ] as const;
  const ofAllRates = measured.map(({ method, tried }) =>
    claim(
      `${method.name}: its factor per step against theory, the largest relative deviation over all learning rates tried`,
    ).atMost(largest(tried.map(({ deviation }) => deviation)), 0.01, otherTheory),
  );
  const ofFastest = measured.map(({ method, fastest }) =>
    claim(`${method.name}: the fastest of the learning rates tried, over the best in theory`).between(
      fastest,
      0.9,
      1.1,
      oneOverL,
    ),
  );
  const sameAsBuffer = claim(
    "the slide's m without bias correction is PyTorch's buffer with η(1 − α): the largest difference of θ at any step",
  ).atMost(largest(slides.thetas.map((theta, t) => distance(theta, buffer.thetas[t]!))), 1e-12, corrected);
  const factors = `by a factor of ${shortened(descent.factor)} per step with gradient descent, ${shortened(nesterov.factor)} with Nesterov momentum and ${shortened(heavy.factor)} with momentum`;
  const curve = (losses: readonly number[]) => losses.slice(0, shown + 1).map((loss, t): Point => [t, loss]);
  return {
    figures: [
      {
        name: 'ravine',
        title: `Gradient descent and momentum in a ravine of κ = ${shortened(conditionNumber)}`,
        caption:
          'The loss over steps with the best η and α of each method, and the asymptotic slope in theory (dashed). The correction 1/(1 − αᵗ) makes the first steps up to 1/(1 − α) times as long: compare them with the first steps of momentum without correction (dotted).',
        x: { label: 'step t', domain: [0, shown] },
        y: {
          label: 'R(θ(t)) − R*',
          scale: 'log',
          domain: [floor, 10 * largest([...heavy.losses, ...nesterov.losses])],
        },
        marks: [
          ...measured.flatMap(({ method, color, losses }): Mark[] => [
            line({ name: nameOf(method), color }, curve(losses)),
            line({ color, style: 'dashed', width: 1.5 }, longRun(method.best, losses, shown)),
          ]),
          line({ name: 'momentum without bias correction', color: 'orange', style: 'dotted' }, curve(plain.losses)),
        ],
      },
      {
        name: 'factors',
        title: 'The convergence factor of each learning rate, measured and in theory',
        caption:
          'The factor by which the error shrinks per step in the long run: runs (dots), and the largest root of the recursion (lines). Above 1 a run diverges. α is always the best one.',
        x: { label: 'η / the best η', scale: 'log' },
        y: { label: 'factor of ‖θ − θ*‖ per step', domain: [heavy.method.best - margin / 5, 1 + margin] },
        marks: measured.flatMap(({ method, color, theory, tried }): Mark[] => [
          line({ color }, powers(200), (x) => [x, theory(x * method.rate)]),
          dots({ name: method.name, color }, tried, ({ multiple, factor }) => [multiple, factor]),
        ]),
      },
    ],
    checks: [exactly, ofMomentum, ofNesterov, ...ofAllRates, ...ofFastest, sameAsBuffer],
    findings: [
      finding(
        [exactly, ofMomentum, ofNesterov],
        `In the ravine the error shrinks ${factors}, each at its best: a step of momentum is worth ${(Math.log(heavy.factor) / Math.log(descent.factor)).toFixed(1)} of gradient descent's. That Nesterov momentum is better in practice is not supported here: on a quadratic without noise theory gives it the larger factor of the two, 1 − 2/√(3κ + 1).`,
        `In the ravine the error changes ${factors}: not all are the factors of theory, ${measured.map(({ method }) => shortened(method.best)).join(', ')}.`,
      ),
      `With the best η the loss is ${shortened(heavy.losses[0]!)} at the start, and at most ${shortened(largest(heavy.losses))} on the way of momentum with its correction of bias, ${shortened(largest(plain.losses))} without.`,
    ],
  };
});

const withoutLookahead = 'momentum in place of Nesterov momentum';

/** The usual α in practice. */
const usualDecay = 0.9;

/**
 * Momentum and Nesterov momentum with the same α, and η(1 − α) = 1/L. Where both oscillate, the errors shrink by √α and
 * √(α(1 − μ/L)) per step.
 */
export const onEqualTerms = part([withoutLookahead], (settings: RavineSettings, trial) => {
  const problem = ravineOf(settings);
  const { strongConvexity, smoothness } = problem;
  const steps = stepsOf(settings);
  const step = 1 / smoothness;
  const measure = (decay: number, looksAhead: boolean) => {
    const learningRate = step / (1 - decay);
    const rule = momentum({ learningRate, decay, nesterov: looksAhead, biasCorrection: false });
    return factorPerStep(descend(problem, rule, steps).losses);
  };
  const looksAhead = trial.instead(withoutLookahead, true, false);
  const kinds = [
    { name: 'momentum', color: 'orange', looksAhead: false, contraction: factorOf },
    { name: 'Nesterov momentum', color: 'green', looksAhead, contraction: nesterov },
  ] as const;
  const decays = Array.from({ length: 25 }, (_, i) => 0.5 + 0.02 * i);
  const alphas = Array.from({ length: 200 }, (_, i) => 0.5 + 0.0024 * i);
  const measured = kinds.map((kind) => {
    const theory = (decay: number) =>
      Math.max(
        kind.contraction({ step: step * strongConvexity, decay }),
        kind.contraction({ step: step * smoothness, decay }),
      );
    return { ...kind, theory, factors: decays.map((decay) => measure(decay, kind.looksAhead)) };
  });
  const { theory, factors } = measured[1]!;
  const [plain, ahead] = kinds.map((kind) => measure(usualDecay, kind.looksAhead)) as [number, number];
  const [asInTheory, better] = [
    claim(
      'Nesterov momentum with η(1 − α) = 1/L: its factor per step against theory, the largest relative deviation for α from 0.5 to 0.98',
    ).atMost(largest(decays.map((decay, i) => Math.abs(factors[i]! / theory(decay) - 1))), 0.01, withoutLookahead),
    claim(
      `α = ${usualDecay} and η(1 − α) = 1/L for both: steps of momentum that a step of Nesterov momentum is worth`,
    ).atLeast(Math.log(ahead) / Math.log(plain), 1.04, withoutLookahead),
  ] as const;
  const worth = shortened(Number(better.measured.toPrecision(3)));
  const terms = `With α = ${usualDecay} and η(1 − α) = 1/L for both, the error shrinks by ${shortened(ahead)} per step with Nesterov momentum and by ${shortened(plain)} with momentum, so a step of the one is worth ${worth} of the other's`;
  return {
    figures: [
      {
        name: 'equal-terms',
        title: 'Momentum and Nesterov momentum with the same η and α',
        caption:
          'The factor by which the error shrinks per step in the long run with η(1 − α) = 1/L: runs (dots), and the largest root of the recursion (lines). Compare both methods where α is larger than the best one.',
        x: { label: 'α' },
        y: { label: 'factor of ‖θ − θ*‖ per step' },
        marks: measured.flatMap(({ name, color, theory, factors }): Mark[] => [
          line({ color }, alphas, (alpha) => [alpha, theory(alpha)]),
          dots({ name, color }, decays, (decay, i) => [decay, factors[i]!]),
        ]),
      },
    ],
    checks: [asInTheory, better],
    findings: [
      finding(
        [better],
        `${terms}: with the same η and α it is better${asInTheory.holds ? ', as theory has it' : ', though its factors are not all those of theory'}.`,
        `${terms}: that it is better with the same η and α is not supported here.`,
      ),
    ],
  };
});
