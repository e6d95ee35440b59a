import fs from 'node:fs';
import path from 'node:path';
import { sparse } from '../../lib/data/sparse';
import { batchEnsemble } from '../../lib/layers/batch_ensemble';
import { batchNorm } from '../../lib/layers/batch_norm';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { input } from '../../lib/layers/input';
import { parallel } from '../../lib/layers/parallel';
import { quantizationIn } from '../../lib/models/quantization';
import { adam } from '../../lib/optimizers/adam';
import { loadModel, type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { folders } from '../support/folders';
import { normal, range } from '../support/numbers';
import { expectRefusal, expectRejection } from '../support/refusals';
import { closeChecked, open } from '../support/safetensors';

const newFolder = folders();
const quantize = 'int8' as const;

/** A network of words, categories and numbers, with weights of very unequal rows. */
function mixed(type: 'float32' | 'float64' = 'float32'): Network {
  const model = network({
    inputs: { words: { sparse: 500 }, place: { categories: [300] } },
    layers: [
      parallel([
        [input('words'), dense(40, { bias: false })],
        [input('place'), embedding({ dimensions: 8 })],
      ]),
      batchNorm(),
      batchEnsemble(32, { members: 2 }),
      dense(3),
    ],
    type,
  });
  const draw = normal(5);
  for (const { data, shape } of model.tensors.values())
    for (const i of range(data.length)) data[i] = draw() * 10 ** ((Math.floor(i / (shape[1] ?? 1)) % 3) - 1);
  return model;
}
const matrices = ['layers.0.branches.0.1.weight', 'layers.0.branches.1.1.tables.0', 'layers.2.weight'];

describe.each(['float32', 'float64'] as const)('the quantised file of a network of %s', (type) => {
  const dtype = type === 'float32' ? 'F32' : 'F64';

  test('has bytes and scales under clear names, aligned, and says so', async () => {
    const model = mixed(type);
    const { header, body } = open(model.toBytes({ quantize }));
    const { __metadata__: metadata, ...entries } = header as Record<string, Record<string, unknown>>;
    expect(metadata).toMatchObject({ format: 'glissade.model', quantization: 'int8' });
    const whole = [...model.tensors.keys()].filter((name) => !matrices.includes(name));
    expect(Object.keys(entries)).toEqual([...whole, ...matrices.map((name) => `${name}_scale`), ...matrices]);
    for (const name of whole) expect(entries[name]).toMatchObject({ dtype, shape: model.tensors.get(name)!.shape });
    for (const name of matrices) {
      const { shape, data } = model.tensors.get(name)!;
      const [rows, columns] = shape as [number, number];
      expect(entries[name]).toMatchObject({ dtype: 'I8', shape });
      expect(entries[`${name}_scale`]).toMatchObject({ dtype: 'F32', shape: [rows] });
      const at = (entry: string) => body.slice(...(entries[entry]!.data_offsets as [number, number])).buffer;
      expect((entries[`${name}_scale`]!.data_offsets as number[])[0]! % 4).toBe(0);
      const [numbers, scales] = [new Int8Array(at(name)), new Float32Array(at(`${name}_scale`))];
      // The file alone, as other programs read it: number × scale of its row.
      const errors = Array.from(data, (x, i) => {
        const scale = scales[Math.floor(i / columns)]!;
        return Math.abs(numbers[i]! * scale - x) / scale;
      });
      expect(Math.max(...errors)).toBeLessThanOrEqual(0.50001);
    }
    expect(await quantizationIn(model.toBytes({ quantize }))).toBe('int8');
    expect(await quantizationIn(model.toBytes())).toBeUndefined();
  });

  test('is read like any other, from the disk and from bytes, by loadModel and load', async () => {
    const model = mixed(type);
    const file = path.join(newFolder(), 'm.safetensors');
    await model.save(file, { quantize });
    expect(Buffer.compare(fs.readFileSync(file), model.toBytes({ quantize }))).toBe(0);
    const loaded = await loadModel(file);
    expect(JSON.stringify(loaded)).toBe(JSON.stringify(model));
    for (const [name, { data, shape }] of loaded.tensors) {
      const original = model.tensors.get(name)!.data;
      if (!matrices.includes(name)) {
        expectSameBits(data, original);
        continue;
      }
      const columns = shape[1]!;
      for (const row of range(shape[0]!)) {
        const [ours, theirs] = [original, data].map((all) => [...all.subarray(row * columns, (row + 1) * columns)]);
        const scale = Math.max(...ours!.map(Math.abs)) / 127;
        const errors = ours!.map((x, j) => Math.abs(theirs![j]! - x));
        expect(Math.max(...errors)).toBeLessThanOrEqual(scale * 0.50001);
      }
    }
    const other = network(model.toJSON());
    await other.load(model.toBytes({ quantize }));
    expectSameBits(other.parameters, loaded.parameters);
  });
});

test('a sum of weights is wrong by half the sum of their scales at most', () => {
  const model = network({ inputs: { sparse: 400 }, layers: [dense(12, { bias: false })] });
  const { data: weights } = model.tensors.get('layers.0.weight')!;
  const values = range(400).map((i) => Math.sin(i));
  const rows = sparse({ columns: 400, rows: [range(400).map((i) => [i, values[i]!] as const)] });
  const bound = values.reduce(
    (sum, x, i) => sum + (Math.abs(x) * Math.max(...weights.slice(12 * i, 12 * (i + 1)).map(Math.abs))) / 254,
    0,
  );
  const before = model.predict(rows);
  return loadModel(model.toBytes({ quantize })).then((loaded) => {
    const after = loaded.predict(rows);
    for (const i of range(12)) expect(Math.abs(after[i]! - before[i]!)).toBeLessThanOrEqual(bound);
    expect([...after]).not.toEqual([...before]);
  });
});

test('takes a quarter of the space and the scales', () => {
  const model = network({ inputs: { sparse: 5000 }, layers: [dense(48), dense(2)] });
  const sizes = [model.toBytes().length, model.toBytes({ quantize }).length] as const;
  expect(sizes[0] / sizes[1]).toBeGreaterThan(3.6); // 4 · 48 / (48 + 4) = 3.69
  const narrow = network({ inputs: { sparse: 50_000 }, layers: [dense(1)] });
  expect(narrow.toBytes().length / narrow.toBytes({ quantize }).length).toBeGreaterThan(3); // 16 numbers a scale: 3.2
});

test('small matrices, convolutions and vectors stay as they are', async () => {
  const model = network({ inputs: 31, layers: [dense(33), batchNorm(), dense(2)] });
  const { header } = open(model.toBytes({ quantize }));
  const { __metadata__: _, ...entries } = header as Record<string, { dtype: string }>;
  expect(Object.values(entries).map(({ dtype }) => dtype)).toEqual(new Array(8).fill('F32'));
  expectSameBits((await loadModel(model.toBytes({ quantize }))).parameters, model.parameters);
});

test('quantising twice changes nothing more', async () => {
  const once = await loadModel(mixed().toBytes({ quantize }));
  const twice = await loadModel(once.toBytes({ quantize }));
  const changes = Array.from(
    once.parameters,
    (x, i) => Math.abs(twice.parameters[i]! - x) / Math.max(Math.abs(x), 1e-30),
  );
  expect(changes.reduce((most, change) => Math.max(most, change))).toBeLessThan(1e-6);
});

test('trainers write parameters in full, of a model from a quantised file as well', async () => {
  const model = await loadModel(mixed().toBytes({ quantize }));
  const trainer = new Trainer(model, { loss: 'squared', optimizer: adam() });
  const bytes = trainer.toBytes();
  const { header } = open(bytes);
  const { __metadata__: metadata, ...entries } = header as Record<string, Record<string, unknown>>;
  expect(metadata).not.toHaveProperty('quantization');
  expect(Object.values(entries).filter(({ dtype }) => dtype === 'I8')).toEqual([]);
  const folder = newFolder();
  await trainer.save(path.join(folder, 't'));
  expect(Buffer.compare(fs.readFileSync(path.join(folder, 't')), bytes)).toBe(0);
  expectSameBits((await Trainer.resume(bytes)).model.parameters, model.parameters);
  expect(open(model.toBytes()).header.__metadata__).not.toHaveProperty('quantization');
});

test('the parameters are those at the time of the call', async () => {
  const model = mixed();
  const file = path.join(newFolder(), 'm');
  const bytes = model.toBytes({ quantize });
  const saved = model.save(file, { quantize });
  model.parameters.fill(1);
  await saved;
  expect(Buffer.compare(fs.readFileSync(file), bytes)).toBe(0);
});

describe('refused are', () => {
  const bytes = mixed().toBytes({ quantize });
  const parts = () => {
    const { header, body } = open(bytes);
    return { header: structuredClone(header), body: body.slice() };
  };
  const scales = `${matrices[0]}_scale`;

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('a scale of %p', async (scale) => {
    const { header, body } = parts();
    const [begin] = (header[scales] as { data_offsets: [number, number] }).data_offsets;
    new DataView(body.buffer).setFloat32(begin + 4 * 7, scale, true);
    const forged = closeChecked(header, body);
    await expectRejection(loadModel(forged), 'ERR_CORRUPT_FILE', `${scales} has ${scale} in place 7`);
    const model = mixed();
    const before = model.parameters.slice();
    await expectRejection(model.load(forged), 'ERR_CORRUPT_FILE', scales);
    expectSameBits(model.parameters, before);
  });

  test('damaged bytes', async () => {
    for (const at of [bytes.length - 1, bytes.length - 30_000, 300]) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1;
      await expectRejection(loadModel(damaged), 'ERR_CORRUPT_FILE', 'damaged');
    }
  });

  test('scales that are missing, or too few', async () => {
    const { header, body } = parts();
    const { [scales]: entry, ...others } = header as Record<string, { data_offsets: number[] }>;
    const renamed = closeChecked({ ...others, [`${matrices[0]}_scales`]: entry } as never, body);
    await expectRejection(loadModel(renamed), 'ERR_CORRUPT_FILE', scales);
    const [begin, end] = entry!.data_offsets as [number, number];
    const halves = {
      [scales]: { ...entry, shape: [250], data_offsets: [begin, begin + 1000] },
      rest: { ...entry, shape: [250], data_offsets: [begin + 1000, end] },
    };
    await expectRejection(
      loadModel(closeChecked({ ...others, ...halves } as never, body)),
      'ERR_CORRUPT_FILE',
      'F32[250]',
    );
  });

  test('a file that does not say that it is quantised, or to something unknown', async () => {
    const { header, body } = parts();
    const { quantization: _, ...metadata } = header.__metadata__ as Record<string, string>;
    const silent = closeChecked({ ...header, __metadata__: metadata }, body);
    await expectRejection(loadModel(silent), 'ERR_CORRUPT_FILE', matrices[0]!);
    const later = closeChecked({ ...header, __metadata__: { ...metadata, quantization: 'int4' } }, body);
    await expectRejection(loadModel(later), 'ERR_CORRUPT_FILE', 'int4', 'reads int8');
    await expectRejection(mixed().load(later), 'ERR_CORRUPT_FILE', 'int4');
  });

  test('weights that are not finite, and other options', async () => {
    const model = mixed();
    model.tensors.get(matrices[2]!)!.data[33] = Number.NaN;
    expectRefusal(() => model.toBytes({ quantize }), 'ERR_OUT_OF_RANGE', `row 1 of ${matrices[2]}`);
    const file = path.join(newFolder(), 'm');
    await expectRejection(model.save(file, { quantize }), 'ERR_OUT_OF_RANGE', `row 1 of ${matrices[2]}`);
    expect(fs.existsSync(file)).toBe(false);
    expectRefusal(() => model.toBytes({ quantize: 'int4' as never }), 'ERR_INVALID_ARGUMENT', 'quantize', 'int4');
    expectRefusal(() => model.toBytes({ quantise: 'int8' } as never), 'ERR_INVALID_ARGUMENT', 'quantize');
    await expectRejection(model.save(file, { quantise: 'int8' } as never), 'ERR_INVALID_ARGUMENT', 'quantize');
  });
});
