import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  categories,
  conv2d,
  dense,
  dropout,
  flatten,
  type Inputs,
  loadONNX,
  network,
  parallel,
  residual,
} from 'glissade';
import { decodeModel, encodeModel } from '../../lib/onnx/messages';
import type { OnnxModel, OnnxNode } from '../../lib/onnx/schema';
import { networkCases } from '../support/arbitrary_networks';
import { detach } from '../support/buffers';
import { greatestError } from '../support/closeness';
import { isLongRun } from '../support/long_run';
import { range } from '../support/numbers';
import { channelsLast, drawnOnnx, scatter } from '../support/onnx_networks';
import fc from '../support/properties';
import { expectRejection } from '../support/refusals';

const folder = path.join(__dirname, '../golden/onnx');
const bytesOf = (name: string) => fs.readFileSync(path.join(folder, `${name}.onnx`));
const expected: Record<string, { inputs: number[][]; shapes: number[][]; outputs: number[] }> = JSON.parse(
  fs.readFileSync(path.join(folder, 'expected.json'), 'utf8'),
);

describe('what other libraries wrote computes the same', () => {
  test.each(Object.keys(expected))('%s', async (name) => {
    const { inputs, shapes, outputs } = expected[name]!;
    const model = await loadONNX(bytesOf(name));
    const isOfCodes = (i: number) => inputs[i]!.every(Number.isInteger) && name.match(/tabular|recommender/);
    const blocks = inputs.map((values, i) => {
      const columns = shapes[i]!.slice(1).reduce((product, side) => product * side, 1);
      if (shapes[i]!.length === 4) return Float32Array.from(channelsLast(values, shapes[i]!));
      return isOfCodes(i)
        ? categories({ values, columns, cardinalities: [[4, 6], [4], [6]][shapes[i]!.length === 2 ? 0 : i + 1]! })
        : { values, columns };
    });
    const [first] = blocks;
    const x =
      blocks.length === 1
        ? ArrayBuffer.isView(first)
          ? first
          : Float32Array.from(inputs[0]!)
        : Object.fromEntries(blocks.map((block, i) => [`x${i}`, block]));
    expect(greatestError(model.predict(x as Inputs), outputs)).toBeLessThan(2e-6);
  });
});

/** Joins of which the graph has parts that are no layers. */
const isLost = (one: unknown) => JSON.stringify(one).includes('"cosine"');

test('random networks come back from their own files', async () => {
  await fc.assert(
    fc.asyncProperty(networkCases, async (one) => {
      fc.pre(!isLost(one));
      const { model, x, outputs } = drawnOnnx(one);
      const again = await loadONNX(model.toONNX());
      expect(greatestError(again.predict(x), outputs)).toBeLessThan(1e-5);
    }),
    { numRuns: isLongRun ? 200 : 40 },
  );
});

test('layers, residual ones among them, are those that were written', async () => {
  const layers = [
    residual([conv2d(2, { padding: 'same', activation: 'relu' })], { activation: 'gelu' }),
    flatten(),
    parallel([[dense(3)], []]),
    dropout(0.5),
    dense(2, { activation: 'silu' }),
  ];
  const model = network({ inputs: { height: 3, width: 4, channels: 2 }, layers, seed: 1 });
  const again = await loadONNX(model.toONNX());
  expect(again.layers).toEqual(model.layers.filter(({ kind }) => kind !== 'dropout'));
  expect(again.tensors.get('layers.0.layers.0.weight')).toEqual(model.tensors.get('layers.0.layers.0.weight'));
});

test('an image may become a row in several branches', async () => {
  const branches = [[flatten(), dense(2)], [conv2d(2, { kernel: 2 })], [flatten(), dense(2)]];
  const model = network({ inputs: { height: 2, width: 2 }, layers: [parallel(branches, { join: 'sum' })], seed: 1 });
  const again = await loadONNX(model.toONNX());
  expect(again.predict([1, 2, 3, 4])).toEqual(model.predict([1, 2, 3, 4]));
});

test('a file is read from its path, its URL or its bytes', async () => {
  const file = path.join(folder, 'torch_mlp.onnx');
  const [model, ...others] = await Promise.all(
    [file, pathToFileURL(file), new Uint8Array(bytesOf('torch_mlp'))].map((one) => loadONNX(one)),
  );
  for (const other of others) expect(other.parameters).toEqual(model!.parameters);
  await expectRejection(loadONNX(path.join(folder, 'none.onnx')), 'ERR_FILE', 'none.onnx');
  await expectRejection(loadONNX(new Float32Array(3) as never), 'ERR_INVALID_ARGUMENT', 'source');
  await expectRejection(loadONNX(detach(new Uint8Array(3))), 'ERR_DETACHED', 'source');
  await expectRejection(loadONNX(file, { outputs: 'y' } as never), 'ERR_INVALID_ARGUMENT', 'output');
});

describe('a graph that layers do not describe', () => {
  /** A file of a network 4-3-2 after a change. */
  const changed = (
    change: (model: OnnxModel, nodes: OnnxNode[]) => void,
    layers = [dense(3, { activation: 'relu' }), dense(2)],
  ) => {
    const model = decodeModel(network({ inputs: 4, layers }).toONNX());
    change(model, model.graph!.node);
    return encodeModel(model);
  };
  const none = { floats: [], ints: [], strings: [], graphs: [] };

  test.each<[string, string[], (model: OnnxModel, nodes: OnnxNode[]) => void]>([
    [
      'an unknown operator',
      ['layers.0.relu', 'Mish', 'no layer'],
      (_, nodes) => {
        nodes[1]!.opType = 'Mish';
      },
    ],
    [
      'a domain of its own',
      ['layers.0.relu', 'com.acme'],
      (_, nodes) => {
        nodes[1]!.domain = 'com.acme';
      },
    ],
    [
      'another slope',
      ['LeakyRelu', 'alpha is 0.2', '0.01'],
      (_, nodes) => {
        nodes[1]!.opType = 'LeakyRelu';
        nodes[1]!.attribute = [{ ...none, name: 'alpha', f: 0.2 }];
      },
    ],
    [
      'a transposed input',
      ['Gemm', 'transA'],
      (_, nodes) => {
        nodes[0]!.attribute = [{ ...none, name: 'transA', i: 1 }];
      },
    ],
    [
      'weights for other inputs',
      ['Gemm', '5', '4'],
      ({ graph }) => {
        graph!.input[0]!.type!.tensorType!.shape!.dim[1] = { dimValue: 5 };
      },
    ],
    [
      'an open number of columns',
      ['inputs', 'open'],
      ({ graph }) => {
        graph!.input[0]!.type!.tensorType!.shape!.dim[1] = { dimParam: 'n' };
      },
    ],
    [
      'inputs of strings',
      ['inputs', 'data type 8'],
      ({ graph }) => {
        graph!.input[0]!.type!.tensorType!.elemType = 8;
      },
    ],
    [
      'an input that nothing computes',
      ['nothing', 'not in the graph'],
      (_, nodes) => {
        nodes[1]!.input = ['nothing'];
      },
    ],
    [
      'a constant before the output',
      ['outputs', 'scaled or shifted'],
      (_, nodes) => {
        nodes.at(-1)!.opType = 'Mul';
        nodes.at(-1)!.input = [nodes[2]!.output[0]!, 'layers.1.bias'];
      },
    ],
    [
      'external data',
      ['layers.0.weight', 'external'],
      ({ graph }) => {
        graph!.initializer[0]!.externalData = [{ key: 'location', value: 'weights.bin' }];
      },
    ],
    [
      'weights of another type',
      ['layers.0.weight', 'data type 10'],
      ({ graph }) => {
        graph!.initializer[0]!.dataType = 10;
      },
    ],
    [
      'several outputs',
      ['outputs', 'hidden', 'several'],
      ({ graph }) => {
        graph!.output.push({ name: 'hidden' });
      },
    ],
  ])('%s is refused by a sentence that names it', async (_, names, change) => {
    await expectRejection(loadONNX(changed(change)), 'ERR_INVALID_ARGUMENT', ...names);
  });

  test('one of several outputs is read if it is named', async () => {
    const bytes = changed(({ graph }) => graph!.output.push({ name: 'layers.0.relu' }));
    expect((await loadONNX(bytes, { output: 'layers.0.relu' })).outputs).toBe(3);
    await expectRejection(loadONNX(bytes, { output: 'hidden' }), 'ERR_INVALID_ARGUMENT', 'hidden', 'layers.0.relu');
  });

  test('branches that cross are refused', async () => {
    const bytes = changed(({ graph }, nodes) => {
      const node = (opType: string, input: string[], output: string): OnnxNode => ({
        opType,
        input,
        output: [output],
        attribute: [],
      });
      nodes.splice(
        2,
        2,
        node('Tanh', ['layers.0.relu'], 'a'),
        node('Sigmoid', ['layers.0.relu'], 'b'),
        node('Add', ['a', 'b'], 'c'),
        node('Add', ['c', 'a'], 'outputs'),
      );
      void graph;
    });
    await expectRejection(loadONNX(bytes), 'ERR_INVALID_ARGUMENT', 'several branches');
  });
});

describe('bytes that are damaged', () => {
  const model = scatter(
    network({ inputs: { height: 3, width: 3 }, layers: [conv2d(1, { kernel: 2 }), flatten(), dense(2)] }),
    1,
  );
  const files = [
    model.toONNX(),
    new Uint8Array(bytesOf('torch_tabular')),
    new Uint8Array(bytesOf('sklearn_mlp_binary')),
  ];

  /** Whether a file is refused, for a reason of its own. */
  async function isRefused(bytes: Uint8Array): Promise<boolean> {
    try {
      const { outputs } = await loadONNX(bytes);
      expect(outputs).toBeGreaterThan(0);
      return false;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== 'ERR_CORRUPT_FILE' && code !== 'ERR_INVALID_ARGUMENT') throw error;
      return true;
    }
  }

  test('are refused wherever they end', async () => {
    for (const bytes of files)
      for (const length of range(bytes.length)) {
        const refused = await isRefused(bytes.subarray(0, length));
        // The last fields of the file say its operator sets, which are not needed.
        if (!refused && length < 0.9 * bytes.length) throw new Error(`${length} of ${bytes.length} bytes`);
      }
  });

  test('are a model or refused, whichever bit is flipped', async () => {
    let refused = 0;
    for (const bytes of files)
      for (const i of range(bytes.length))
        for (const bit of isLongRun ? range(8) : [i % 8]) {
          const flipped = bytes.slice();
          flipped[i]! ^= 1 << bit;
          refused += Number(await isRefused(flipped));
        }
    expect(refused).toBeGreaterThan(500);
  });

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['zeros', new Uint8Array(64)],
    ['ones', new Uint8Array(64).fill(255)],
    ['text', new TextEncoder().encode('{"this": "is no model"}')],
    ['a length beyond all memory', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)],
  ])('are refused: %s', async (_, bytes) => {
    await expectRejection(loadONNX(bytes), 'ERR_CORRUPT_FILE', 'ONNX');
  });
});
