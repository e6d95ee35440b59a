import type { FloatArray } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { network } from '../../lib/training/network';
import type { Run } from '../../lib/training/run';
import { expectSameBits } from '../support/bits';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { range } from '../support/numbers';
import { reached } from '../support/progress';

const width = 320;

/**
 * A model with equal weights, biases and targets for all outputs. They are equal after each step, but not within one.
 */
function uniformModel() {
  const model = network({ inputs: 40, layers: [dense(width)], seed: 1 });
  const { data } = model.tensors.get('layers.0.weight')!;
  for (const i of range(40)) data.subarray(i * width, (i + 1) * width).fill(data[i * width]!);
  return model;
}

const inputs = range(64).map((row) => range(40).map((i) => Math.sin(row + 7 * i)));
const few = new Dataset({ inputs, targets: range(64).map((row) => new Array<number>(width).fill(Math.cos(row))) });
const data = few.select(range(64 * 500).map((i) => i % 64));
const options = { loss: 'squared', optimizer: adam({ learningRate: 1e-3 }), batchSize: 64 } as const;
const endless = { ...options, epochs: 100 }; // longer than any test
const x = Float32Array.from(inputs[3]!);

const pause = () => new Promise((resolve) => setTimeout(resolve, 2));

async function ended(run: Run): Promise<void> {
  run.stop();
  await run;
}

describe.each(instructionSets)('predictions during a run on %s', (instructionSet) => {
  useInstructionSet(instructionSet);

  test.each([
    [64, 1],
    [64, 2],
    [1, 1],
  ])('use parameters between two steps, of minibatches of %i with %i thread(s)', async (batchSize, threads) => {
    const model = uniformModel();
    const many = Float32Array.from(inputs.flat());
    await withThreads(threads, async () => {
      const run = model.fit(data, { ...endless, batchSize });
      const seen: { outputs: FloatArray; copy: FloatArray }[] = [];
      await reached(run, 1);
      for (const _ of range(10)) {
        for (const outputs of [model.predict(x), model.predict(many)]) {
          expect(new Set(outputs.subarray(0, width)).size).toBe(1);
          expect(outputs.every(Number.isFinite)).toBe(true);
          seen.push({ outputs, copy: outputs.slice() as FloatArray });
        }
        await pause();
      }
      await reached(run, 2);
      await ended(run);
      for (const { outputs, copy } of seen) expectSameBits(outputs, copy);
    });
  });
});

describe('a model that is being trained', () => {
  test.each([64, 1])('predicts better and better, in minibatches of %i', async (batchSize) => {
    const model = uniformModel();
    const first = model.predict(x)[0]!;
    const run = model.fit(data, { ...endless, batchSize });
    await reached(run, 1);
    const target = Math.cos(3);
    let now = first;
    while (Math.abs(now - target) > Math.abs(first - target) / 10) {
      await pause();
      now = model.predict(x)[0]!;
    }
    await ended(run);
  });

  test('can be evaluated', async () => {
    const model = uniformModel();
    const run = model.fit(data, endless);
    await reached(run, 1);
    const { loss } = model.evaluate(data.select(range(64)), { loss: 'squared' });
    expect(loss).toBeGreaterThan(0);
    expect(Number.isFinite(loss)).toBe(true);
    await ended(run);
  });

  test('predicts with its last parameters as soon as the run has ended', async () => {
    const model = uniformModel();
    await model.fit(data.select(range(640)), options);
    const again = uniformModel();
    again.parameters.set(model.parameters);
    expect([...model.predict(x)]).toEqual([...again.predict(x)]);
    model.parameters.fill(0);
    expect([...model.predict(x)]).toEqual(new Array(width).fill(0));
  });
});
