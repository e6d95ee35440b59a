import { Dataset } from '../../data/dataset.js';
import { dense } from '../../layers/dense.js';
import { Random } from '../../numbers/random.js';
import { sgd } from '../../optimizers/sgd.js';
import type { Band, Figure, Line } from '../../pages/figure.js';
import { curvatureMonitor, type StepCurvature } from '../../training/curvature_monitor.js';
import { network } from '../../training/network.js';
import { Trainer } from '../../training/trainer.js';
import { atLeast, atMost, shortened } from '../check.js';
import { type Digits, digitPixels } from '../data.js';
import type { Outcome } from '../outcome.js';
import { mean } from '../spread.js';
import type { Trial } from '../trial.js';

export interface GrowingSettings {
  readonly digits: number;
  readonly hidden: number;
  readonly batchSize: number;
  readonly sgdRate: number;
  readonly passes: number;
  readonly runs: number;
  readonly seed: number;
}

/** Measures whether minibatch gradient descent approaches a critical point as its loss falls. */
export async function growingGradient(all: Digits, settings: GrowingSettings, trial: Trial): Promise<Outcome> {
  const rows = new Random(settings.seed).permutation(all.labels.length).subarray(0, settings.digits);
  using data = datasetOf(all, rows);
  const runs: StepCurvature[][] = [];
  for (let i = 0; i < settings.runs; ++i)
    runs.push(
      await train(
        data,
        { ...settings, seed: settings.seed + i },
        trial.within(i / settings.runs, (i + 1) / settings.runs),
      ),
    );
  const growth = runs.map((run) => changeOf(run, 'squaredGradientNorm'));
  const fall = runs.map((run) => changeOf(run, 'loss'));
  const ratios = runs.flatMap((run) => run.map(({ ratio }) => ratio));
  return {
    figures: [figure(runs)],
    checks: [
      atLeast(
        'SGD: mean ‖∇R‖² of the last fifth over that of the first tenth, the least of all runs',
        Math.min(...growth),
        2,
      ),
      atMost('while the loss falls: the same of R, the largest of all runs', Math.max(...fall), 0.5),
    ],
    findings: [
      `${settings.runs} runs of SGD on ${settings.digits} digits over ${runs[0]!.at(-1)!.step} steps: the loss falls to ${shortened(Math.min(...fall))} to ${shortened(Math.max(...fall))} of what it was at first, while ‖∇R‖² grows to ${shortened(Math.min(...growth))} to ${shortened(Math.max(...growth))} times as much: no critical point is near. (η/2)gᵀHg is up to ${shortened(Math.max(...ratios))} times ‖g‖².`,
    ],
  };
}

type Quantity = 'loss' | 'squaredGradientNorm';

/** The mean of the last fifth of a run divided by the mean of its first tenth. */
function changeOf(run: readonly StepCurvature[], key: Quantity): number {
  const meanOf = (from: number, to: number) =>
    mean(run.slice(Math.ceil(from * run.length), Math.ceil(to * run.length)).map((report) => report[key]));
  return meanOf(0.8, 1) / meanOf(0, 0.1);
}

function datasetOf({ images, labels }: Digits, rows: Uint32Array): Dataset {
  const inputs = new Uint8Array(rows.length * digitPixels);
  for (const [i, row] of rows.entries())
    inputs.set(images.subarray(row * digitPixels, (row + 1) * digitPixels), i * digitPixels);
  const targets = Uint8Array.from(rows, (row) => labels[row]!);
  return new Dataset({ inputs, columns: digitPixels, targets, scale: 1 / 255 });
}

async function train(data: Dataset, settings: GrowingSettings, trial: Trial): Promise<StepCurvature[]> {
  const { hidden, batchSize, sgdRate, passes, seed } = settings;
  const initializer = 'lecunUniform';
  const layer = dense(hidden, { activation: 'relu', initializer });
  const layers = [layer, layer, layer, dense(10, { initializer })];
  const model = network({ inputs: digitPixels, layers, seed });
  using trainer = new Trainer(model, {
    loss: 'crossEntropy',
    optimizer: sgd({ learningRate: sgdRate }),
    seed,
  });
  const every = Math.ceil((passes * data.rows) / batchSize / 40);
  const monitor = curvatureMonitor({ every, examples: data.rows });
  const reports: StepCurvature[] = [];
  for (let pass = 0; pass < passes; ++pass) {
    await trial.progress(pass / passes);
    const { curvature } = await trainer.fit(data, { batchSize, monitor });
    reports.push(...curvature!);
  }
  return reports;
}

function figure(runs: readonly (readonly StepCurvature[])[]): Figure {
  const quantities = [
    { key: 'loss', name: 'R', color: 'blue' },
    { key: 'squaredGradientNorm', name: '‖∇R‖²', color: 'orange' },
  ] as const;
  const across = (key: Quantity, i: number) => runs.map((run) => run[i]![key]);
  return {
    name: 'growing',
    title: 'The loss falls, the gradient grows',
    caption:
      'Loss and gradient of the whole training set along minibatch gradient descent: the mean of the runs, and between the lowest and the highest.',
    x: { label: 'step t' },
    y: { label: 'R and ‖∇R‖²', scale: 'log' },
    marks: quantities.flatMap(({ key, name, color }): (Line | Band)[] => [
      { kind: 'line', name, color, points: runs[0]!.map(({ step }, i) => [step, mean(across(key, i))] as const) },
      {
        kind: 'band',
        name,
        color,
        points: runs[0]!.map(
          ({ step }, i) => [step, Math.min(...across(key, i)), Math.max(...across(key, i))] as const,
        ),
      },
    ]),
  };
}
