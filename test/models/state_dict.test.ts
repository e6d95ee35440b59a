import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import '../../lib/layers';
import type { FloatType } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { batchNorm } from '../../lib/layers/batch_norm';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { embedding } from '../../lib/layers/embedding';
import { flatten } from '../../lib/layers/flatten';
import { input } from '../../lib/layers/input';
import type { Layer } from '../../lib/layers/layer';
import { parallel } from '../../lib/layers/parallel';
import { residual } from '../../lib/layers/residual';
import { softmax } from '../../lib/layers/softmax';
import type { InputShape } from '../../lib/models/inputs';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import cases from '../golden/state_dicts.json';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { range } from '../support/numbers';
import { expectRejection } from '../support/refusals';
import { close, open } from '../support/safetensors';

const fileOf = ({ file }: (typeof cases)[0]) => new Uint8Array(Buffer.from(file, 'base64'));
const modelOf = ({ inputs, layers }: (typeof cases)[0], type: FloatType = 'float64') =>
  network({ inputs: inputs as InputShape, layers: layers as unknown as Layer[], type });
const mapOf = ({ map }: (typeof cases)[0]) => map as Record<string, string>;

/** A state dict of float32 tensors, which count up from 0. */
function dictOf(shapes: Record<string, number[]>): Uint8Array {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  return close(
    { __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) },
    new Uint8Array(Float32Array.from(range(end / 4)).buffer),
  );
}

describe('a state dict of PyTorch', () => {
  test.each(cases.map((each) => [each.name, each] as const))('gives its outputs: %s', async (_, each) => {
    const model = modelOf(each);
    await model.load(fileOf(each), { map: mapOf(each) });
    expect(greatestError(model.predict(each.x), each.outputs)).toBeLessThan(1e-13);
    const single = modelOf(each, 'float32');
    await single.load(fileOf(each), { map: mapOf(each) });
    expect(greatestError(single.predict(each.x), each.outputs)).toBeLessThan(1e-6);
  });

  test('can be read from the disk', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
    const [first] = cases as [(typeof cases)[0]];
    const file = path.join(folder, 'm.safetensors');
    fs.writeFileSync(file, fileOf(first));
    const model = modelOf(first);
    await model.load(file, { map: mapOf(first) });
    fs.rmSync(folder, { recursive: true });
    expect(greatestError(model.predict(first.x), first.outputs)).toBeLessThan(1e-13);
  });

  test.each(cases.map((each) => [each.name, each] as const))(
    'gets a correct suggestion for the map: %s',
    async (_, each) => {
      const model = modelOf(each);
      const before = model.parameters.slice();
      const error = await model.load(fileOf(each)).catch((refusal) => refusal);
      expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT', map: each.map });
      expect(error.message).toContain(`The likely map is ${JSON.stringify(each.map)}`);
      expectSameBits(model.parameters, before);
    },
  );

  test('requires no map if its names are those of the library', async () => {
    const model = network({ inputs: 3, layers: [dense(2)] });
    await model.load(dictOf({ 'layers.0.weight': [2, 3], 'layers.0.bias': [2] }));
    expect([...model.parameters]).toEqual([0, 3, 1, 4, 2, 5, 6, 7]);
  });

  test('is read without conversion in the layout of the library', async () => {
    const model = network({ inputs: 3, layers: [dense(2), batchNorm()] });
    const shapes = Object.fromEntries(Array.from(model.tensors, ([name, { shape }]) => [name, [...shape]]));
    await model.load(dictOf(shapes), { layout: 'glissade' });
    expect([...model.parameters]).toEqual(range(16));
    await model.load(
      dictOf({ 'a.weight': [3, 2], 'a.bias': [2], 'b.weight': [2], 'b.bias': [2], 'b.mean': [2], 'b.variance': [2] }),
      {
        layout: 'glissade',
        map: { 'layers.0': 'a', 'layers.1': 'b' },
      },
    );
    expect([...model.parameters]).toEqual(range(16));
  });

  test('can contain embeddings, nested modules and single tensors by name', async () => {
    const model = network({
      inputs: { place: { categories: [3, 2] }, words: { sparse: 4 } },
      layers: [
        parallel([
          [input('place'), embedding({ dimensions: 2 })],
          [input('words'), dense(1)],
        ]),
        dense(1),
      ],
    });
    await model.load(
      dictOf({
        'body.left.weight': [3, 2],
        second: [2, 2],
        'body.words.weight': [1, 4],
        'body.words.bias': [1],
        weight: [1, 5],
        bias: [1],
      }),
      {
        map: {
          'layers.0.branches.0.1.tables.0': 'body.left',
          'layers.0.branches.0.1.tables.1': 'second',
          'layers.0.branches.1.1.weight': 'body.words.weight',
          'layers.0.branches.1.1': 'body.words',
          'layers.1': '',
        },
      },
    );
    expect([...model.parameters]).toEqual(range(21));
  });

  test('assigns a tensor by its own name in the map, then by the name of its layer, then by that of the container', async () => {
    const model = network({ inputs: 2, layers: [dense(2), dense(1), dense(1)] });
    const dict = dictOf({
      first: [2, 2],
      'body.0.bias': [2],
      'head.weight': [1, 2],
      'other.bias': [1],
      'body.2.weight': [1, 1],
      'body.2.bias': [1],
    });
    const map = { layers: 'body', 'layers.0.weight': 'first', 'layers.1': 'head', 'layers.1.bias': 'other' };
    await model.load(dict, { map });
    expect([...model.parameters]).toEqual([0, 2, 1, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('can give one tensor to two layers', async () => {
    const model = network({ inputs: 2, layers: [dense(2), dense(2)] });
    await model.load(dictOf({ 'a.weight': [2, 2], 'a.bias': [2] }), { map: { 'layers.0': 'a', 'layers.1': 'a' } });
    expect([...model.parameters]).toEqual([0, 2, 1, 3, 4, 5, 0, 2, 1, 3, 4, 5]);
  });
});

describe('the order of a flattened image', () => {
  const one = dense(1, { bias: false });
  const pair = [[flatten()], [flatten()]];
  const scored = [flatten(), one];

  test.each<[string, Layer[], string, number[]]>([
    ['beside another', [parallel(pair), one], 'layers.1', [0, 2, 1, 3, 4, 6, 5, 7]],
    ['in a softmax', [flatten(), softmax(), one], 'layers.2', [0, 2, 1, 3]],
    ['in a sum', [parallel(pair, { join: 'sum' }), one], 'layers.1', [0, 2, 1, 3]],
    ['around a branch', [flatten(), residual([dropout(0.1)]), one], 'layers.2', [0, 2, 1, 3]],
    [
      'not in a dot product',
      [parallel([[parallel(pair, { join: 'dot' })], scored], { join: 'sum' })],
      'layers.0.branches.1.1',
      [0, 2, 1, 3],
    ],
  ])('is tracked %s', async (_, layers, layer, expected) => {
    const model = network({ inputs: { height: 2, width: 1, channels: 2 }, layers });
    await model.load(dictOf({ 'fc.weight': [1, expected.length] }), { map: { [layer]: 'fc' } });
    expect([...model.parameters]).toEqual(expected);
  });
});

describe('the suggested map', () => {
  test('follows the order of numbers in names', async () => {
    const shapes: Record<string, number[]> = {};
    for (const i of [10, 8, 2, 0]) shapes[`${i}.weight`] = [2, 2];
    const model = network({ inputs: 2, layers: range(4).map(() => dense(2, { bias: false })) });
    const { map } = await model.load(dictOf(shapes)).catch((error) => error);
    expect(map).toEqual({ 'layers.0': '0', 'layers.1': '2', 'layers.2': '8', 'layers.3': '10' });
  });

  test('prefers a module of the same name', async () => {
    const model = network({ inputs: 2, layers: [dense(2, { bias: false }), dense(2, { bias: false })] });
    const dict = dictOf({ 'aux.weight': [2, 2], 'layers.0.weight': [2, 2] });
    const { map } = await model.load(dict).catch((error) => error);
    expect(map).toEqual({ 'layers.0': 'layers.0', 'layers.1': 'aux' });
  });
});

describe('refuses a state dict that does not fit:', () => {
  const make = () => network({ inputs: 3, layers: [dense(2), dense(1, { bias: false })], seed: 2 });
  const shapes = { 'a.weight': [2, 3], 'a.bias': [2], 'b.weight': [1, 2] };
  const map = { 'layers.0': 'a', 'layers.1': 'b' };

  test.each<[string, Record<string, number[]>, object, string, string]>([
    [
      'tensors missing',
      { 'a.weight': [2, 3], 'b.weight': [1, 2] },
      { map },
      'ERR_INVALID_ARGUMENT',
      'the file has no a.bias for layers.0.bias.',
    ],
    [
      'tensors left over',
      { ...shapes, 'c.weight': [1] },
      { map },
      'ERR_INVALID_ARGUMENT',
      'c.weight of the file has no place.',
    ],
    [
      'other shapes',
      { ...shapes, 'a.weight': [3, 2] },
      { map },
      'ERR_SHAPE',
      'a.weight is [3, 2], but layers.0.weight needs [2, 3]',
    ],
    [
      'an unknown layer',
      shapes,
      { map: { ...map, 'layer.1': 'b' } },
      'ERR_INVALID_ARGUMENT',
      'Did you mean "layers.1"?',
    ],
    ['a name that is none', shapes, { map: { 'layers.0': 3 } }, 'ERR_INVALID_ARGUMENT', 'map["layers.0"]'],
    ['a map that is none', shapes, { map: 3 }, 'ERR_INVALID_ARGUMENT', 'map'],
    ['an unknown layout', shapes, { map, layout: 'keras' }, 'ERR_INVALID_ARGUMENT', 'layout'],
    ['an unknown option', shapes, { strict: false }, 'ERR_INVALID_ARGUMENT', 'strict'],
  ])('%s', async (_, given, options, code, words) => {
    const model = make();
    await expectRejection(model.load(dictOf(given), options), code as 'ERR_SHAPE', words);
    expectSameBits(model.parameters, make().parameters);
    await model.load(dictOf(shapes), { map });
  });

  test('integers', async () => {
    const { header, body } = open(dictOf(shapes));
    const file = close({ ...header, 'a.bias': { ...(header['a.bias'] as object), dtype: 'I32' } }, body);
    await expectRejection(make().load(file, { map }), 'ERR_SHAPE', 'a.bias has the type I32');
  });

  test('options for the file of a model', async () => {
    await make().load(make().toBytes(), { map: undefined, layout: undefined });
    await expectRejection(make().load(make().toBytes(), { map }), 'ERR_INVALID_ARGUMENT', 'state dicts');
  });

  test('a sum of a flattened image and other numbers', async () => {
    const image = { height: 1, width: 2, channels: 2 };
    const model = network({
      inputs: { image, numbers: 4 },
      layers: [
        parallel(
          [
            [input('image'), flatten()],
            [input('numbers'), dense(4)],
          ],
          { join: 'sum' },
        ),
        dense(1),
      ],
    });
    await expectRejection(model.load(dictOf({})), 'ERR_INVALID_ARGUMENT', 'layers.0 joins a flattened image');
  });

  test('everything during a run', async () => {
    const model = make();
    const data = new Dataset({ inputs: range(100).map(() => [1, 2, 3]), targets: range(100) });
    const run = model.fit(data, { loss: 'squared', optimizer: sgd({ learningRate: 0 }), epochs: 1e5 });
    await expectRejection(model.load(dictOf(shapes), { map }), 'ERR_BUSY');
    run.stop();
    await run;
  });

  test('a file truncated anywhere', async () => {
    const bytes = dictOf(shapes);
    for (const length of range(bytes.length))
      await expectRejection(make().load(bytes.subarray(0, length), { map }), 'ERR_CORRUPT_FILE');
  });
});
