import { Random } from '../../numbers/random.js';
import { adagrad } from '../../optimizers/adagrad.js';
import { adam } from '../../optimizers/adam.js';
import { Optimizer } from '../../optimizers/optimizer.js';
import { rmsprop } from '../../optimizers/rmsprop.js';
import type { Hyperparameter, Rule } from '../../optimizers/rule.js';
import { sgd } from '../../optimizers/sgd.js';
import type { Color, Line, Point } from '../../pages/figure.js';
import { inverseTime } from '../../schedules/inverse_time.js';
import { atLeast, atMost, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import { logLogSlope } from '../slope.js';
import { someSteps } from '../some_steps.js';
import { largest } from '../spread.js';
import type { Trial } from '../trial.js';
import { adagradBounds, clicks, hindsight, play, proofDeviation, regrets } from './online.js';

/** Learning rates tried. */
const rates = [-3, -2, -1].flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
const delta = 1e-10;

const players: readonly [name: string, color: Color, rule: (learningRate: number) => Rule][] = [
  ['AdaGrad', 'blue', (learningRate) => adagrad({ learningRate, epsilon: delta })],
  ['RMSprop', 'green', (learningRate) => rmsprop({ learningRate })],
  ['Adam', 'purple', (learningRate) => adam({ learningRate })],
  ['SGD', 'orange', (learningRate) => sgd({ learningRate })],
];

export interface RegretSettings {
  rounds: number;
  features: number;
  flipped: number;
  seed: number;
}

/** Regret of AdaGrad and other rules on a stream of clicks, against the best fixed θ in hindsight. */
export async function onStream({ rounds, features, flipped, seed }: RegretSettings, trial: Trial): Promise<Outcome> {
  const stream = clicks(rounds, features, flipped, new Random(seed));
  const tuning = Math.ceil(rounds / 10);
  const first = Math.ceil(rounds / 30);
  const horizons = Array.from({ length: 13 }, (_, k) => Math.round(first * (rounds / first) ** (k / 12)));
  const bestOfTuning = hindsight(stream, tuning);
  const bests: Float64Array[] = [];
  for (const [k, horizon] of horizons.entries()) {
    bests.push(hindsight(stream, horizon));
    await trial.progress((0.2 * (k + 1)) / horizons.length);
  }

  const games = [];
  for (const [i, [name, color, rule]] of players.entries()) {
    let found = { rate: 0, game: play(stream, rule(0)), regret: Infinity };
    for (const rate of rates) {
      const game = play(stream, rule(rate));
      const regret = regrets(stream, game, bestOfTuning)[tuning - 1]!;
      if (regret < found.regret) found = { rate, game, regret };
      await trial.progress(0.2 + 0.2 * (i + rates.indexOf(rate) / rates.length));
    }
    const { rate, game } = found;
    const curve = horizons.map((T, k): Point => [T, regrets(stream, game, bests[k]!)[T - 1]!]);
    games.push({ name, color, rate, game, curve });
  }

  const { rate, game, curve } = games[0]!;
  const bounds = horizons.map((T, k): Point => [T, adagradBounds(game, bests[k]!, { rate, delta })[T - 1]!]);
  const last = bests.at(-1)!;
  const throughout = adagradBounds(game, last, { rate, delta });
  const shares = regrets(stream, game, last).map((regret, t) => regret / throughout[t]!);
  const [T, regret] = curve.at(-1)!;
  const slopes = games.map((one) => `${one.name} ${shortened(logLogSlope(one.curve.slice(-6)))}`);
  return {
    figures: [
      {
        name: 'regret',
        title: 'Regret on a stream of clicks: AdaGrad needs no horizon',
        caption: `How much more was lost by round T than by the best fixed θ of these rounds. The rates are the best for the first ${tuning} rounds (left of the dashed line); after that a rule whose steps don't shrink pays the same every round.`,
        x: { label: 'rounds T', scale: 'log' },
        y: { label: 'regret R(T)', scale: 'log' },
        marks: [
          { kind: 'rule', axis: 'x', at: tuning, color: 'gray' },
          ...games.map(
            ({ name, color, rate, curve: points }): Line => ({
              kind: 'line',
              name: `${name}, η = ${rate}`,
              color,
              points,
            }),
          ),
          { kind: 'line', name: "AdaGrad's bound", color: 'blue', style: 'dashed', points: bounds },
          {
            kind: 'line',
            name: '∝ √T',
            color: 'gray',
            style: 'dotted',
            points: horizons.map((t): Point => [t, 1.5 * regret * Math.sqrt(t / T)]),
          },
        ],
      },
    ],
    checks: [
      atMost(
        'AdaGrad: R(T) over the bound of Duchi, Hazan & Singer, at every T against the best θ of them all, the largest',
        largest(shares),
        1,
      ),
      atMost(
        'and against the best θ of each T in the figure',
        largest(curve.map(([, value], k) => value / bounds[k]![1])),
        1,
      ),
      atMost(
        'AdaGrad: 2ηg(θ − θ*) = (δ + γ)((θ − θ*)² − (θ′ − θ*)²) + η²g²/(δ + γ) at every step, which the bound is a sum of: the largest relative deviation',
        proofDeviation(game, last, { rate, delta }),
        1e-12,
      ),
      atMost('AdaGrad: p of R(T) ∝ Tᵖ, which is ½ at most in the long run', logLogSlope(curve), 0.65),
    ],
    findings: [
      `After ${T} rounds AdaGrad's regret is ${shortened(regret)}, ${shortened((100 * regret) / bounds.at(-1)![1])} % of its bound. p of R(T) ∝ Tᵖ in the later half of the figure: ${slopes.join(', ')}.`,
    ],
  };
}

/**
 * C: the gradient of the first of every three rounds. In the other two it is −1; since C > 2, the best θ in [−1, 1] is
 * −1.
 */
const rareGradient = 4;

/** R(T)/T for each T, of losses Cθ, −θ, −θ, … on [−1, 1] (Reddi, Kale & Kumar 2018, theorem 1). Starts at θ = 0. */
function perRound(rule: Rule, rounds: number): Float64Array {
  const theta = Float64Array.of(0);
  const optimizer = new Optimizer([theta], rule);
  let regret = 0;
  return Float64Array.from({ length: rounds }, (_, t) => {
    const gradient = t % 3 === 0 ? rareGradient : -1;
    regret += gradient * (theta[0]! + 1);
    optimizer.step([Float64Array.of(gradient)]);
    theta[0] = Math.max(-1, Math.min(theta[0]!, 1));
    return regret / (t + 1);
  });
}

/** A problem on which Adam goes to the worst θ although its rate falls as 1/√t. */
export function onCounterexample({ rounds }: { rounds: number }): Outcome {
  const learningRate: Hyperparameter = inverseTime({ from: 0.5, alpha: 0.5, allowDivergent: true });
  const options = { learningRate, beta1: 0, beta2: 1 / (1 + rareGradient ** 2), epsilon: 0 };
  const runs: [string, Float64Array][] = [
    ['Adam', perRound(adam(options), rounds)],
    ['AMSGrad', perRound(adam({ ...options, amsgrad: true }), rounds)],
    ['AdaGrad', perRound(adagrad({ learningRate: 0.5 }), rounds)],
  ];
  const worst = (2 * (rareGradient - 2)) / 3;
  const [adams, amsgrads] = [runs[0]![1], runs[1]![1]];
  return {
    figures: [
      {
        name: 'counterexample',
        title: 'Where Adam goes the wrong way',
        caption: `Gradients are ${rareGradient}, −1, −1, over and over, and θ is kept in [−1, 1]: −1 is best. The rare large gradient fills v, and is divided by what it has put there itself; so Adam is led to 1, the worst. AMSGrad, which divides by the largest v so far, and AdaGrad are not.`,
        x: { label: 'rounds T', scale: 'log' },
        y: { label: 'regret per round R(T)/T' },
        marks: [
          { kind: 'rule', axis: 'y', at: worst, color: 'gray', name: 'always at θ = 1' },
          ...runs.map(
            ([name, values]): Line => ({
              kind: 'line',
              name,
              points: someSteps(rounds, 'log')
                .slice(1)
                .map((T): Point => [T, values[T - 1]!]),
            }),
          ),
        ],
      },
    ],
    checks: [
      atLeast(
        'Adam on the counterexample: R(T)/T in the end over what it is at the worst θ',
        adams.at(-1)! / worst,
        0.95,
      ),
      atMost('AMSGrad on it: R(T)/T in the end, likewise', amsgrads.at(-1)! / worst, 0.2),
    ],
    findings: [
      `On gradients of ${rareGradient}, −1, −1, Adam's regret per round ends at ${shortened(adams.at(-1)!)}, that of AMSGrad at ${shortened(amsgrads.at(-1)!)}.`,
    ],
  };
}
