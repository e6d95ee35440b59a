import os from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Dataset } from '../../data/dataset.js';
import { dense } from '../../layers/dense.js';
import { numberText } from '../../numbers/number_text.js';
import { adamw } from '../../optimizers/adamw.js';
import { configure, runtime } from '../../runtime.js';
import { type RowObject, type TableModel, table, train } from '../../tables/index.js';
import type { CategoryFound } from '../../tables/pipeline/category.js';
import { type DateFound, millisecondsADay } from '../../tables/pipeline/date.js';
import type { NumberFound } from '../../tables/pipeline/number.js';
import { network } from '../../training/network.js';
import { untilInterrupted } from '../interruption.js';
import { type ProgressDisplay, withProgress } from '../progress.js';
import { aligned } from './aligned.js';
import { tableModelIn } from './model_file.js';

/** Rows that are predicted together. */
const many = 1000;

/** Seconds that each measurement takes. */
const measuredSeconds = 0.7;

/** Runs `glissade bench`. */
export async function benchCommand(file: string | undefined, options: { json?: boolean }): Promise<void> {
  configure({ priority: 'normal' });
  const measured = await withProgress((progress) => untilInterrupted((signal) => measure(file, progress, signal)));
  console.log(options.json ? JSON.stringify(measured) : textOf(measured, file));
}

async function measure(file: string | undefined, progress: ProgressDisplay, signal: AbortSignal) {
  progress.show('training', 0.1);
  const examplesPerSecond = await trainingSpeed(signal);
  progress.show('predicting', 0.5);
  const model = file === undefined ? await standardModel() : await tableModelIn(file);
  const row = typicalRow(model);
  const single = await speedOf(() => void model.predict(row), signal);
  const rows = Array.from({ length: many }, () => row);
  const whole = await speedOf(() => void model.predict(rows), signal);
  const { instructionSet, threads } = runtime();
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    instructionSet,
    threads,
    trainingExamplesPerSecond: Math.round(examplesPerSecond),
    predictionsPerSecond: { oneRow: Math.round(single), rowsAtOnce: many, manyRows: Math.round(whole * many) },
  };
}

/** Examples per second in the training of a network 128-256-128-10 by AdamW, in minibatches of 128. */
async function trainingSpeed(signal: AbortSignal): Promise<number> {
  const [rows, columns] = [16_384, 128];
  const inputs = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
  const targets = Uint32Array.from({ length: rows }, (_, i) => i % 10);
  using data = new Dataset({ inputs, targets, columns });
  const relu = { activation: 'relu' } as const;
  const model = network({ inputs: data, layers: [dense(256, relu), dense(128, relu), dense(10)] });
  const fitted = { loss: 'crossEntropy', optimizer: adamw({ learningRate: 1e-3 }), batchSize: 128, signal } as const;
  await model.fit(data, { ...fitted, epochs: 1 }); // brings pages into memory and starts threads
  const begin = performance.now();
  const { epochs } = await model.fit(data, { ...fitted, epochs: 10_000, maxSeconds: 2 * measuredSeconds });
  return (epochs.length * rows) / ((performance.now() - begin) / 1000);
}

/** Calls per second: the median over ten measurements, after one that warms up. */
async function speedOf(call: () => void, signal: AbortSignal): Promise<number> {
  const speeds: number[] = [];
  for (let part = 0; part < 11; ++part) {
    await setImmediate();
    signal.throwIfAborted();
    const begin = performance.now();
    let calls = 0;
    let passed = 0;
    for (; passed < measuredSeconds * 100; passed = performance.now() - begin, ++calls) call();
    if (part > 0) speeds.push((1000 * calls) / passed);
  }
  return speeds.sort((a, b) => a - b)[5]!;
}

/** A row with a typical value in each column. */
function typicalRow({ pipeline }: TableModel): RowObject {
  const row = new Map<string, unknown>();
  for (const { name, step, found } of pipeline.steps) {
    if (step.kind === 'number') row.set(name, (found as NumberFound).fill);
    else if (step.kind === 'category') row.set(name, (found as CategoryFound).words[0] ?? null);
    else if (step.kind === 'date') row.set(name, new Date(Math.round((found as DateFound).mean * millisecondsADay)));
    else if (step.kind === 'text') row.set(name, 'a few words of text');
  }
  return Object.fromEntries(row);
}

/** A model with hidden layers 64-32, for ten columns of numbers and a column of five categories. */
async function standardModel(): Promise<TableModel> {
  const rows = Array.from({ length: 500 }, (_, i) => {
    const numbers = Array.from({ length: 10 }, (_value, j): [string, number] => [`x${j}`, Math.sin(i * (j + 1))]);
    return { ...Object.fromEntries(numbers), category: 'abcde'[i % 5], target: i % 5 === 0 ? 'yes' : 'no' };
  });
  const { model } = await train(await table(rows), { target: 'target', epochs: 1, validation: 0.5 });
  return model;
}

function textOf(measured: Awaited<ReturnType<typeof measure>>, file: string | undefined): string {
  const { cpu, instructionSet, threads, trainingExamplesPerSecond, predictionsPerSecond } = measured;
  const shown = (count: number) => numberText(count, 3);
  const whose = file ?? 'a network 64-32 over 11 columns';
  return [
    `${cpu}, ${instructionSet}, ${threads} thread${threads === 1 ? '' : 's'}`,
    ...aligned([
      [
        'training a network 128-256-128-10, AdamW, minibatches of 128',
        `${shown(trainingExamplesPerSecond)} examples/s`,
      ],
      [`predictions of ${whose}, a row at a time`, `${shown(predictionsPerSecond.oneRow)} rows/s`],
      [`predictions of ${whose}, ${shown(many)} rows at once`, `${shown(predictionsPerSecond.manyRows)} rows/s`],
    ]),
  ].join('\n');
}
