import { curvature, Dataset, dense, gradientDescent, minimize, network, type Random, type Risk } from '../../index.js';
import { Matrix } from '../../numbers/matrices.js';
import type { Figure } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line, referenceLine } from '../marks.js';
import { finding, type Outcome } from '../outcome.js';
import { rotation } from '../rotation.js';
import type { Values } from '../setting.js';
import { someSteps } from '../some_steps.js';
import type { Trial } from '../trial.js';
import { norm } from '../vectors.js';

type AutoEncoderSettings = Values<
  'hidden' | 'discarded' | 'ratio' | 'scale' | 'autoEncoderStarts' | 'autoEncoderSteps'
>;

/** Inputs with E[xxᵀ] = Σλᵢuᵢuᵢᵀ, and a d-k-d network without biases that learns to return them. */
interface AutoEncoder {
  readonly risk: Risk;
  /** λᵢ, descending. */
  readonly eigenvalues: readonly number[];
  /** uᵢ, as columns. */
  readonly directions: Matrix;
}

const atSaddle = 'a start at 0, which is a saddle';
const turnedAside = 'projections on directions that are turned by 0.01';
const white = 'white inputs, all λᵢ equal';
const noneSpare = 'a theory without the unused units';
const likePCA = '2(λᵢ − λⱼ), the gain of an exchange, as the smallest eigenvalue';
export const autoEncoderCounterModels = [atSaddle, turnedAside, white, noneSpare, likePCA];

function autoEncoder({ hidden, discarded, ratio }: AutoEncoderSettings, random: Random): AutoEncoder {
  const size = hidden + discarded;
  const eigenvalues = Array.from({ length: size }, (_, i) => ratio ** i);
  const directions = rotation(size, random);
  // The data are d rows; row i is √(dλᵢ)uᵢ.
  const inputs = directions.transpose().mulColumnVector(eigenvalues.map((lambda) => Math.sqrt(size * lambda)));
  const rows = Float64Array.from(inputs.to1DArray());
  const layers = [dense(hidden, { bias: false }), dense(size, { bias: false })];
  const model = network({ inputs: size, layers, type: 'float64' });
  const data = new Dataset({ inputs: rows, columns: size, targets: rows });
  return { risk: { model, data, loss: 'squared' }, eigenvalues, directions };
}

/** A projection on some of the directions: a critical point of the auto-encoder. */
export interface Projection {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly leastEigenvalue: number;
  readonly negativeDirections: number;
  /** Fraction of the eigenvalues that are negative. */
  readonly index: number;
  /** The values in theory. */
  readonly theory: { readonly loss: number; readonly leastEigenvalue: number; readonly negativeDirections: number };
}

/** All sets of at most `most` numbers below `size`. */
function* subsets(size: number, most: number, from = 0): Generator<number[]> {
  yield [];
  if (most > 0) for (let i = from; i < size; ++i) for (const rest of subsets(size, most - 1, i + 1)) yield [i, ...rest];
}

/**
 * Theory of the projection on the directions S, with k hidden units. Exchanging uᵢ of S for uⱼ outside spans a plane in
 * which the Hessian is 2(λᵢ, −λⱼ; −λⱼ, λⱼ). Adding uⱼ by an unused hidden unit spans one in which it is
 * 2(0, −λⱼ; −λⱼ, 0).
 */
function theoryOf(
  eigenvalues: readonly number[],
  chosen: readonly number[],
  hidden: number,
  trial: Trial,
): Projection['theory'] {
  const inside = chosen.map((i) => eigenvalues[i]!);
  const outside = eigenvalues.filter((_, i) => !chosen.includes(i));
  const spare = trial.instead(noneSpare, hidden - chosen.length, 0);
  const least = trial.instead(
    likePCA,
    (a: number, b: number) => a + b - Math.hypot(a - b, 2 * b),
    (a: number, b: number) => 2 * (a - b),
  );
  const exchanges = inside.flatMap((a) => outside.map((b) => least(a, b)));
  const additions = spare > 0 ? outside.map((b) => -2 * b) : [];
  return {
    loss: outside.reduce((sum, lambda) => sum + lambda, 0),
    leastEigenvalue: Math.min(...exchanges, ...additions),
    negativeDirections: exchanges.filter((value) => value < 0).length + spare * additions.length,
  };
}

/** Orthonormal columns of which the first and the last are turned by an angle in their plane. */
function turned(columns: Matrix, angle: number): Matrix {
  const last = columns.columns - 1;
  const plane = Matrix.eye(last + 1);
  for (const [row, column, value] of [
    [0, 0, Math.cos(angle)],
    [last, last, Math.cos(angle)],
    [0, last, Math.sin(angle)],
    [last, 0, -Math.sin(angle)],
  ] as const)
    plane.set(row, column, value);
  return columns.mmul(plane);
}

function projectionOn(chosen: readonly number[], encoder: AutoEncoder, trial: Trial): Projection {
  const { risk, eigenvalues } = encoder;
  const directions = trial.instead(turnedAside, encoder.directions, turned(encoder.directions, 0.01));
  const { model, data, loss } = risk;
  const [encoding, decoding] = [...model.tensors.values()] as unknown as [
    { data: Float64Array },
    { data: Float64Array },
  ];
  const size = eigenvalues.length;
  const hidden = encoding.data.length / size;
  model.parameters.fill(0);
  for (const [unit, i] of chosen.entries())
    for (let row = 0; row < size; ++row) {
      encoding.data[row * hidden + unit] = directions.get(row, i);
      decoding.data[unit * size + row] = directions.get(row, i);
    }
  const { gradient } = model.gradient(data, { loss });
  const report = curvature(model, data, { loss, maxProducts: model.parameters.length });
  const { negativeDirections } = report.criticalPoint!;
  return {
    loss: report.loss,
    gradientNorm: norm(gradient),
    leastEigenvalue: report.bottom[0]!,
    negativeDirections,
    index: negativeDirections / model.parameters.length,
    theory: theoryOf(eigenvalues, chosen, hidden, trial),
  };
}

/** Tests that gradient descent ends at the best projection, and that all others are saddles (Baldi & Hornik 1989). */
export async function linearAutoEncoder(
  settings: AutoEncoderSettings,
  random: Random,
  trial: Trial,
): Promise<Outcome & { projections: readonly Projection[] }> {
  const { hidden, scale, autoEncoderStarts, autoEncoderSteps } = settings;
  const ratio = trial.instead(white, settings.ratio, 1);
  const encoder = autoEncoder({ ...settings, ratio }, random);
  const { risk, eigenvalues } = encoder;
  const lossOf = (kept: number) => eigenvalues.slice(kept).reduce((sum, lambda) => sum + lambda, 0);
  // At the minimum λmax is 4λ₁, along (A, B) → (1 + ε)(A, B) in u₁. A rate of half 1/λmax stays longer near saddles.
  const rule = gradientDescent({ learningRate: 1 / (8 * eigenvalues[0]!) });
  const scaled = trial.instead(atSaddle, scale, 0);
  const curves: number[][] = [];
  const levels = Array.from({ length: hidden + 1 }, (_, kept) => lossOf(kept));
  const drawn = () => figure(curves, levels);
  for (let i = 0; i < autoEncoderStarts; ++i) {
    const losses: number[] = [];
    risk.model.parameters.set(random.normals(risk.model.parameters.length).map((x) => scaled * x));
    minimize(risk, {
      rule,
      maxSteps: autoEncoderSteps,
      tolerance: 0,
      onStep: ({ loss }) => {
        losses.push(loss);
      },
    });
    curves.push(losses);
    await trial.progress((0.5 * i) / autoEncoderStarts, () => [drawn()]);
  }
  const projections: Projection[] = [];
  const sets = [...subsets(eigenvalues.length, hidden)];
  for (const chosen of sets) {
    projections.push(projectionOn(chosen, encoder, trial));
    await trial.progress(0.5 + (0.5 * projections.length) / sets.length);
  }
  risk.data.dispose();
  const worst = (deviation: (projection: Projection) => number) => Math.max(...projections.map(deviation));
  const saddles = projections.filter(({ negativeDirections }) => negativeDirections > 0);
  const [best, critical, losses, only, indices, least] = [
    claim(
      'auto-encoder: R = Σ_{i>k} λᵢ at the end of a run, from every random start: the largest relative deviation',
    ).atMost(Math.max(...curves.map((losses) => Math.abs(losses.at(-1)! / lossOf(hidden) - 1))), 1e-6, atSaddle),
    claim(`‖∇R‖ at the ${projections.length} projections on up to k directions, the largest`).atMost(
      worst((p) => p.gradientNorm),
      1e-10,
      turnedAside,
    ),
    claim('and R = Σλᵢ of the other directions: the largest deviation').atMost(
      worst((p) => Math.abs(p.loss - p.theory.loss)),
      1e-12,
      turnedAside,
    ),
    claim('the number of these projections that are not saddles').between(
      projections.length - saddles.length,
      1,
      1,
      white,
    ),
    claim(
      'the number of negative eigenvalues, from exchanges that lower the loss and unused units: the largest deviation',
    ).atMost(
      worst((p) => Math.abs(p.negativeDirections - p.theory.negativeDirections)),
      0,
      noneSpare,
    ),
    claim(
      'the smallest eigenvalue at saddles, λᵢ + λⱼ − √((λᵢ − λⱼ)² + 4λⱼ²) or −2λⱼ: the largest relative deviation',
    ).atMost(
      Math.max(...saddles.map((p) => Math.abs(p.leastEigenvalue / p.theory.leastEigenvalue - 1))),
      1e-8,
      likePCA,
    ),
  ] as const;
  const ends = curves.map((losses) => losses.at(-1)!);
  const negative = saddles.map(({ negativeDirections }) => negativeDirections);
  return {
    projections,
    figures: [drawn()],
    checks: [best, critical, losses, only, indices, least],
    findings: [
      finding(
        [best, critical, only],
        `The linear auto-encoder comes to the loss of PCA, ${shortened(lossOf(hidden))}, ${autoEncoderStarts === 1 ? 'from its random start' : `from all of ${autoEncoderStarts} random starts`}. Of ${projections.length} projections, all critical, ${saddles.length} are saddles, with ${Math.min(...negative)} to ${Math.max(...negative)} negative eigenvalues.`,
        `The linear auto-encoder ends with a loss of ${shortened(Math.min(...ends))} to ${shortened(Math.max(...ends))}, where that of PCA is ${shortened(lossOf(hidden))}. Of ${projections.length} projections ${saddles.length} have negative eigenvalues.`,
      ),
    ],
  };
}

function figure(curves: readonly (readonly number[])[], levels: readonly number[]): Figure {
  const pca = levels.length - 1;
  return {
    name: 'auto-encoder',
    title: 'The loss of a linear auto-encoder',
    caption:
      'The loss of a linear auto-encoder from random weights. Notice where it lingers: the lines are the saddles that have learned only the first directions, and the loss of PCA.',
    x: { label: 'step t', scale: 'log' },
    y: { label: 'R(A, B) = E‖x − BAx‖²' },
    marks: [
      ...levels.map((at, kept) =>
        referenceLine('y', at, {
          name: kept === pca ? `PCA with ${kept} directions` : 'saddles, with fewer',
          color: kept === pca ? 'green' : 'gray',
        }),
      ),
      ...curves.map((losses) =>
        line({ name: 'gradient descent', color: 'blue', width: 1 }, someSteps(losses.length - 1, 'log'), (t) => [
          t,
          losses[t]!,
        ]),
      ),
    ],
  };
}
