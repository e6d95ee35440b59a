import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Dataset } from '../../lib/data/dataset';
import { writeSafetensors } from '../../lib/formats/safetensors';
import { batchNorm } from '../../lib/layers/batch_norm';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { embedding } from '../../lib/layers/embedding';
import { flatten } from '../../lib/layers/flatten';
import { input } from '../../lib/layers/input';
import { parallel } from '../../lib/layers/parallel';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sgd } from '../../lib/optimizers/sgd';
import { loadModel, type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { drawn, networkCases } from '../support/arbitrary_networks';
import { expectSameBits, sameBits } from '../support/bits';
import { detach } from '../support/buffers';
import { definingPeakMemory, outputOf } from '../support/child';
import { isLongRun } from '../support/long_run';
import { inputsFor, shapeOf } from '../support/native_layers';
import { normal, range } from '../support/numbers';
import fc from '../support/properties';
import { expectErrorOf, expectRefusal, expectRejection } from '../support/refusals';
import { close, closeChecked, type Header, open } from '../support/safetensors';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const at = (name: string) => path.join(folder, name);
const number = normal(3);

const small = (seed = 1) => network({ inputs: 3, layers: [dense(2, { activation: 'tanh' }), dense(1)], seed });
const seeing = (seed = 1) =>
  network({
    inputs: { height: 4, width: 5, channels: 2 },
    layers: [conv2d(3, { activation: 'relu' }), batchNorm({ epsilon: 1 / 3 }), flatten(), dropout(0.1), dense(2)],
    type: 'float64',
    seed,
  });
const wide = (seed = 1) =>
  network({
    inputs: { words: { sparse: 50 }, numbers: 3, place: { categories: [4, 5] } },
    layers: [
      parallel([[input('words'), dense(2)], [input('numbers')], [input('place'), embedding()]], { activation: 'elu' }),
      dense(2, { bias: false, initializer: 'orthogonal' }),
    ],
    seed,
  });
const models: [string, (seed?: number) => Network][] = [
  ['a small one', small],
  ['one with a convolution', seeing],
  ['a wide one', wide],
];

const shuffle = (model: Network): Network => {
  for (const i of range(model.parameters.length)) model.parameters[i] = number();
  return model;
};

describe('the architecture', () => {
  test.each(models)('of %s is plain data, and makes the same network again', (_, make) => {
    const model = make();
    const json = JSON.parse(JSON.stringify(model));
    const twin = network.from(json);
    expect(JSON.stringify(twin)).toBe(JSON.stringify(model));
    expect(twin.type).toBe(model.type);
    expect(twin.inputs).toBe(model.inputs);
    expect([...twin.tensors.keys()]).toEqual([...model.tensors.keys()]);
    expectSameBits(network.from({ ...json, seed: 5 }).parameters, make(5).parameters);
  });

  test('has the inputs as given, and blocks with their names', () => {
    expect(small().toJSON().inputs).toBe(3);
    expect(seeing().toJSON().inputs).toEqual({ height: 4, width: 5, channels: 2 });
    expect(wide().toJSON().inputs).toEqual([
      { name: 'words', sparse: 50 },
      { name: 'numbers', columns: 3 },
      { name: 'place', categories: [4, 5] },
    ]);
  });

  test('keeps any names of blocks', () => {
    const data = new Dataset({ inputs: { sparse: [[1, 2]], height: [[3]] } });
    const model = network({ inputs: data, layers: [parallel([[input('sparse')], [input('height')]]), dense(1)] });
    const twin = network.from(JSON.parse(JSON.stringify(model)));
    twin.parameters.set(model.parameters);
    expect(twin.predict(data)).toEqual(model.predict(data));
    const single = network({ inputs: { inputs: 2 }, layers: [dense(1)] });
    expect(network.from(single.toJSON()).toJSON()).toEqual(single.toJSON());
    expect(single.toJSON().inputs).toEqual([{ name: 'inputs', columns: 2 }]);
  });

  test.each<[unknown, string]>([
    [[], 'inputs has no blocks'],
    [[3], 'Expected a block with a name for inputs[0]'],
    [[{ columns: 3 }], 'inputs[0].name'],
    [
      [
        { name: 'a', columns: 3 },
        { name: 'a', columns: 3 },
      ],
      'a name that no other block has',
    ],
    [[{ name: 'a', columns: 3, sparse: 3 }], 'unknown option "sparse"'],
    [[{ name: 'a', columns: 0 }], 'inputs.a'],
  ])('refuses the blocks %j', (inputs, words) => {
    let code = '';
    try {
      network({ inputs: inputs as never, layers: [dense(1)] });
    } catch (error) {
      code = (error as { code: string }).code;
      expect((error as Error).message).toContain(words);
    }
    expect(code).toMatch(/^ERR_(SHAPE|INVALID_ARGUMENT|OUT_OF_RANGE)$/);
  });
});

describe.each(models)('the file of %s', (_, make) => {
  test('gives the same model, from the disk and from bytes', async () => {
    const model = shuffle(make());
    await model.save(at('m.safetensors'));
    const bytes = model.toBytes();
    expect(Buffer.compare(fs.readFileSync(at('m.safetensors')), bytes)).toBe(0);
    for (const from of [at('m.safetensors'), bytes, new URL(`file://${at('m.safetensors')}`)]) {
      const loaded = await loadModel(from);
      expectSameBits(loaded.parameters, model.parameters);
      expect(JSON.stringify(loaded)).toBe(JSON.stringify(model));
      expect([...loaded.tensors]).toEqual([...model.tensors]);
    }
    const other = make(9);
    await other.load(at('m.safetensors'));
    expectSameBits(other.parameters, model.parameters);
  });

  test('has the tensors by name and shape', () => {
    const model = shuffle(make());
    const { header, body } = open(model.toBytes());
    const { __metadata__: metadata, ...entries } = header;
    expect(Object.keys(entries)).toEqual([...model.tensors.keys()]);
    for (const [name, { data, shape }] of model.tensors) {
      const { dtype, shape: written, data_offsets: offsets } = entries[name] as Record<string, unknown>;
      expect(dtype).toBe(model.type === 'float32' ? 'F32' : 'F64');
      expect(written).toEqual(shape);
      const bytes = Buffer.from(body.subarray(...(offsets as [number, number])));
      expect(bytes.equals(Buffer.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)))).toBe(true);
    }
    expect(metadata).toEqual({
      crc32: expect.stringMatching(/^[0-9a-f]{16}$/),
      format: 'glissade.model',
      version: '1',
      network: JSON.stringify(model),
    });
  });
});

test('a loaded model can be trained', async () => {
  const data = new Dataset({ inputs: range(20).map(() => range(3).map(number)), targets: range(20).map(number) });
  const [model, loaded] = [small(), await loadModel(small().toBytes())];
  for (const each of [model, loaded])
    await each.fit(data, { loss: 'squared', optimizer: adam({ learningRate: 0.1 }), epochs: 3, batchSize: 4 });
  expectSameBits(loaded.parameters, model.parameters);
});

describe('a saved model', () => {
  const large = () => network({ inputs: 1500, layers: [dense(1500)], seed: 1 }); // 9 MB: three pieces

  test.each<[string, (model: Network) => unknown]>([
    ['a step', (model) => new Trainer(model, { loss: 'squared', optimizer: sgd() }).step(range(1500), range(1500))],
    [
      'a run',
      (model) =>
        model.fit(new Dataset({ inputs: [range(1500)], targets: range(1500), targetColumns: 1500 }), {
          loss: 'squared',
          optimizer: sgd({ learningRate: 1e-9 }),
        }),
    ],
    ['a load', (model) => model.load(network({ inputs: 1500, layers: [dense(1500)], seed: 2 }).toBytes())],
  ])('has the parameters at the time of the call, although %s begins before the file is written', async (_, change) => {
    const model = large();
    const before = model.parameters.slice();
    const saved = model.save(at('m'));
    await change(model);
    await saved;
    expect(sameBits(model.parameters, before)).toBe(false);
    expectSameBits((await loadModel(at('m'))).parameters, before);
  });

  test('has the parameters of one step during a run', async () => {
    const model = small();
    const data = new Dataset({ inputs: range(10_000).map(() => [1, 2, 3]), targets: range(10_000).fill(1) });
    const run = model.fit(data, {
      loss: 'squared',
      optimizer: sgd({ learningRate: 1e-4 }),
      epochs: 1e4,
      batchSize: 10,
    });
    const [bytes] = [model.toBytes(), await model.save(at('m'))];
    const during = [await loadModel(bytes), await loadModel(at('m'))];
    run.stop();
    await run;
    for (const { parameters } of during) expect([...parameters].every(Number.isFinite)).toBe(true);
    await expect(loadModel(model.toBytes())).resolves.toHaveProperty('parameters', model.parameters);
  });

  test('cannot be loaded into the model during a run', async () => {
    const model = small();
    const data = new Dataset({ inputs: [[1, 2, 3]], targets: [1] });
    const run = model.fit(data, { loss: 'squared', optimizer: sgd({ learningRate: 0 }), epochs: 1e4 });
    await expectRejection(model.load(small(4).toBytes()), 'ERR_BUSY');
    run.stop();
    await run;
    expectSameBits(model.parameters, small().parameters);
  });
});

describe('a file of another architecture', () => {
  const other = (
    layers: Parameters<typeof network>[0]['layers'],
    type: 'float32' | 'float64' = 'float32',
    inputs = 3,
  ) => network({ inputs, layers, type }).toBytes();
  const hidden = dense(2, { activation: 'tanh' });

  test.each<[string, Uint8Array, string]>([
    [
      'of a wider layer',
      other([hidden, dense(4)]),
      'layers.1.weight is F32[2, 4] in the file, but F32[2, 1] in the model',
    ],
    [
      'of another type',
      other([hidden, dense(1)], 'float64'),
      'layers.0.weight is F64[3, 2] in the file, but F32[3, 2] in the model',
    ],
    [
      'with a tensor missing',
      other([hidden, dense(1, { bias: false })]),
      'tensor 3 is none in the file, but layers.1.bias in the model',
    ],
    [
      'with one too many',
      other([hidden, dense(1), dense(1)]),
      'tensor 4 is layers.2.weight in the file, but none in the model',
    ],
    [
      'with other names',
      other([hidden, dropout(0.5), dense(1)]),
      'tensor 2 is layers.2.weight in the file, but layers.1.weight in the model',
    ],
    ['with another activation', other([dense(2, { activation: 'relu' }), dense(1)]), 'layers.0: the file has'],
  ])('is refused: %s', async (_, bytes, words) => {
    const model = small();
    await expectRejection(model.load(bytes), 'ERR_SHAPE', words);
    expectSameBits(model.parameters, small().parameters);
  });

  test('is accepted if only its initial weights and dropout differ', async () => {
    const model = network({ inputs: 3, layers: [dense(4), dropout(0.1), dense(1)] });
    const bytes = other([dense(4, { initializer: 'heNormal' }), dropout(0.5), dense(1)]);
    await model.load(bytes);
    expectSameBits(model.parameters, (await loadModel(bytes)).parameters);
  });
});

describe('a damaged file', () => {
  const bytes = small().toBytes();

  test('is refused with any bit flipped', async () => {
    for (const bit of range(8 * bytes.length).filter((bit) => isLongRun || bit % 8 === (bit >> 3) % 8)) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await expectRejection(loadModel(damaged), 'ERR_CORRUPT_FILE');
    }
  });

  test('is refused by a model, which does not change', async () => {
    const model = small(4);
    for (const i of range(bytes.length)) {
      const damaged = bytes.slice();
      damaged[i]! ^= 1 << (i & 7);
      await expectRejection(model.load(damaged), 'ERR_CORRUPT_FILE');
    }
    const renamed = Uint8Array.from(
      Buffer.from(Buffer.from(bytes).toString('latin1').replace('crc32', 'crc64'), 'latin1'),
    );
    await expectRejection(model.load(renamed), 'ERR_CORRUPT_FILE', 'checksums');
    expectSameBits(model.parameters, small(4).parameters);
  });

  test('is refused if truncated anywhere, from the disk and from bytes', async () => {
    for (const length of range(bytes.length)) {
      await expectRejection(loadModel(bytes.subarray(0, length)), 'ERR_CORRUPT_FILE');
      fs.writeFileSync(at('m'), bytes.subarray(0, length));
      await expectRejection(loadModel(at('m')), 'ERR_CORRUPT_FILE');
    }
  });

  test('is refused with bytes appended', async () => {
    await expectRejection(loadModel(Uint8Array.from([...bytes, 0])), 'ERR_CORRUPT_FILE', 'leave bytes over');
  });
});

describe('a hostile file with correct checksums', () => {
  const { header, body } = open(small().toBytes());
  const metadata = header.__metadata__ as Record<string, string>;
  const withNetwork = (description: unknown): Header => ({
    ...header,
    __metadata__: { ...metadata, network: JSON.stringify(description) },
  });
  const description = small().toJSON();

  test.each<[string, Header, string]>([
    ['of another version', { ...header, __metadata__: { ...metadata, version: '2' } }, 'version "2"'],
    ['of something else', { ...header, __metadata__: { ...metadata, format: 'pt' } }, 'does not contain a model'],
    ['without a network', { ...header, __metadata__: { ...metadata, network: undefined } }, 'metadata'],
    ['with a network that is not JSON', { ...header, __metadata__: { ...metadata, network: '{' } }, 'metadata'],
    [
      'with unknown extras',
      { ...header, __metadata__: { ...metadata, extras: '{"colour":1}' } },
      'the file has colour',
    ],
    [
      'with a calibration of other values',
      {
        ...header,
        __metadata__: {
          ...metadata,
          extras: JSON.stringify({ calibration: { method: 'platt', by: 'logistic', slope: '1', intercept: 0 } }),
        },
      },
      'slope',
    ],
    ['with invalid extras', { ...header, __metadata__: { ...metadata, extras: '[1]' } }, 'metadata'],
    ['with an unknown layer', withNetwork({ ...description, layers: [{ kind: 'attention' }] }), 'attention'],
    ['with invalid layers', withNetwork({ ...description, layers: 7 }), 'layers'],
    ['with an unknown option', withNetwork({ ...description, colour: 'red' }), 'colour'],
    ['with another type', withNetwork({ ...description, type: 'float64' }), 'layers.0.weight is F32'],
    [
      'with a layer too large for the machine',
      withNetwork({ ...description, inputs: 2 ** 31 - 1, layers: [{ kind: 'dense', outputs: 2 ** 17 }] }),
      'layers.0.weight is F32',
    ],
    [
      'with a layer too large for any machine',
      withNetwork({ ...description, inputs: 2 ** 31 - 1, layers: [{ kind: 'dense', outputs: 2 ** 31 - 1 }] }),
      'too many parameters',
    ],
    [
      'with a tensor too large for any machine',
      { ...header, 'layers.0.weight': { dtype: 'F32', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 24] } },
      'layers.0.weight',
    ],
  ])('is refused: %s', async (_, hostile, words) => {
    await expectRejection(loadModel(closeChecked(hostile, body)), 'ERR_CORRUPT_FILE', words);
    await loadModel(closeChecked(header, body)); // the checksums of this test are correct
  });

  test('is loaded or refused with ERR_CORRUPT_FILE, whatever its header contains', async () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(0, -1, 0.5, 2 ** 31, 2 ** 53, 1e300, '__proto__', 'F64'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('header', 'network'), fc.nat(), value, async (where, place, value) => {
        const part = where === 'header' ? header : JSON.parse(metadata.network!);
        const changed = withValueAt(part, place, value);
        const hostile = where === 'header' ? (changed as Header) : withNetwork(changed);
        await loadModel(closeChecked(hostile, body)).catch((error) => expectErrorOf(error, 'ERR_CORRUPT_FILE'));
      }),
      { numRuns: 500 },
    );
  });
});

/** A copy of JSON with another value in one place, chosen by a number. */
function withValueAt(json: unknown, place: number, value: unknown): unknown {
  const copy = structuredClone(json) as Record<string, unknown>;
  const places: [Record<string, unknown>, string][] = [];
  const walk = (object: Record<string, unknown>) => {
    for (const [key, inner] of Object.entries(object)) {
      places.push([object, key]);
      if (inner !== null && typeof inner === 'object') walk(inner as Record<string, unknown>);
    }
  };
  walk(copy);
  const [object, key] = places[place % places.length]!;
  object[key] = value;
  return copy;
}

/** A folder for test/golden/check_models.py. */
const { GLISSADE_SAVED_MODELS: forPyTorch } = process.env;

describe('random networks', () => {
  test.each(['float32', 'float64'] as const)('predict the same bits after saving and loading, in %s', async (type) => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(networkCases, async (drawnCase) => {
        const { model: reference, examples } = drawn(drawnCase);
        const model = network({ inputs: shapeOf(drawnCase.inputs), layers: drawnCase.layers as never, type });
        model.parameters.set(reference.parameters);
        const x = examples.flatMap(({ inputs }) => Array.from(inputs));
        const data = new Dataset(inputsFor(drawnCase.inputs, x));
        const outputs = model.predict(data);
        const file = at('drawn.safetensors');
        await model.save(file);
        for (const loaded of [await loadModel(file), await loadModel(model.toBytes())]) {
          expectSameBits(loaded.predict(data), outputs);
          expect(JSON.stringify(loaded)).toBe(JSON.stringify(model));
        }
        if (!forPyTorch) return;
        const name = path.join(forPyTorch, `${type}-${count++}`);
        fs.copyFileSync(file, `${name}.safetensors`);
        fs.writeFileSync(`${name}.json`, JSON.stringify({ x, rows: examples.length, outputs: [...outputs] }));
      }),
      { numRuns: isLongRun ? 100 : 15 },
    );
  });
});

describe('a file without a model', () => {
  test('is refused', async () => {
    await expectRejection(loadModel(at('none')), 'ERR_FILE', `can't read ${at('none')}: no such file or directory`);
    await expectRejection(loadModel(folder), 'ERR_FILE', 'illegal operation on a directory');
    await expectRejection(loadModel(3 as never), 'ERR_INVALID_ARGUMENT', 'from');
    await expectRejection(loadModel(new Float32Array(3) as never), 'ERR_INVALID_ARGUMENT', 'a Float32Array');
    await expectRejection(loadModel(detach(small().toBytes())), 'ERR_DETACHED', 'from');
    await expectRejection(loadModel(new Uint8Array(100)), 'ERR_CORRUPT_FILE');
    await expectRejection(loadModel(close({}, new Uint8Array(0))), 'ERR_CORRUPT_FILE');
    await expectRejection(small().save(''), 'ERR_INVALID_ARGUMENT', 'path');
    await expectRejection(small().save(at('none/m')), 'ERR_FILE', 'no such file');
  });

  test('is identified in the message', async () => {
    const model = small();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd() }).toBytes();
    const optimizer = new Optimizer([new Float32Array(3)], sgd()).save();
    const tensors = writeSafetensors({ tensors: new Map(), metadata: { format: 'constructor' } });
    const archive = Buffer.from('PK\x03\x04 and so on');
    for (const loading of [loadModel, (bytes: Uint8Array) => model.load(bytes)])
      await expectRejection(
        loading(trainer),
        'ERR_CORRUPT_FILE',
        'does not contain a model, but a trainer, which Trainer.resume',
      );
    await expectRejection(loadModel(optimizer), 'ERR_CORRUPT_FILE', 'but the state of an optimizer');
    await expectRejection(loadModel(tensors), 'ERR_CORRUPT_FILE', 'but tensors, which load() of a network takes');
    await expectRejection(model.load(archive), 'ERR_CORRUPT_FILE', 'zip archive', 'safetensors.torch.save_file');
  });

  test('cannot be used to make a network in foreign memory', () => {
    const Constructor = small().constructor as new (...args: unknown[]) => unknown;
    const options = { inputs: 2, layers: [dense(1)] };
    expectRefusal(
      () => new Constructor(options, Symbol('internal'), () => new Float32Array(3)),
      'ERR_INVALID_ARGUMENT',
    );
  });
});

test('loading allocates little besides the parameters, and nothing for the sizes in a header', async () => {
  const large = network({ inputs: 3000, layers: [dense(3000)] }); // 36 MB
  const { header, body } = open(small().toBytes());
  const claims = {
    ...header,
    'layers.0.weight': { dtype: 'F32', shape: [2 ** 20, 2 ** 8], data_offsets: [0, 2 ** 30] },
  };
  const description = { ...small().toJSON(), inputs: 2 ** 20, layers: [{ kind: 'dense', outputs: 2 ** 8 }] };
  const metadata = { ...(header.__metadata__ as object), network: JSON.stringify(description) };
  await large.save(at('large'));
  fs.writeFileSync(at('claims'), closeChecked(claims, body));
  fs.writeFileSync(at('describes'), closeChecked({ ...header, __metadata__: metadata }, body));
  fs.writeFileSync(at('long'), new Uint8Array([0, 0, 0, 64, 0, 0, 0, 0, 123]));
  const printed = await outputOf(`
    import { loadModel } from 'glissade';
    ${definingPeakMemory}
    const folder = ${JSON.stringify(folder)};
    const before = peakMemory();
    for (const name of ['claims', 'describes', 'long']) await loadModel(folder + '/' + name).catch(({ code }) => console.log(code));
    const hostile = peakMemory() - before;
    await loadModel(folder + '/large');
    console.log(hostile < 20e6, peakMemory() - before < 36e6 + 40e6);
  `);
  expect(printed.split('\n')).toEqual([...range(3).map(() => 'ERR_CORRUPT_FILE'), 'true true']);
});
