import path from 'node:path';
import { Dataset } from '../../lib/data/dataset';
import { DatasetWriter } from '../../lib/data/dataset_writer';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { network } from '../../lib/training/network';
import type { RunOptions } from '../../lib/training/run_options';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits, sameBits } from '../support/bits';
import { folders } from '../support/folders';
import { range } from '../support/numbers';
import { inTime, reached } from '../support/progress';
import { told } from '../support/resumable';

// 75 MB of rows: more than a window of 64 MB, so that the order by blocks is not that of all rows.
const [rows, columns, rowsOfChunk] = [18_400, 1024, 2300];
const newFolder = folders();

/** Rows of one number, which is repeated, and a class. */
const numberOf = (row: number) => Math.sin(row * row);
const chunk = (from: number) => {
  const inputs = new Float32Array(rowsOfChunk * columns);
  for (const i of range(rowsOfChunk)) inputs.fill(numberOf(from + i), i * columns, (i + 1) * columns);
  return { inputs, targets: range(rowsOfChunk).map((i) => (numberOf(from + i) > 0 ? 1 : 0)) };
};

let mapped: Dataset;
let inMemory: Dataset;
beforeAll(async () => {
  const writer = new DatasetWriter(path.join(newFolder(), 'rows.dataset'), { inputs: columns, targetColumns: 1 });
  const inputs = new Float32Array(rows * columns);
  const targets: number[] = [];
  for (let from = 0; from < rows; from += rowsOfChunk) {
    const rows = chunk(from);
    inputs.set(rows.inputs, from * columns);
    targets.push(...rows.targets);
    await writer.append(rows);
  }
  mapped = await writer.close();
  inMemory = new Dataset({ inputs, columns, targets });
});

const newTrainer = () =>
  new Trainer(network({ inputs: columns, layers: [dense(2)], seed: 1 }), {
    loss: 'crossEntropy',
    optimizer: adam(),
    seed: 2,
  });

async function trained(data: Dataset, options: RunOptions) {
  const trainer = newTrainer();
  await trainer.fit(data, { batchSize: 100, ...options });
  return trainer.model.parameters;
}

test('data in a large file are visited by blocks by default', async () => {
  const usual = await trained(mapped, {});
  expectSameBits(usual, await trained(inMemory, { sampling: 'blocks' }));
  for (const [options, same] of [
    [{ sampling: 'permutation' }, {}],
    [{ shuffle: false }, { sampling: 'sequential' }],
  ] as [RunOptions, RunOptions][]) {
    const other = await trained(mapped, options);
    expectSameBits(other, await trained(inMemory, same));
    expect(sameBits(other, usual)).toBe(false);
  }
});

test('the same holds for the rows of a split, with validation over the same file', async () => {
  const scores = await Promise.all(
    [mapped, inMemory].map(async (data) => {
      const [train, validation] = data.split({ validation: 0.1 });
      const trainer = newTrainer();
      // The order is given for both, because the default differs between a file and memory.
      const history = await trainer.fit(train, { batchSize: 100, sampling: 'blocks', validation });
      const { model } = trainer;
      return {
        history: told(history),
        outputs: model.predict(validation),
        score: model.evaluate(data, { loss: 'crossEntropy' }),
      };
    }),
  );
  expect(scores[0]!.history).toEqual(scores[1]!.history);
  expect(scores[0]!.score).toEqual(scores[1]!.score);
  expectSameBits(scores[0]!.outputs, scores[1]!.outputs);
});

test('a run by blocks resumes from a checkpoint within an epoch to the same bits', async () => {
  const run: RunOptions = { epochs: 2, batchSize: 100 };
  const undisturbed = newTrainer();
  const expected = told(await undisturbed.fit(mapped, run));
  const resumed = await inTime(async () => {
    const folder = newFolder();
    const begun = newTrainer().fit(mapped, { ...run, checkpoint: { folder, everySteps: 50 } });
    await reached(begun, 185);
    begun.stop();
    return (await begun).status === 'stopped' ? Trainer.resume(folder) : undefined;
  });
  expect(resumed.interrupted).toMatchObject({ epoch: 2, epochs: 2 });
  expect(resumed.steps % 184).not.toBe(0); // within an epoch
  expect(told(await resumed.fit(mapped, run))).toEqual(expected);
  expectSameBits(resumed.model.parameters, undisturbed.model.parameters);
});
