import { Dataset } from '../../lib/data/dataset';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { globalPool } from '../../lib/layers/pool';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import { adam } from '../../lib/optimizers/adam';
import { sgd } from '../../lib/optimizers/sgd';
import { type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { bfloat16Code, nearestBfloat16 } from '../support/encodings';
import { task } from '../support/examples';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { random, range } from '../support/numbers';
import { ReferenceNetwork, ReferenceTraining } from '../support/reference_network';
import { expectRefusal } from '../support/refusals';

const precision = 'bfloat16';
const columns = 21;
const uniform = random(3);
const inputs = Float32Array.from({ length: 300 * columns }, () => 4 * uniform() - 2);
const rows = range(300).map((i) => [...inputs.subarray(i * columns, (i + 1) * columns)]);

const one = () => network({ inputs: columns, layers: [dense(35)], seed: 2 });
const three = () =>
  network({
    inputs: columns,
    layers: [dense(40, { activation: 'relu' }), dense(33, { activation: 'gelu' }), dense(5)],
    seed: 2,
  });

/** Convolutions that copy patches, from a layer of few channels, and one by Winograd's algorithm. */
const ofImages = () =>
  network({
    inputs: { height: 9, width: 8, channels: 1 },
    layers: [
      conv2d(16, { kernel: 3, padding: 'same', activation: 'relu' }),
      conv2d(17, { kernel: 3, padding: 'same', activation: 'relu' }),
      conv2d(8, { kernel: 3, stride: 2 }),
      globalPool({ pooling: 'average' }),
      dense(5),
    ],
    seed: 2,
  });

const outputsOf = (model: Network) => {
  const reference = new ReferenceNetwork(model, precision);
  return rows.flatMap((row) => reference.outputs(row));
};
const [expectedOfOne, expectedOfThree] = [outputsOf(one()), outputsOf(three())];
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

describe.each(instructionSets)('in bfloat16 on %s', (instructionSet) => {
  useInstructionSet(instructionSet);

  test('a layer multiplies rounded factors, and sums in float32', () => {
    const model = one();
    expect(greatestError(model.predict(inputs, { precision }), expectedOfOne)).toBeLessThan(2e-6);
    expect(greatestError(model.predict(inputs), expectedOfOne)).toBeGreaterThan(1e-3);
  });

  test('layers round their inputs', () => {
    // Sums in another order may occasionally round to the other neighbour.
    const errors = Array.from(three().predict(inputs, { precision }), (y, i) => Math.abs(y - expectedOfThree[i]!));
    expect(median(errors)).toBeLessThan(1e-6);
    expect(Math.max(...errors)).toBeLessThan(1e-2);
  });

  test('predicts the same bits for single rows, for all together, and with 1 thread or 2', async () => {
    const model = three();
    const expected = model.predict(inputs, { precision });
    for (const threads of [1, 2])
      await withThreads(threads, () => {
        expectSameBits(model.predict(inputs, { precision }), expected, `${threads} threads`);
        expectSameBits(model.predict(new Dataset({ inputs, columns }), { precision }), expected, 'a dataset');
        for (const i of [0, 1, 299]) {
          const alone = model.predict(rows[i]!, { precision });
          expectSameBits(alone, expected.subarray(5 * i, 5 * i + 5), `row ${i}`);
        }
      });
  });

  test('a layer is trained on rounded factors, with parameters in float32', async () => {
    const { data, examples } = task(64, columns, 5, 'crossEntropy', 'classes');
    const model = network({ inputs: columns, layers: [dense(5)], seed: 2 });
    const rule = sgd({ learningRate: 0.1 });
    const training = new ReferenceTraining(model, 'crossEntropy', rule, precision);
    const exact = new ReferenceTraining(model, 'crossEntropy', rule);
    for (const reference of [training, exact]) for (const _ of range(3)) reference.epoch(examples, 16);
    await model.fit(data, {
      loss: 'crossEntropy',
      optimizer: rule,
      batchSize: 16,
      epochs: 3,
      shuffle: false,
      precision,
    });
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-5);
    expect(greatestError(model.parameters, exact.network.parameters)).toBeGreaterThan(1e-4);
    expect(Array.from(model.parameters).some((x) => x !== nearestBfloat16(x))).toBe(true);
  });

  test('losses are computed from the predictions', async () => {
    const { data, examples } = task(50, columns, 5, 'crossEntropy', 'classes');
    const model = three();
    const { loss } = model.evaluate(data, { loss: 'crossEntropy', precision });
    const expected = new ReferenceNetwork(model, precision).loss(examples, 'crossEntropy');
    expect(loss).not.toBe(model.evaluate(data, { loss: 'crossEntropy' }).loss);
    expect(Math.abs(loss - expected)).toBeLessThan(1e-4);
  });

  test('a network of several layers learns as in float32, with similar parameters', async () => {
    const { data } = task(256, columns, 5, 'crossEntropy', 'classes');
    const options = { loss: 'crossEntropy', optimizer: adam(), batchSize: 32, epochs: 20, validation: data } as const;
    const full = await three().fit(data, options);
    const rounded = await three().fit(data, { ...options, precision });
    const [a, b] = [full.epochs.at(-1)!, rounded.epochs.at(-1)!];
    expect(b.loss).toBeLessThan(0.7 * rounded.epochs[0]!.loss);
    expect(Math.abs(a.loss - b.loss)).toBeLessThan(0.02 * a.loss + 0.01);
    expect(b.validation!.loss).not.toBe(a.validation!.loss);
  });
});

describe.each(instructionSets)('convolutions in bfloat16 on %s', (instructionSet) => {
  useInstructionSet(instructionSet);
  const images = inputs.subarray(0, 40 * 72);

  test('predict nearly as in float32, to the same bits for single rows, for all together, and with 1 thread or 2', async () => {
    const model = ofImages();
    const [full, expected] = [model.predict(images), model.predict(images, { precision })];
    const error = greatestError(expected, full);
    expect(error).toBeGreaterThan(1e-5);
    expect(error).toBeLessThan(2e-2);
    for (const threads of [1, 2])
      await withThreads(threads, () => {
        expectSameBits(model.predict(images, { precision }), expected, `${threads} threads`);
        const alone = model.predict(images.subarray(72, 144), { precision });
        expectSameBits(alone, expected.subarray(5, 10), 'the second image');
      });
  });

  test('learn as in float32, to the same bits with 1 thread or 2', async () => {
    const { data } = task(96, 72, 5, 'crossEntropy', 'classes');
    const options = {
      loss: 'crossEntropy',
      optimizer: adam({ learningRate: 0.01 }),
      batchSize: 32,
      epochs: 8,
    } as const;
    const trained = async (more: object) => {
      const model = ofImages();
      const { epochs } = await model.fit(data, { ...options, ...more });
      return { parameters: model.parameters, losses: epochs.map(({ loss }) => loss) };
    };
    const full = await trained({});
    const alone = await withThreads(1, () => trained({ precision }));
    const together = await withThreads(2, () => trained({ precision }));
    expectSameBits(together.parameters, alone.parameters);
    expect(alone.losses.at(-1)).toBeLessThan(0.9 * alone.losses[0]!);
    expect(alone.losses.at(-1)).not.toBe(full.losses.at(-1));
    expect(Math.abs(alone.losses.at(-1)! - full.losses.at(-1)!)).toBeLessThan(0.05 * full.losses.at(-1)!);
  });
});

describe('the precision', () => {
  const { data } = task(40, 4, 3, 'crossEntropy', 'classes');
  const fit = { loss: 'crossEntropy', optimizer: adam() } as const;
  const small = (type: 'float32' | 'float64' = 'float32'): Network =>
    network({ inputs: 4, layers: [dense(6, { activation: 'tanh' }), dense(3)], type });

  test('is full by default', async () => {
    const [plain, told, undefinedly] = [small(), small(), small()];
    await plain.fit(data, fit);
    await told.fit(data, { ...fit, precision: 'full' });
    await undefinedly.fit(data, { ...fit, precision: undefined });
    expectSameBits(told.parameters, plain.parameters);
    expectSameBits(undefinedly.parameters, plain.parameters);
    expectSameBits(plain.predict([1, 2, 3, 4], { precision: 'full' }), plain.predict([1, 2, 3, 4]));
  });

  test('of a trainer applies to its steps and runs', async () => {
    const [byRun, bySteps, inFull] = [small(), small(), small()];
    const rows = { x: [0.3, 0.2, 0.7, 0.9], y: [1] };
    await new Trainer(byRun, { ...fit, precision }).fit(new Dataset({ inputs: rows.x, targets: rows.y, columns: 4 }));
    new Trainer(bySteps, { ...fit, precision }).step(rows.x, rows.y);
    new Trainer(inFull, fit).step(rows.x, rows.y);
    expectSameBits(bySteps.parameters, byRun.parameters);
    expect(bySteps.parameters).not.toEqual(inFull.parameters);
  });

  test('applies to the validation of a run', async () => {
    const model = small();
    const { epochs } = await model.fit(data, { ...fit, precision, validation: data });
    expect(epochs[0]!.validation!.loss).toBe(model.evaluate(data, { loss: 'crossEntropy', precision }).loss);
    expect(epochs[0]!.validation!.loss).not.toBe(model.evaluate(data, { loss: 'crossEntropy' }).loss);
  });

  test('follows parameters that are written between steps', () => {
    const options = { loss: 'crossEntropy', optimizer: sgd({ learningRate: 0.1 }), precision } as const;
    const [x, y] = [[0.3, 0.2, 0.7, 0.9], [1]];
    const [model, fresh] = [small(), small()];
    const trainer = new Trainer(model, options);
    trainer.step(x, y);
    for (const { parameters } of [model, fresh]) parameters.set(Float32Array.from(parameters, (_, i) => Math.sin(i)));
    trainer.step(x, y);
    new Trainer(fresh, options).step(x, y);
    expectSameBits(model.parameters, fresh.parameters);
  });

  test.each([
    ['clip', { clip: { norm: 1 } }],
    ['accumulate', { accumulate: 2 }],
    ['state', { state: 'uint8' }],
  ] as const)('is updated at each step of a run with %s', async (_, wrapper) => {
    const options = { loss: 'crossEntropy', optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), precision } as const;
    const [byRun, bySteps] = [small(), small()];
    const rows = { x: range(40).map((i) => [Math.sin(i), Math.cos(i), i / 40, 1]), y: range(40).map((i) => i % 3) };
    const whole = new Dataset({ inputs: rows.x, targets: rows.y });
    await byRun.fit(whole, { ...options, ...wrapper, batchSize: 10, shuffle: false });
    const trainer = new Trainer(bySteps, { ...options, ...wrapper });
    for (const i of [0, 10, 20, 30]) trainer.step(rows.x.slice(i, i + 10), rows.y.slice(i, i + 10));
    expectSameBits(byRun.parameters, bySteps.parameters);
  });

  test('bfloat16 is refused for networks of doubles before anything starts', () => {
    const model = small('float64');
    const message = "layers.0 can't compute in bfloat16, which is for networks of type float32";
    expectRefusal(() => model.predict([1, 2, 3, 4], { precision }), 'ERR_INVALID_ARGUMENT', message);
    expectRefusal(() => model.evaluate(data, { loss: 'crossEntropy', precision }), 'ERR_INVALID_ARGUMENT', message);
    expectRefusal(() => model.fit(data, { ...fit, precision }), 'ERR_INVALID_ARGUMENT', message);
    expectRefusal(() => new Trainer(model, { ...fit, precision }), 'ERR_INVALID_ARGUMENT', message);
    expect(model.predict([1, 2, 3, 4])).toHaveLength(3);
  });

  test('is refused if unknown, with the known ones in the message', () => {
    const wrong = { precision: 'bfloat' } as never;
    for (const call of [
      () => small().predict([1, 2, 3, 4], wrong),
      () => small().evaluate(data, Object.assign({ loss: 'crossEntropy' }, wrong)),
      () => small().fit(data, Object.assign({}, fit, wrong)),
      () => new Trainer(small(), Object.assign({}, fit, wrong)),
    ])
      expect(call).toThrow(/precision.*"full".*"bfloat16"|bfloat16/s);
  });
});

describe('inputs of bfloat16', () => {
  const bits = Uint16Array.from({ length: 60 * 4 }, (_, i) => bfloat16Code(nearestBfloat16(Math.sin(i))));
  const floats = Float32Array.from({ length: 60 * 4 }, (_, i) => nearestBfloat16(Math.sin(i)));
  const targets = Uint8Array.from({ length: 60 }, (_, i) => i % 3);
  const make = () => network({ inputs: 4, layers: [dense(6, { activation: 'relu' }), dense(3)] });

  test('equal the floats that they represent', async () => {
    const [stored, plain] = [make(), make()];
    const options = { loss: 'crossEntropy', optimizer: adam(), epochs: 3, batchSize: 16 } as const;
    await stored.fit(new Dataset({ inputs: bfloat16(bits), targets, columns: 4, scale: 0.5 }), options);
    await plain.fit(new Dataset({ inputs: floats, targets, columns: 4, scale: 0.5 }), options);
    expectSameBits(stored.parameters, plain.parameters);
    expectSameBits(plain.predict(bfloat16(bits)), plain.predict(floats));
  });

  test('are copied when the dataset is made', () => {
    const own = bits.slice();
    const data = new Dataset({ inputs: bfloat16(own), columns: 4 });
    own.fill(0);
    expectSameBits(make().predict(data), make().predict(floats));
  });

  test('can be marked in shared memory, and are then used in place', () => {
    const own = new Uint16Array(new SharedArrayBuffer(2 * bits.length));
    const data = new Dataset({ inputs: bfloat16(own), columns: 4 });
    own.set(bits);
    expectSameBits(make().predict(data), make().predict(floats));
  });

  test('are integers without the mark', () => {
    const integers = Uint16Array.of(1, 2, 3, 4);
    expectSameBits(make().predict(integers), make().predict(Float32Array.of(1, 2, 3, 4)));
  });

  test('have no type option', () => {
    expectRefusal(
      () => new Dataset({ inputs: bfloat16(bits), columns: 4, type: 'float32' }),
      'ERR_INVALID_ARGUMENT',
      'type is for plain arrays; bfloat16(bits) is stored as it is',
    );
  });
});
