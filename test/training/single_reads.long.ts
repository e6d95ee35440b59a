// How old the parameters are that a reader gets during a run on single examples, when copying them takes long.

import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { adam } from '../../lib/optimizers/adam';
import { linear } from '../../lib/training/linear';
import { endless, reached } from '../support/progress';

test('a run on single examples publishes without requests once it has been read, if copies take longer than readers wait', async () => {
  const many = 2 ** 21;
  const one = { inputs: sparse({ columns: many, rows: [[0]] }), targets: [1e9] };
  const model = linear({ inputs: { sparse: many }, type: 'float64' });
  // The slope is constant, so that each step adds 1 to the weight and to the bias.
  const optimizer = adam({ learningRate: 1 });
  const run = model.fit(endless(new Dataset(one)), {
    batchSize: 1,
    sampling: 'sequential',
    loss: 'absolute',
    optimizer,
    epochs: 1_000_000,
  });
  const ended = run.then(() => undefined); // so that it does not wait at the end of an epoch
  const stepOfRead = () => model.predict(one.inputs)[0]! / 2;
  await reached(run, 1000);
  stepOfRead();
  let isNew = false;
  for (let pause = 4000; pause <= 32_000 && !isNew; pause *= 2) {
    const begin = run.progress.steps;
    // Several times the interval between copies.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    const end = run.progress.steps;
    isNew = end - stepOfRead() < 0.35 * (end - begin);
  }
  run.stop();
  await ended;
  expect(isNew).toBe(true);
});
