import { gradientDescent, minimize, type Objective, type Problem, Random, type Risk, whiten } from '../../index.js';
import { Matrix } from '../../numbers/matrices.js';
import type { Line } from '../../pages/index.js';
import { type Check, claim, shortened } from '../check.js';
import { experiment } from '../experiment.js';
import { matrix, type TwoLayers } from '../linear_networks/layers.js';
import type { ModeVectors } from '../linear_networks/mode_vectors.js';
import { deviation, TwoLayerRisk } from '../linear_networks/two_layer_risk.js';
import { line, referenceLine } from '../marks.js';
import { finding } from '../outcome.js';
import { inOnePart } from '../parts.js';
import { rotation } from '../rotation.js';
import { noise, real, seed, whole } from '../setting.js';
import { someSteps } from '../some_steps.js';
import { largest } from '../spread.js';
import type { Trial } from '../trial.js';

interface ExampleSettings {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly noise: number;
  /** Added to the variances that are whitened. */
  readonly epsilon: number;
}

/** Inputs after whitening, and noisy outputs of a random linear map of them with singular values 1, 2, 3, …. */
function examples(settings: ExampleSettings, random: Random): { x: Matrix; y: Matrix } {
  const { rows, inputs: n, outputs: m, noise, epsilon } = settings;
  const normals = (rows: number, columns: number) => matrix(rows, columns, random.normals(rows * columns));
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const correlated = normals(rows, n)
    .mmul(Matrix.diag(upTo(n)))
    .mmul(rotation(n, random));
  const inputs = Float64Array.from(correlated.to1DArray());
  const x = matrix(rows, n, whiten(inputs, { columns: n, epsilon }).apply(inputs));
  const strengths = Matrix.diag(upTo(Math.min(m, n)), m, n);
  const map = rotation(m, random).mmul(strengths).mmul(rotation(n, random));
  return { x, y: x.mmul(map.transpose()).add(normals(rows, m).mul(noise)) };
}

const notWhite = 'whitening with ε = 0.001, so that E[xxᵀ] is a little below I';
const slip = 'Uᵀ∇_Q R, as on the slide, without the ½';
const fewerTerms = 'a second sum over singular values only';
const largeStart = 'initial weights ten times as large';
const lastLayerOnly = 'descent on Q alone, with W at its initial value';

/** Checks of the slides' formulas for gradients at some points. */
function gradientChecks(risk: TwoLayerRisk, points: readonly TwoLayers[], where: string): Check[] {
  const compare = (expected: (at: TwoLayers) => TwoLayers, found: (at: TwoLayers) => TwoLayers) =>
    deviation(points.map((point) => ({ expected: expected(point), found: found(point) })));
  return [
    claim(`½∇_Q R = (A − Γ)Wᵀ and ½∇_W R = Qᵀ(A − Γ) ${where}: deviation of the network's gradient`).atMost(
      compare(
        (at) => risk.formula(at),
        (at) => risk.halfGradient(at),
      ),
      1e-12,
      notWhite,
    ),
    claim(`½Uᵀ∇_Q R and ½∇_W R·V are cooperation plus competition of each q_r and w_r ${where}: deviation`).atMost(
      compare(
        (at) => risk.vectors(at).halfGradient(),
        (at) => risk.turned(risk.halfGradient(at)),
      ),
      1e-12,
      notWhite,
    ),
  ];
}

/** Checks at one point: the gradient in the coordinates of the modes, and the ½ that the slide omits. */
function turnedChecks(risk: TwoLayerRisk, point: TwoLayers, trial: Trial): Check[] {
  const measured = risk.turnedDifferences(point);
  const { q, w } = risk.turned(risk.halfGradient(point));
  const turned = { q: q.mul(trial.instead(slip, 1, 2)), w };
  const accuracyOfDifferences = 1e-11;
  return [
    claim('½∇_Q̃ R = (Q̃W̃ − Σ)W̃ᵀ and ½∇_W̃ R = Q̃ᵀ(Q̃W̃ − Σ) at a random point: deviation from differences of R').atMost(
      deviation([{ expected: risk.turnedFormula(point), found: measured }]),
      accuracyOfDifferences,
      notWhite,
    ),
    claim(
      '½∇_Q̃ R = ½Uᵀ∇_Q R and ½∇_W̃ R = ½∇_W R·V there, where the slide has Uᵀ∇_Q R: deviation from differences of R',
    ).atMost(deviation([{ expected: turned, found: measured }]), accuracyOfDifferences, slip),
  ];
}

/** R and its gradient, as of a network that learns its last layer only. */
const ofLastLayer = ({ model, data }: TwoLayerRisk): Objective => {
  const first = [...model.tensors.values()][0]!.data.length;
  return (theta) => {
    model.parameters.set(theta);
    const { loss, gradient } = model.gradient(data, { loss: 'squared' });
    return { loss, gradient: gradient.fill(0, 0, first) };
  };
};

/** The largest |cos ∠(q_s, w_r)|, s ≠ r, of the first `count` modes. */
function largestCross(vectors: ModeVectors, count: number): number {
  let most = 0;
  for (let s = 0; s < count; ++s)
    for (let r = 0; r < count; ++r) if (s !== r) most = Math.max(most, Math.abs(vectors.cosine(s, r)));
  return most;
}

const counterModels = [notWhite, slip, fewerTerms, largeStart, lastLayerOnly];

export const twoLayer = experiment({
  number: 11,
  name: 'two-layer',
  title: 'Two-layer linear network',
  slides: [
    {
      title: 'Least Squares: Two-Layer Linear Network',
      claim:
        'gradients of A = QW, and in the coordinates of the singular vectors of Γ, where modes cooperate and compete',
    },
  ],
  question: 'How do two linear layers learn one matrix between them?',
  formulas: [
    'R = E‖y − QWx‖²,  Γ = E[yxᵀ],  A = QW:  ½∇_Q R = (A − Γ)Wᵀ,  ½∇_W R = Qᵀ(A − Γ)',
    'Γ = UΣVᵀ,  Q̃ = UᵀQ,  W̃ = WV:  ½∇_Q̃ R = (Q̃W̃ − Σ)W̃ᵀ,  ½∇_W̃ R = Q̃ᵀ(Q̃W̃ − Σ)',
    'R − const = ‖Q̃W̃ − Σ‖² = Σ_r (q_r·w_r − σ_r)² + Σ_{s≠r} (q_s·w_r)²,  q_r a row of Q̃, w_r a column of W̃',
  ],
  sources: [
    'Saxe, McClelland & Ganguli 2013, arXiv:1312.6120, section 1',
    'Perraudin & Hofmann 2018, Deep Learning, lecture 6',
  ],
  errata: [
    'The slide writes ½∇_Q̃ R = Uᵀ∇_Q R = (Q̃W̃ − Σ)W̃ᵀ. The expression in the middle lacks a factor ½ and is twice the others: ½∇_Q̃ R = ½Uᵀ∇_Q R.',
    'If the numbers of inputs and outputs differ, the second sum of the energy also includes the columns of W̃, or rows of Q̃, without a singular value.',
  ],
  settings: {
    inputs: whole('n', { full: 6, small: 4, most: 30 }),
    hidden: whole('k, the width of the hidden layer', { full: 5, small: 3, most: 30 }),
    outputs: whole('m', { full: 4, small: 3, most: 30 }),
    rows: whole('examples', { full: 400, small: 60, least: 50, most: 5000 }),
    noise: noise('standard deviation of the noise of each output', { full: 0.5 }),
    start: real('standard deviation of the initial weights', { full: 0.1, range: [1e-4, 5] }),
    learningRate: real('η of a step', { full: 0.015, range: [1e-4, 1] }),
    steps: whole('steps of gradient descent', { full: 350, small: 700, most: 5000 }),
    seed,
  },

  run: inOnePart(
    counterModels,
    async ({ inputs, hidden, outputs, rows, noise, start, learningRate, steps, seed }, trial) => {
      const random = new Random(seed);
      const epsilon = trial.instead(notWhite, 0, 1e-3);
      const risk = new TwoLayerRisk(examples({ rows, inputs, outputs, noise, epsilon }, random), hidden, random);
      using data = risk.data;
      const draw = (deviation: number): TwoLayers => ({
        q: matrix(outputs, hidden, random.normals(outputs * hidden)).mul(deviation),
        w: matrix(hidden, inputs, random.normals(hidden * inputs)).mul(deviation),
      });
      const anywhere = Array.from({ length: 10 }, () => draw(1));
      await trial.progress(0.1);

      risk.setLayers(draw(trial.instead(largeStart, start, 10 * start)));
      const { trajectory, status } = minimize(
        trial.instead<Risk, Problem>(
          lastLayerOnly,
          { model: risk.model, data, loss: 'squared' },
          { name: lastLayerOnly, start: risk.model.parameters.slice(), objective: ofLastLayer(risk) },
        ),
        {
          rule: gradientDescent({ learningRate }),
          maxSteps: steps,
          tolerance: 0,
          trajectory: true,
          onNonFinite: 'stop',
        },
      );
      const path = trajectory!.thetas.map((theta) => risk.layersOf(theta));
      const modes = path.map((layers) => risk.vectors(layers));
      await trial.progress(0.5);

      const cooperation = modes.map((vectors) => vectors.cooperation());
      const competition = modes.map((vectors) =>
        vectors.competition(trial.instead(fewerTerms, Infinity, risk.strengths.length)),
      );
      const excess = trajectory!.losses.map((loss) => loss - risk.least);
      const { losses } = trajectory!;
      const energyDeviation = largest(
        excess.map(
          (energy, t) => Math.abs(cooperation[t]! + competition[t]! - energy) / Math.max(losses[0]!, losses[t]!),
        ),
      );
      const sigmas = risk.strengths;
      const learned = sigmas.slice(0, hidden);
      const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
      const last = modes.at(-1)!;
      const peak = competition.indexOf(Math.max(...competition));

      const curve = (look: Parameters<typeof line>[0], at: (step: number) => number): Line =>
        line(look, [...someSteps(path.length - 1), ...(status === 'diverged' ? [path.length] : [])], (t) => [
          t,
          t < path.length ? at(t) : NaN,
        ]);
      const modeCurves = (at: (vectors: ModeVectors, r: number) => number) =>
        learned.map((_, r) => curve({ name: `r = ${r + 1}` }, (t) => at(modes[t]!, r)));
      const strengths = learned.map((_, r) => last.product(r, r));
      const leastCosine = Math.min(...learned.map((_, r) => last.cosine(r, r)));
      const competitionLeft = competition[peak] === 0 ? 0 : competition.at(-1)! / competition[peak]!;
      const [split, aligned, decoupled, best] = [
        claim(
          'cooperation + competition = R − const at every step: deviation relative to R, or to R at the start if that is larger',
        ).atMost(energyDeviation, 1e-12, outputs === inputs ? notWhite : fewerTerms),
        claim('q_r and w_r align: the smallest final cosine').atLeast(leastCosine, 0.99, largeStart),
        claim('modes decouple: final competition as a share of its maximum').atMost(
          competitionLeft,
          1e-4,
          lastLayerOnly,
        ),
        claim(
          'A ends as the best approximation of Γ of rank k: R − const beyond what this leaves, relative to ‖Γ‖²',
        ).atMost(Math.abs(excess.at(-1)! - squares(sigmas.slice(hidden))) / squares(sigmas), 1e-4, lastLayerOnly),
      ] as const;
      return {
        figures: [
          {
            name: 'energy',
            title: 'Cooperation and competition',
            caption:
              'R less its minimum, and the two sums that it consists of. Notice where each mode is learned, and how long the vectors of different modes overlap.',
            x: { label: 'step t' },
            y: { label: 'energy', scale: 'log', domain: [1e-8, 1e2] },
            marks: [
              curve({ name: 'R − const', color: 'gray', width: 6 }, (t) => excess[t]!),
              curve({ name: 'cooperation Σ (q_r·w_r − σ_r)²', color: 'blue' }, (t) => cooperation[t]!),
              curve({ name: 'competition Σ (q_s·w_r)²', color: 'orange' }, (t) => competition[t]!),
            ],
          },
          {
            name: 'strengths',
            title: 'Strengths of modes',
            caption: 'The part q_r·w_r of each mode in A = QW, and the singular values σ_r of Γ (dashed).',
            x: { label: 'step t' },
            y: { label: 'strength q_r·w_r' },
            marks: [
              ...sigmas.map((at) => referenceLine('y', at)),
              ...modeCurves((vectors, r) => vectors.product(r, r)),
            ],
          },
          {
            name: 'alignment',
            title: 'Angles between q_r and w_r',
            caption:
              'Cosines of angles in the space of hidden units, between the input vector and the output vector of each mode (lines), and the largest between different modes (dotted).',
            x: { label: 'step t' },
            y: { label: 'cos ∠(q_r, w_r)' },
            marks: [
              ...modeCurves((vectors, r) => vectors.cosine(r, r)),
              curve({ name: 'largest |cos ∠(q_s, w_r)|, s ≠ r', color: 'gray', style: 'dotted' }, (t) =>
                largestCross(modes[t]!, learned.length),
              ),
            ],
          },
        ],
        checks: [
          ...gradientChecks(risk, anywhere, 'at random points'),
          ...gradientChecks(
            risk,
            path.filter((_, t) => t % 10 === 0),
            'along a run',
          ),
          ...turnedChecks(risk, anywhere[0]!, trial),
          split,
          aligned,
          decoupled,
          best,
        ],
        findings: [
          `Competition is largest at step ${peak}, with ${shortened(competition[peak]!)} against ${shortened(cooperation[peak]!)} of cooperation; at step ${path.length - 1} it is ${shortened(competition.at(-1)!)}.`,
          finding(
            [aligned, decoupled, best],
            `The singular values of Γ are ${values(sigmas)}; the run ends with modes of the strengths ${values(strengths)}, each q_r along its w_r${learned.length > 1 ? ', and at right angles to those of the others' : ''}.`,
            `The singular values of Γ are ${values(sigmas)}; the strengths q_r·w_r of the modes at step ${path.length - 1} are ${values(strengths)}, the smallest cosine of a q_r with its w_r is ${shortened(leastCosine)}, and competition is ${shortened(competitionLeft)} of what it was at most.`,
          ),
        ],
      };
    },
  ),
});

const values = (list: readonly number[]) => list.map((value) => shortened(value)).join(', ');
