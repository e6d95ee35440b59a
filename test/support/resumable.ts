// Trainings that are interrupted and resumed in tests.

import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { batchNorm } from '../../lib/layers/batch_norm';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { embedding } from '../../lib/layers/embedding';
import { flatten } from '../../lib/layers/flatten';
import { input } from '../../lib/layers/input';
import { parallel } from '../../lib/layers/parallel';
import { adagrad } from '../../lib/optimizers/adagrad';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { ema, swa } from '../../lib/optimizers/average';
import { lookahead } from '../../lib/optimizers/lookahead';
import { momentum } from '../../lib/optimizers/momentum';
import { sam } from '../../lib/optimizers/sam';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { inverseTime } from '../../lib/schedules/inverse_time';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import { curvatureMonitor } from '../../lib/training/curvature_monitor';
import type { History } from '../../lib/training/history';
import { type Network, network } from '../../lib/training/network';
import type { RunOptions } from '../../lib/training/run_options';
import type { TrainerOptions } from '../../lib/training/training';
import { random, range } from './numbers';

export interface Training {
  model: () => Network;
  /** New ones for each trainer, because plateau schedules have state. */
  options: () => TrainerOptions;
  data: Dataset;
  run: RunOptions;
}

const draw = random(11);
const rows = 64;

const numbers = (width: number) => range(rows).map(() => range(width).map(() => 2 * draw() - 1));
const targets = range(rows).map(() => Math.floor(3 * draw()));
const points = new Dataset({ inputs: numbers(6), targets });
const images = new Dataset({ inputs: numbers(36), targets });
const codes = range(rows).map(() => [Math.floor(30 * draw() ** 2), Math.floor(50 * draw())]);
const wide = range(rows).map(() => range(4).map((i): [number, number] => [15 * i + Math.floor(15 * draw()), i + 1]));
const mixed = new Dataset({
  inputs: {
    wide: sparse({ rows: wide, columns: 60 }),
    deep: categories({ values: codes, cardinalities: [30, 50] }),
  },
  targets,
});
const bits = new Dataset({
  inputs: sparse({ rows: wide, columns: 60 }),
  targets: range(rows).map(() => Math.round(draw())),
});
const weighted = new Dataset({ inputs: numbers(6), targets, weights: range(rows).map(() => draw() + 0.1) });
const held = new Dataset({ inputs: numbers(6), targets });

const layers = () => [dense(12, { activation: 'relu' }), dropout(0.3), dense(3)];
const perceptron = () => network({ inputs: 6, layers: layers(), seed: 5 });
const linear = () => network({ inputs: points, layers: [dense(3)], seed: 5 });
const base = { loss: 'crossEntropy', seed: 9 } as const;
const run = { epochs: 3, batchSize: 10 };

const plain = (options: Partial<TrainerOptions>, more: Partial<Training> = {}): Training => ({
  model: perceptron,
  options: () => ({ ...base, optimizer: adam({ learningRate: 0.02 }), ...options }),
  data: points,
  run,
  ...more,
});

const wideAndDeep = () =>
  network({
    inputs: mixed,
    layers: [
      parallel([
        [input('wide'), dense(3)],
        [input('deep'), embedding({ dimensions: 4 }), dense(3)],
      ]),
    ],
    seed: 5,
  });

export const trainings: Record<string, Training> = {
  'dropout and an average': plain({ average: ema({ decay: 0.9 }) }),
  'stochastic weight averaging, in float64': plain(
    { average: swa({ start: 4, every: 2 }) },
    { model: () => network({ inputs: 6, layers: layers(), seed: 5, type: 'float64' }) },
  ),
  'batchNorm and convolution': plain(
    { optimizer: momentum({ learningRate: 0.05, decay: 0.9 }) },
    {
      model: () =>
        network({
          inputs: { height: 6, width: 6, channels: 1 },
          layers: [conv2d(4, { kernel: 3, activation: 'relu' }), batchNorm(), flatten(), dense(3)],
          seed: 5,
        }),
      data: images,
    },
  ),
  'sparse columns and embeddings with lagging rows': plain(
    { optimizer: momentum({ learningRate: 0.1, decay: 0.9 }) },
    { model: wideAndDeep, data: mixed },
  ),
  'embeddings with lazy rows': plain(
    { optimizer: adamw({ learningRate: 0.02 }), sparse: 'lazy' },
    { model: wideAndDeep, data: mixed },
  ),
  'single examples of a linear model': plain(
    { optimizer: sgd({ learningRate: inverseTime({ from: 0.3 }) }) },
    { model: linear, run: { epochs: 2, batchSize: 1 } },
  ),
  'single examples of sparse columns': plain(
    { loss: 'logistic', optimizer: adagrad({ learningRate: 0.3 }) },
    {
      model: () => network({ inputs: bits, layers: [dense(1)], seed: 5 }),
      data: bits,
      run: { epochs: 2, batchSize: 1 },
    },
  ),
  'accumulated gradients': plain({ accumulate: 3 }),
  'slow weights': plain({ optimizer: lookahead(adam({ learningRate: 0.02 }), { steps: 4 }) }),
  'sharpness-aware minimisation': plain({ optimizer: sam(sgd({ learningRate: 0.1 })) }),
  'a schedule-free rule': plain({ optimizer: scheduleFree({ learningRate: 0.05 }) }),
  'bytes of state': plain(
    { state: 'uint8' },
    { model: () => network({ inputs: 6, layers: [dense(700), dense(3)], seed: 5 }) },
  ),
  'a plateau shared by two options, with a validation': {
    ...plain({}),
    options: () => {
      const learningRate = reduceOnPlateau({ from: 0.05, factor: 0.5, patience: 0, threshold: 0.5 });
      return { ...base, optimizer: sgd({ learningRate }), clip: { norm: learningRate } };
    },
    run: { ...run, epochs: 5, validation: held },
  },
  'groups, one of them frozen': plain({
    groups: [
      { tensors: ['layers.0.bias'], frozen: true },
      { tensors: ['layers.2.weight'], learningRate: 1e-3 },
    ],
  }),
  'early stopping': plain(
    { optimizer: adam({ learningRate: 0.2 }), metrics: ['accuracy'] },
    { run: { ...run, epochs: 12, validation: held, earlyStopping: { patience: 2 } } },
  ),
  'a watch on the curvature': plain(
    { optimizer: sgd({ learningRate: 0.1 }) },
    { run: { ...run, monitor: curvatureMonitor({ every: 4, examples: 20 }) } },
  ),
  'weights as probabilities': plain({}, { data: weighted, run: { ...run, sampling: 'weighted' } }),
  'classes in proportion': plain({}, { run: { ...run, sampling: 'stratified' } }),
};

/**
 * Options of a run that takes some milliseconds per step, so that many checkpoints are made: it measures the curvature
 * after each.
 */
export const slowly = ({ model, data, run }: Pick<Training, 'model' | 'data' | 'run'>): RunOptions => {
  const length = Math.ceil(3_600_000 / (model().parameters.length * data.columns));
  const many = data.select(Uint32Array.from({ length }, (_, i) => i % data.rows));
  return { ...run, monitor: curvatureMonitor({ every: 1, data: many }) };
};

/** The report of a run, without times. */
export const told = ({ epochs, ...history }: History) => ({
  ...history,
  epochs: epochs.map(({ seconds: _, examplesPerSecond: __, ...epoch }) => epoch),
});
