import { Dataset, dense, gradientDescent, minimize, network } from '../../index.js';
import type { Matrix } from '../../numbers/matrices.js';
import type { Figure, Line, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { matrix } from '../linear_networks/layers.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { Values } from '../setting.js';
import { largest } from '../spread.js';
import { distance } from '../vectors.js';
import type { Flowers } from './comparison.js';
import { moment, onlyStandardized, whiteningCounterModels, whitenings } from './whitenings.js';

interface DescentOptions extends Flowers, Values<'learningRate' | 'steps' | 'seed'> {}

const measures = ['sepal length', 'sepal width', 'petal length', 'petal width'];
const kinds = 3;
/** The step at which runs are compared. Later, the fast ones consist of rounding errors only. */
const compared = 60;
const rateOff = 'a formula in which η is 1 % larger';
const counterModels = [...whiteningCounterModels, rateOff];

/** Gradient descent of a single linear layer that learns which kind an iris is. */
export const singleLayerDescents = part(counterModels, async (options: DescentOptions, trial) => {
  const { table, classes, learningRate, steps, seed } = options;
  const targets = Float64Array.from({ length: table.rows * kinds }, (_, i) =>
    Number(classes[Math.floor(i / kinds)] === i % kinds),
  );
  const { centred, zca, pca, variances } = whitenings(table, trial);
  const [largestVariance, smallestVariance] = [variances[0]!, variances.at(-1)!];
  // Γᵀ, with a row for each input, as the weights of `dense`.
  const gamma = Float64Array.from(moment(zca.outputs, matrix(table.rows, kinds, targets)).to1DArray());

  const riskOf = (inputs: Matrix) => ({
    model: network({
      inputs: table.columns,
      layers: [dense(kinds, { bias: false })],
      type: 'float64',
      seed,
    }),
    data: new Dataset({ inputs: Float64Array.from(inputs.to1DArray()), columns: table.columns, targets }),
    loss: 'squared' as const,
  });
  /** Gradient descent on inputs; all runs start at equal weights. */
  const descend = (inputs: Matrix, rate: number) =>
    minimize(riskOf(inputs), {
      rule: gradientDescent({ learningRate: rate }),
      maxSteps: steps,
      tolerance: 0,
      trajectory: true,
      onNonFinite: 'stop',
    }).trajectory!;
  const run = descend(zca.outputs, learningRate);
  const { model, data, loss } = riskOf(zca.outputs);
  const { gradient } = model.gradient(data, { loss });
  await trial.progress(0.3);
  const start = run.thetas[0]!;
  const inFormula = learningRate * trial.instead(rateOff, 1, 1.01);
  const predicted = (k: number, i: number) => gamma[i]! + (1 - 2 * inFormula) ** k * (start[i]! - gamma[i]!);
  const deviation = largest(
    run.thetas.flatMap((theta, k) => Array.from(theta, (value, i) => Math.abs(value - predicted(k, i)))),
  );
  const slopes = Array.from(gradient, (slope, i) => Math.abs(slope - 2 * (start[i]! - gamma[i]!)));

  const rates = [learningRate / 5, learningRate, 0.5, 0.9, 1.02];
  const distances = rates.flatMap((rate, i): Line[] => {
    const color = i / (rates.length - 1);
    const { thetas } = descend(zca.outputs, rate);
    const points = thetas.map((theta, k): Point => [k, distance(theta, gamma)]);
    const theory = points.map(([k]): Point => [k, Math.abs(1 - 2 * rate) ** k * points[0]![1]]);
    return [
      line({ name: `η = ${rate}`, color, width: 3 }, points),
      line({ name: '|1 − 2η|ᵏ', color: 'gray', style: 'dotted' }, theory),
    ];
  });
  await trial.progress(0.6);

  const excess = (inputs: Matrix, rate: number) => {
    const least = minimize(riskOf(inputs), { tolerance: 1e-10 }).loss;
    return descend(inputs, rate).losses.map((loss): number => loss - least);
  };
  const bestRate = 1 / (largestVariance + smallestVariance);
  const [byZca, byPca, byNone] = [
    excess(zca.outputs, learningRate),
    excess(pca.outputs, learningRate),
    excess(centred, bestRate),
  ] as const;
  const last = Math.min(steps, compared);
  const share = (losses: readonly number[]) => losses[last]! / losses[0]!;
  const slowest = Math.max(share(byZca), share(byPca));
  const [gradients, weights, faster] = [
    claim('∇R = 2(A − Γ) at the start: the largest deviation').atMost(Math.max(...slopes), 1e-12, onlyStandardized),
    claim('A(k) − Γ = (1 − 2η)ᵏ (A(0) − Γ): the largest deviation over all steps').atMost(deviation, 1e-12, rateOff),
    claim(
      `R − R* after ${last} steps over that at the start, whitened by ZCA or PCA, over the same ratio for inputs that are only centred, at their best η`,
    ).atMost(slowest / share(byNone), 1e-3, onlyStandardized),
  ] as const;
  const ends = `After ${last} steps R − R* is ${shortened(share(byZca))} of what it was with ZCA, ${shortened(share(byPca))} with PCA, both at η = ${learningRate}, and ${shortened(share(byNone))} with centred inputs at their best η = ${shortened(bestRate)}`;
  return {
    figures: [
      weightsFigure(run.thetas, predicted),
      {
        name: 'distance',
        title: 'The distance from Γ, and |1 − 2η|ᵏ',
        caption:
          'Inputs whitened by ZCA. Notice η = ½, for which 1 − 2η is 0, and the η beyond 1, for which it is below −1.',
        x: { label: 'step k' },
        y: { label: '‖A(k) − Γ‖', scale: 'log', domain: [1e-16, 1e3] },
        marks: distances,
      },
      {
        name: 'whitening',
        title: 'R − R* with and without whitening',
        caption: `Centred inputs have variances from ${shortened(smallestVariance)} to ${shortened(largestVariance)} along their principal components, and the step must suit the largest. Compare them with both kinds of whitening.`,
        x: { label: 'step k' },
        y: { label: 'R(A(k)) − R*', scale: 'log', domain: [1e-14, 10] },
        marks: [
          { name: `ZCA, η = ${learningRate}`, losses: byZca },
          { name: `PCA, η = ${learningRate}`, losses: byPca },
          { name: `centred only, at its best η = 1/(λ₁ + λₙ) = ${shortened(bestRate)}`, losses: byNone },
        ].map(({ name, losses }, i): Line => {
          const points = losses.map((loss, k): Point => [k, loss]);
          return line({ name, style: i === 1 ? 'dashed' : 'solid' }, points);
        }),
      },
    ],
    checks: [gradients, weights, faster],
    findings: [
      finding(
        [gradients, weights],
        `After ${steps} steps at η = ${learningRate}, ‖A − Γ‖ is ${shortened(distance(run.thetas.at(-1)!, gamma))} of ${shortened(distance(start, gamma))} at the start, as (1 − 2η)ᵏ has it.`,
        `After ${steps} steps at η = ${learningRate}, ‖A − Γ‖ is ${shortened(distance(run.thetas.at(-1)!, gamma))} of ${shortened(distance(start, gamma))} at the start; weights are up to ${shortened(deviation)} from the formula.`,
      ),
      finding(
        [faster],
        `${ends}, where the variances are from ${shortened(smallestVariance)} to ${shortened(largestVariance)}.`,
        `${ends}.`,
      ),
    ],
  };
});

function weightsFigure(thetas: readonly ArrayLike<number>[], predicted: (k: number, weight: number) => number): Figure {
  const every = Math.ceil((thetas.length - 1) / 20);
  return {
    name: 'weights',
    title: 'Weights of one output, and the closed form',
    caption:
      'The weights of the output for Iris setosa, on inputs whitened by ZCA: gradient descent as lines, the closed form as dots.',
    x: { label: 'step k' },
    y: { label: 'weight of the whitened input' },
    marks: [
      ...measures.map((name, input): Line => {
        const points = thetas.map((theta, k): Point => [k, theta[kinds * input]!]);
        return line({ name }, points);
      }),
      dots(
        { name: 'closed form', color: 'gray', radius: 3 },
        thetas.flatMap((_, k) =>
          k % every === 0 ? measures.map((_, input): Point => [k, predicted(k, kinds * input)]) : [],
        ),
      ),
    ],
  };
}
