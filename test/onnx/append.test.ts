import fs from 'node:fs';
import path from 'node:path';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { input } from '../../lib/layers/input';
import { layerNorm } from '../../lib/layers/layer_norm';
import { parallel } from '../../lib/layers/parallel';
import { decodeModel, encodeModel } from '../../lib/onnx/messages';
import type { OnnxModel } from '../../lib/onnx/schema';
import { type Network, network } from '../../lib/training/network';
import { greatestError } from '../support/closeness';
import { onnxFloats, runByOnnxruntime } from '../support/onnxruntime';
import { expectRejection } from '../support/refusals';

const golden = path.join(__dirname, '../golden/onnx');
const expected = JSON.parse(fs.readFileSync(path.join(golden, 'expected.json'), 'utf8'));
const headOf = (inputs: number, layers = [dense(4, { activation: 'gelu' }), dense(2)]) =>
  network({ inputs, layers, seed: 5 });
const encoder = (change: (model: OnnxModel) => void = () => {}) => {
  const model = decodeModel(network({ inputs: 3, layers: [dense(4, { activation: 'tanh' })], seed: 2 }).toONNX());
  change(model);
  return encodeModel(model);
};
const dimensionsOf = ({ graph }: OnnxModel) => graph!.output[0]!.type!.tensorType!.shape!.dim;

describe('a head after an encoder', () => {
  test('computes in one file what both compute in sequence', async () => {
    const names = ['torch_cnn', 'torch_opset13', 'torch_residual'];
    const heads = names.map(() => headOf(3));
    const files = await Promise.all(heads.map((head, i) => head.appendTo(path.join(golden, `${names[i]}.onnx`))));
    const results = runByOnnxruntime(
      files.map((bytes, i) => {
        const { inputs, shapes } = expected[names[i]!];
        return { bytes, inputs: { x0: onnxFloats(inputs[0], shapes[0]) } };
      }),
    );
    for (const [i, result] of results.entries()) {
      if ('error' in result) throw new Error(`${names[i]}: ${result.error}`);
      expect(Object.keys(result.outputs)).toEqual(['outputs']);
      const outputs = heads[i]!.predict(Float32Array.from(expected[names[i]!].outputs));
      expect(greatestError(result.outputs.outputs!.data, outputs)).toBeLessThan(1e-5);
    }
  });

  test('gets other names if the encoder has the same ones', async () => {
    const first = network({ inputs: 3, layers: [dense(4, { activation: 'tanh' })], seed: 2 });
    const [second, third] = [headOf(4), headOf(2)];
    const x = Float32Array.of(1, 2, 3, -1, 0, 1);
    const both = await second.appendTo(first.toONNX());
    const all = await third.appendTo(both, { probabilities: 'softmax' });
    const outputsOf = (bytes: Uint8Array) => decodeModel(bytes).graph!.output.map(({ name }) => name);
    expect([outputsOf(both), outputsOf(all)]).toEqual([['head.outputs'], ['head2.outputs']]);
    const [result] = runByOnnxruntime([{ bytes: all, inputs: { inputs: onnxFloats(x, [2, 3]) } }]);
    if ('error' in result!) throw new Error(result.error);
    const logits = third.predict(second.predict(first.predict(x)));
    const exponentials = Array.from(logits, Math.exp);
    const probabilities = exponentials.map((e, i) => e / (exponentials[i - (i % 2)]! + exponentials[i - (i % 2) + 1]!));
    expect(greatestError(result!.outputs['head2.outputs']!.data, probabilities)).toBeLessThan(1e-5);
  });

  test('keeps the rest of the file: other outputs, other domains, unknown fields', async () => {
    const bytes = encoder((model) => {
      model.graph!.output.push({ name: 'hidden', type: { tensorType: { elemType: 1 } } });
      model.graph!.node.push({ opType: 'Identity', input: ['outputs'], output: ['hidden'], attribute: [] });
      model.opsetImport.push({ domain: 'com.acme', version: 3 });
      model.unknown = [Uint8Array.of(0x32, 2, 104, 105)]; // doc_string: "hi"
    });
    const whole = decodeModel(await headOf(4).appendTo(bytes, { output: 'outputs' }));
    expect(whole.graph!.output.map(({ name }) => name)).toEqual(['head.outputs', 'hidden']);
    expect(whole.opsetImport).toEqual([
      { domain: '', version: 17 },
      { domain: 'com.acme', version: 3 },
    ]);
    expect(whole.unknown).toEqual([Uint8Array.of(0x32, 2, 104, 105)]);
  });

  test.each<[string, string, string[], Network, Uint8Array, object?]>([
    ['of another width', 'ERR_SHAPE', ['outputs', '4', '3'], headOf(3), encoder()],
    [
      'of images',
      'ERR_SHAPE',
      ['[batch, 4, 7]', '[batch, 4]'],
      headOf(4),
      encoder((model) => dimensionsOf(model).push({ dimValue: 7 })),
    ],
    [
      'of integers',
      'ERR_INVALID_ARGUMENT',
      ['data type 7'],
      headOf(4),
      encoder((model) => {
        model.graph!.output[0]!.type!.tensorType!.elemType = 7;
      }),
    ],
    [
      'of an old opset',
      'ERR_INVALID_ARGUMENT',
      ['opset 12', '13'],
      headOf(4),
      encoder((model) => {
        model.opsetImport[0]!.version = 12;
      }),
    ],
    [
      'of an opset to come',
      'ERR_INVALID_ARGUMENT',
      ['opset 99'],
      headOf(4),
      encoder((model) => {
        model.opsetImport[0]!.version = 99;
      }),
    ],
    [
      'whose opset lacks an operator',
      'ERR_INVALID_ARGUMENT',
      ['opset 16', '17'],
      headOf(4, [layerNorm() as never]),
      encoder((model) => {
        model.opsetImport[0]!.version = 16;
      }),
    ],
    [
      'of an old IR version',
      'ERR_INVALID_ARGUMENT',
      ['IR version 3'],
      headOf(4),
      encoder((model) => {
        model.irVersion = 3;
      }),
    ],
    [
      'with data in other files',
      'ERR_INVALID_ARGUMENT',
      ['external'],
      headOf(4),
      encoder((model) => {
        model.graph!.initializer[0]!.dataLocation = 1;
      }),
    ],
    [
      'with several outputs',
      'ERR_INVALID_ARGUMENT',
      ['outputs, hidden'],
      headOf(4),
      encoder((model) => {
        model.graph!.output.push({ name: 'hidden' });
      }),
    ],
    [
      'without that output',
      'ERR_INVALID_ARGUMENT',
      ['"embedding"', 'outputs'],
      headOf(4),
      encoder(),
      { output: 'embedding' },
    ],
    ['that is no file', 'ERR_CORRUPT_FILE', ['ONNX'], headOf(4), Uint8Array.of(1, 2, 3)],
  ])('is refused for an encoder %s', async (_, code, names, head, bytes, ...options) => {
    await expectRejection(head.appendTo(bytes, ...options), code as 'ERR_SHAPE', ...names);
  });

  test('accepts an encoder with a dynamic width', async () => {
    const bytes = encoder((model) => {
      dimensionsOf(model)[1] = { dimParam: 'd' };
    });
    const [result] = runByOnnxruntime([
      { bytes: await headOf(4).appendTo(bytes), inputs: { inputs: onnxFloats([1, 2, 3], [1, 3]) } },
    ]);
    expect(result).toHaveProperty('outputs');
  });

  test('is refused if its inputs are not one row of numbers', async () => {
    const image = network({ inputs: { height: 2, width: 2 }, layers: [conv2d(1, { kernel: 2 })] });
    const blocks = network({ inputs: { a: 2, b: 2 }, layers: [parallel([[input('a')], [input('b')]])] });
    for (const head of [image, blocks])
      await expectRejection(head.appendTo(encoder()), 'ERR_INVALID_ARGUMENT', 'row of numbers');
  });

  test('refuses unknown options', async () => {
    await expectRejection(headOf(4).appendTo(encoder(), { outputs: 'x' } as never), 'ERR_INVALID_ARGUMENT', 'output');
    await expectRejection(headOf(4).appendTo(encoder(), { output: 3 } as never), 'ERR_INVALID_ARGUMENT', 'output');
    await expectRejection(headOf(4).appendTo(3 as never), 'ERR_INVALID_ARGUMENT', 'encoder');
  });
});
