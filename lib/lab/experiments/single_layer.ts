import { interval } from '../../checks/ranges.js';
import { Dataset } from '../../data/dataset.js';
import { whiten } from '../../data/whiten.js';
import { dense } from '../../layers/index.js';
import { minimize } from '../../minimize/minimize.js';
import { Matrix } from '../../numbers/matrices.js';
import { distance } from '../../numbers/vectors.js';
import { gradientDescent } from '../../optimizers/index.js';
import type { Line, Point } from '../../pages/figure.js';
import { network } from '../../training/network.js';
import { atMost, shortened } from '../check.js';
import { iris } from '../data.js';
import { experiment } from '../experiment.js';
import { real, seed, whole } from '../setting.js';

const measures = ['sepal length', 'sepal width', 'petal length', 'petal width'];
const kinds = 3;

/** E[xyᵀ] over rows: the second moment if y = x, else Γᵀ, with a row for each input like the weights of `dense`. */
function moment(x: Float64Array, y: Float64Array, rows: number): Matrix {
  const [left, right] = [x, y].map((values) =>
    Matrix.from1DArray(rows, values.length / rows, values as unknown as number[]),
  );
  return left!.transpose().mmul(right!).div(rows);
}

export const singleLayer = experiment({
  number: 10,
  name: 'single-layer',
  title: 'A single linear layer on whitened inputs',
  slides: [
    { title: 'Least Squares: Preliminaries', claim: 'inputs are whitened, E[xxᵀ] = I' },
    { title: 'Least Squares: Single Layer Linear Network', claim: '∇R = 2(A − Γ), so gradient descent leads A to Γ' },
  ],
  question: 'How does a single linear layer learn, where the inputs have no correlations?',
  formulas: ['R(A) = E‖y − Ax‖²,  Γ = E[yxᵀ],  ∇R = 2(A − Γ)', 'A(k) − Γ = (1 − 2η)ᵏ (A(0) − Γ)'],
  sources: ['Perraudin & Hofmann 2018, Deep Learning, lecture 6', 'data: irises, Fisher 1936'],
  settings: {
    learningRate: real('η of a step', { full: 0.05, range: interval(1e-4, 1) }),
    steps: whole('of gradient descent', { full: 200, small: 60, least: 2, most: 10_000 }),
    seed,
  },

  async run({ learningRate, steps, seed }, trial) {
    const { inputs, columns, classes } = await iris();
    const rows = classes.length;
    const targets = Float64Array.from({ length: rows * kinds }, (_, i) =>
      Number(classes[Math.floor(i / kinds)] === i % kinds),
    );
    const { mean, eigenvalues, apply } = whiten(inputs, { columns });
    const [largest, smallest] = [eigenvalues[0]!, eigenvalues.at(-1)!];
    const whitened = apply(inputs) as Float64Array;
    const identity = moment(whitened, whitened, rows);
    const gamma = Float64Array.from(moment(whitened, targets, rows).to1DArray());

    const riskOf = (x: Float64Array) => ({
      model: network({ inputs: columns, layers: [dense(kinds, { bias: false })], type: 'float64', seed }),
      data: new Dataset({ inputs: x, columns, targets }),
      loss: 'squared' as const,
    });
    /** Gradient descent on inputs `x`; all runs start at equal weights. */
    const descend = (x: Float64Array, rate: number) =>
      minimize(riskOf(x), {
        rule: gradientDescent({ learningRate: rate }),
        maxSteps: steps,
        tolerance: 0,
        trajectory: true,
        onNonFinite: 'stop',
      }).trajectory!;
    const minimum = (x: Float64Array) => minimize(riskOf(x), { tolerance: 1e-10 });
    const run = descend(whitened, learningRate);
    const { model, data, loss } = riskOf(whitened);
    const { gradient } = model.gradient(data, { loss });
    await trial.progress(0.3);
    const start = run.thetas[0]!;
    const predicted = (k: number, i: number, rate = learningRate) =>
      gamma[i]! + (1 - 2 * rate) ** k * (start[i]! - gamma[i]!);
    const deviation = Math.max(
      ...run.thetas.flatMap((theta, k) => Array.from(theta, (value, i) => Math.abs(value - predicted(k, i)))),
    );
    const slopes = Array.from(gradient, (slope, i) => Math.abs(slope - 2 * (start[i]! - gamma[i]!)));

    const rates = [learningRate / 5, learningRate, 0.5, 0.9, 1.02];
    const distances = rates.flatMap((rate, i): Line[] => {
      const color = i / (rates.length - 1);
      const { thetas } = descend(whitened, rate);
      const points = thetas.map((theta, k): Point => [k, distance(theta, gamma)]);
      const theory = points.map(([k]): Point => [k, Math.abs(1 - 2 * rate) ** k * points[0]![1]]);
      return [
        { kind: 'line', name: `η = ${rate}`, color, points, width: 3 },
        { kind: 'line', name: '|1 − 2η|ᵏ', color: 'gray', points: theory, style: 'dotted' },
      ];
    });
    await trial.progress(0.6);

    const centred = inputs.map((value, i) => value - mean[i % columns]!);
    const excess = (x: Float64Array, rate: number, name: string): Line => {
      const { losses } = descend(x, rate);
      const least = minimum(x).loss;
      return { kind: 'line', name, points: losses.map((loss, k): Point => [k, loss - least]) };
    };
    const comparison = [
      excess(whitened, learningRate, `whitened, η = ${learningRate}`),
      excess(
        centred,
        1 / (largest + smallest),
        `centred only, at its best η = 1/(λ₁ + λₙ) = ${shortened(1 / (largest + smallest))}`,
      ),
    ];
    return {
      figures: [
        {
          name: 'weights',
          title: 'Every weight goes to its entry of Γ, all at the same rate',
          caption: 'The weights of the output for Iris setosa: gradient descent as lines, the closed form as dots.',
          x: { label: 'step k' },
          y: { label: 'weight of the whitened input' },
          marks: [
            ...measures.map((name, input): Line => {
              const points = run.thetas.map((theta, k): Point => [k, theta[kinds * input]!]);
              return { kind: 'line', name, points };
            }),
            {
              kind: 'dots',
              name: 'closed form',
              color: 'gray',
              radius: 3,
              points: run.thetas.flatMap((_, k) =>
                k % Math.ceil(steps / 20) === 0
                  ? measures.map((_, input): Point => [k, predicted(k, kinds * input)])
                  : [],
              ),
            },
          ],
        },
        {
          name: 'distance',
          title: 'The distance from Γ shrinks by |1 − 2η| at each step',
          caption: 'η = ½ arrives in one step, to rounding; beyond η = 1 the distance grows.',
          x: { label: 'step k' },
          y: { label: '‖A(k) − Γ‖', scale: 'log', domain: [1e-16, 1e3] },
          marks: distances,
        },
        {
          name: 'whitening',
          title: 'Without whitening, directions of small variance learn slowly',
          caption: `Centred inputs have variances from ${shortened(smallest)} to ${shortened(largest)} along their principal components, and the step must suit the largest.`,
          x: { label: 'step k' },
          y: { label: 'R(A(k)) − R*', scale: 'log', domain: [1e-14, 10] },
          marks: comparison,
        },
      ],
      checks: [
        atMost(
          'whitening gives E[xxᵀ] = I: the largest deviation',
          Math.max(...identity.sub(Matrix.eye(columns)).abs().to1DArray()),
          1e-12,
        ),
        atMost('∇R = 2(A − Γ) at the start: the largest deviation', Math.max(...slopes), 1e-12),
        atMost('A(k) − Γ = (1 − 2η)ᵏ (A(0) − Γ): the largest deviation over all steps', deviation, 1e-12),
      ],
      findings: [
        `After ${steps} steps at η = ${learningRate}, ‖A − Γ‖ is ${shortened(distance(run.thetas.at(-1)!, gamma))} of ${shortened(distance(start, gamma))} at the start.`,
      ],
    };
  },
});
