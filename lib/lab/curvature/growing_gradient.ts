import { Dataset } from '../../data/dataset.js';
import { dense } from '../../layers/dense.js';
import { norm } from '../../minimize/vectors.js';
import { network } from '../../models/network.js';
import { sgd } from '../../optimizers/sgd.js';
import { Trainer } from '../../training/trainer.js';
import { atLeast, atMost, shortened } from '../check.js';
import { type Digits, digitPixels } from '../data.js';
import type { Outcome, Progress } from '../experiment.js';
import type { Band, Figure, Line } from '../figure.js';
import { Random } from '../random.js';
import { mean } from '../spread.js';

export interface GrowingSettings {
  readonly digits: number;
  readonly hidden: number;
  readonly batchSize: number;
  readonly sgdRate: number;
  readonly sgdSteps: number;
  readonly runs: number;
  readonly seed: number;
}

const loss = 'crossEntropy';
const scale = 1 / 255;
/** Looks at the whole risk over a run. */
const looks = 50;

/** Of the whole training set. */
interface Look {
  readonly step: number;
  readonly risk: number;
  /** ‖∇R‖². */
  readonly squaredNorm: number;
}

/** Whether minibatch gradient descent comes near a critical point, while it makes progress. */
export async function growingGradient(all: Digits, settings: GrowingSettings, progress: Progress): Promise<Outcome> {
  const random = new Random(settings.seed);
  const chosen = random.permutation(all.labels.length).subarray(0, settings.digits);
  const runs: Look[][] = [];
  for (let i = 0; i < settings.runs; ++i)
    runs.push(await train(rowsOf(all, chosen), { ...settings, seed: settings.seed + i }, progress));
  const [early, late] = [
    [0, looks / 10],
    [(looks * 4) / 5, looks + 1],
  ] as const;
  const growth = runs.map((run) => quotient(run, 'squaredNorm', late, early));
  const fall = runs.map((run) => quotient(run, 'risk', late, early));
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
      `${settings.runs} runs of SGD on ${settings.digits} digits over ${settings.sgdSteps} steps: the loss falls to ${shortened(Math.min(...fall))} to ${shortened(Math.max(...fall))} of what it was at first, while ‖∇R‖² grows to ${shortened(Math.min(...growth))} to ${shortened(Math.max(...growth))} times as much: no critical point is near.`,
    ],
  };
}

const quotient = (run: readonly Look[], key: 'risk' | 'squaredNorm', late: Window, early: Window): number => {
  const meanOf = ([from, to]: Window) => mean(run.slice(from, to).map((look) => look[key]));
  return meanOf(late) / meanOf(early);
};

type Window = readonly [from: number, to: number];

function rowsOf({ images, labels }: Digits, rows: Uint32Array): Digits {
  const chosen = new Uint8Array(rows.length * digitPixels);
  for (const [i, row] of rows.entries())
    chosen.set(images.subarray(row * digitPixels, (row + 1) * digitPixels), i * digitPixels);
  return { images: chosen, labels: Uint8Array.from(rows, (row) => labels[row]!) };
}

async function train(
  examples: Digits,
  { hidden, batchSize, sgdRate, sgdSteps, seed }: GrowingSettings,
  progress: Progress,
): Promise<Look[]> {
  const random = new Random(seed);
  const layer = () => dense(hidden, { activation: 'relu', initializer: 'lecunUniform' });
  const model = network({
    inputs: digitPixels,
    layers: [layer(), layer(), layer(), dense(10, { initializer: 'lecunUniform' })],
    seed,
  });
  const data = new Dataset({ inputs: examples.images, columns: digitPixels, targets: examples.labels, scale });
  const trainer = new Trainer(model, { loss, optimizer: sgd({ learningRate: sgdRate }) });
  const seen: Look[] = [];
  for (let look = 0; look <= looks; ++look) {
    const step = Math.round((look * sgdSteps) / looks);
    while (trainer.steps < step) {
      const batch = Uint32Array.from({ length: batchSize }, () => random.index(examples.labels.length));
      const { images, labels } = rowsOf(examples, batch);
      trainer.step(images, labels, { scale });
    }
    const { loss: risk, gradient } = model.gradient(data, { loss });
    seen.push({ step, risk, squaredNorm: norm(gradient) ** 2 });
    await progress(look / looks);
  }
  trainer.dispose();
  data.dispose();
  return seen;
}

function figure(runs: readonly (readonly Look[])[]): Figure {
  const quantities = [
    { key: 'risk', name: 'R', color: 'blue' },
    { key: 'squaredNorm', name: '‖∇R‖²', color: 'orange' },
  ] as const;
  const across = (key: 'risk' | 'squaredNorm', i: number) => runs.map((run) => run[i]![key]);
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
