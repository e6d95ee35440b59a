import { dense } from '../../lib/layers/dense';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { outputOf } from '../support/child';
import { expectRefusal } from '../support/refusals';

const make = () => network({ inputs: 3, layers: [dense(2)], seed: 1 });
const handleWith = (change: object) => ({ ...make().share(), ...change });

test('a model from a handle shares its memory', () => {
  const model = make();
  const twin = network.fromShared(structuredClone(model.share()));
  expect(JSON.stringify(twin)).toBe(JSON.stringify(model));
  expectSameBits(twin.parameters, make().parameters);
  twin.parameters[4] = 7;
  expect(model.parameters[4]).toBe(7);
  expect(model.predict([1, 2, 3])).toEqual(twin.predict([1, 2, 3]));
});

test.each<[string, object, 'ERR_INVALID_ARGUMENT' | 'ERR_SHAPE', string]>([
  ['memory that is not shared', { parameters: new Float32Array(8) }, 'ERR_INVALID_ARGUMENT', 'shared memory'],
  [
    'memory of another type',
    { parameters: new Float64Array(new SharedArrayBuffer(64)) },
    'ERR_INVALID_ARGUMENT',
    'float32',
  ],
  [
    'another length',
    { parameters: new Float32Array(new SharedArrayBuffer(64)) },
    'ERR_SHAPE',
    '16 elements, but the network has 8',
  ],
  [
    'memory that ends where kernels read',
    { parameters: new Float32Array(new SharedArrayBuffer(32)) },
    'ERR_INVALID_ARGUMENT',
    'share()',
  ],
  ['no network', { network: undefined }, 'ERR_INVALID_ARGUMENT', 'architecture'],
  ['an unknown key', { colour: 1 }, 'ERR_INVALID_ARGUMENT', 'colour'],
  ['extras that are none', { extras: 3 }, 'ERR_INVALID_ARGUMENT', 'extras'],
])('a handle is refused with %s', (_, change, code, words) => {
  expectRefusal(() => network.fromShared(handleWith(change) as never), code, words);
});

/** `model`, and a worker that runs `source` with a model of the same memory; `parentPort.postMessage` answers. */
const withWorker = (source: string, layers = 'dense(2)', inputs = 3) => `
  import { once } from 'node:events';
  import { Worker } from 'node:worker_threads';
  import { dense, network, sgd, Trainer } from 'glissade';
  const model = network({ inputs: ${inputs}, layers: [${layers}] });
  const worker = new Worker(${JSON.stringify(`
    import { parentPort, workerData } from 'node:worker_threads';
    import { Dataset, network, sgd, Trainer } from 'glissade';
    const model = network.fromShared(workerData);
    ${source}
  `)}, { eval: true, workerData: model.share() });
  const [first] = await once(worker, 'message');
`;

describe('another thread', () => {
  test('trains a model while this one predicts, and no prediction uses half a step', async () => {
    // All outputs get the same targets from the same start, so they are equal after each step.
    const outputs = 200_000;
    const printed = await outputOf(`
      ${withWorker(
        `
        const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate: 1e-4 }) });
        const [x, y] = [new Float32Array([1, 2]), new Float32Array(${outputs}).fill(1e3)];
        const turn = () => { for (let i = 0; i < 5; ++i) trainer.step(x, y); setImmediate(turn); };
        turn();
        parentPort.postMessage('begun');
        `,
        `dense(${outputs}, { initializer: 'zeros' })`,
        2,
      )}
      let [mixed, last, changes] = [0, 0, 0];
      for (let i = 0; i < 150; ++i) {
        const y = model.predict([1, 1]);
        if (!y.every((value) => value === y[0])) ++mixed;
        if (y[0] !== last) ++changes;
        last = y[0];
        await new Promise(setImmediate);
      }
      await worker.terminate();
      console.log(first, mixed, changes > 1);
    `);
    expect(printed).toBe('begun 0 true');
  });

  test('makes this model busy during a run, also if the run ends with its thread', async () => {
    const printed = await outputOf(`
      ${withWorker(`
        const data = new Dataset({ inputs: new Float32Array(3000).fill(1), columns: 3, targets: new Float32Array(2000).fill(1), targetColumns: 2 });
        model.fit(data, { loss: 'squared', optimizer: sgd({ learningRate: 1e-6 }), epochs: 1e6 });
        parentPort.postMessage('begun');
      `)}
      const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd() });
      const stepped = () => { try { trainer.step([1, 2, 3], [1, 2]); return 'stepped'; } catch ({ code }) { return code; } };
      const words = [stepped(), model.predict([1, 1, 1]).every(Number.isFinite)];
      await worker.terminate();
      words.push(stepped());
      console.log(words.join(' '));
    `);
    expect(printed).toBe('ERR_BUSY true stepped');
  });
});
