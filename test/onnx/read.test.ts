import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Inputs } from '../../lib/data/blocks';
import { categories } from '../../lib/data/categories';
import { batchNorm } from '../../lib/layers/batch_norm';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { flatten } from '../../lib/layers/flatten';
import { input } from '../../lib/layers/input';
import { parallel } from '../../lib/layers/parallel';
import { residual } from '../../lib/layers/residual';
import { softmax } from '../../lib/layers/softmax';
import { decodeModel, encodeModel } from '../../lib/onnx/messages';
import type { OnnxModel, OnnxNode } from '../../lib/onnx/schema';
import { loadONNX } from '../../lib/training/load_onnx';
import { network } from '../../lib/training/network';
import { networkCases } from '../support/arbitrary_networks';
import { detach } from '../support/buffers';
import { greatestError } from '../support/closeness';
import { isLongRun } from '../support/long_run';
import { random, range } from '../support/numbers';
import { channelsLast, drawnOnnx, scatter } from '../support/onnx_networks';
import fc from '../support/properties';
import { expectRejection } from '../support/refusals';

const folder = path.join(__dirname, '../golden/onnx');
const bytesOf = (name: string) => fs.readFileSync(path.join(folder, `${name}.onnx`));
const expected: Record<string, { inputs: number[][]; shapes: number[][]; outputs: number[] }> = JSON.parse(
  fs.readFileSync(path.join(folder, 'expected.json'), 'utf8'),
);

describe('files of other libraries compute the same', () => {
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

/** A file without the description of its network. */
const graphAlone = (bytes: Uint8Array) => encodeModel({ ...decodeModel(bytes), metadataProps: [] });

/** Layers that are several operators, which only the description of a network joins again. */
const isLost = (one: unknown) => /"cosine"|"batchEnsemble"/.test(JSON.stringify(one));

test('random networks survive writing and reading their graphs', async () => {
  await fc.assert(
    fc.asyncProperty(networkCases, async (one) => {
      fc.pre(!isLost(one));
      const { model, x, outputs } = drawnOnnx(one);
      const again = await loadONNX(graphAlone(model.toONNX()));
      expect(greatestError(again.predict(x), outputs)).toBeLessThan(1e-5);
    }),
    { numRuns: isLongRun ? 200 : 40 },
  );
});

test('reads the written layers, including residual ones', async () => {
  const layers = [
    residual([conv2d(2, { padding: 'same', activation: 'relu' })], { activation: 'gelu' }),
    flatten(),
    parallel([[dense(3)], []]),
    dropout(0.5),
    dense(2, { activation: 'silu' }),
  ];
  const model = network({ inputs: { height: 3, width: 4, channels: 2 }, layers, seed: 1 });
  const again = await loadONNX(graphAlone(model.toONNX()));
  expect(again.layers).toEqual(model.layers.filter(({ kind }) => kind !== 'dropout'));
  expect(again.tensors.get('layers.0.layers.0.weight')).toEqual(model.tensors.get('layers.0.layers.0.weight'));
});

test('an image can become a row in several branches', async () => {
  const branches = [[flatten(), dense(2)], [conv2d(2, { kernel: 2 })], [flatten(), dense(2)]];
  const model = network({ inputs: { height: 2, width: 2 }, layers: [parallel(branches, { join: 'sum' })], seed: 1 });
  const again = await loadONNX(graphAlone(model.toONNX()));
  expect(again.predict([1, 2, 3, 4])).toEqual(model.predict([1, 2, 3, 4]));
});

test('reads a file from its path, its URL or its bytes', async () => {
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

describe('a file of glissade', () => {
  const uniform = random(5);
  const x = Float32Array.from({ length: 15 }, uniform);
  const trained = () =>
    scatter(network({ inputs: 3, layers: [dense(4), batchNorm({ momentum: 0.3 }), dropout(0.4), dense(2)] }), 6);

  test('has the momentum of batchNorm also in its graph, as the share of the average', async () => {
    const file = decodeModel(trained().toONNX());
    const { attribute } = file.graph!.node.find(({ opType }) => opType === 'BatchNormalization')!;
    expect(attribute.find(({ name }) => name === 'momentum')!.f).toBeCloseTo(0.7, 6);
    const again = await loadONNX(graphAlone(trained().toONNX()));
    expect(again.layers).toMatchObject([{}, { kind: 'batchNorm', momentum: 0.3 }, {}]);
  });

  test('gives changed numbers to the same layers', async () => {
    const file = decodeModel(trained().toONNX());
    const weights = file.graph!.initializer.find(({ name }) => name === 'layers.3.weight')!;
    weights.rawData = new Uint8Array(Float32Array.from(range(8)).buffer);
    const again = await loadONNX(encodeModel(file));
    expect(again.layers).toEqual(trained().layers);
    expect([...again.tensors.get('layers.3.weight')!.data]).toEqual(range(8));
  });

  test('is read by its graph if the graph differs from the description', async () => {
    const file = decodeModel(trained().toONNX());
    file.graph!.node.find(({ opType }) => opType === 'BatchNormalization')!.attribute[0]!.f = 0.5;
    const again = await loadONNX(encodeModel(file));
    expect(again.layers).toMatchObject([{ kind: 'dense' }, { kind: 'batchNorm', epsilon: 0.5 }, { kind: 'dense' }]);
  });

  test.each<[string, string]>([
    ['no JSON', '{"layers":'],
    ['no object', '3'],
    ['a list', '[]'],
    ['no layers', '{"inputs":3}'],
    ['unknown layers', '{"inputs":3,"layers":[{"kind":"dens"}]}'],
    ['more parameters than there are bytes', '{"inputs":3,"layers":[{"kind":"dense","outputs":2000000000}]}'],
    ['other layers', '{"inputs":3,"layers":[{"kind":"dense","outputs":2}]}'],
    ['probabilities of an unknown kind', JSON.stringify({ ...trained().toJSON(), by: 'magic' })],
  ])('is read by its graph if the description is %s', async (_, value) => {
    const file = decodeModel(trained().toONNX());
    file.metadataProps[0]!.value = value;
    const again = await loadONNX(encodeModel(file));
    expect(again.layers.map(({ kind }) => kind)).toEqual(['dense', 'batchNorm', 'dense']);
    expect(greatestError(again.predict(x), trained().predict(x))).toBeLessThan(1e-6);
  });

  test.each(['softmax', 'logistic'] as const)(
    'that ends with %s has its layers and that end',
    async (probabilities) => {
      const model = trained();
      const again = await loadONNX(model.toONNX({ probabilities }));
      const last = probabilities === 'softmax' ? dense(2) : dense(2, { activation: 'sigmoid' });
      const end = probabilities === 'softmax' ? [softmax()] : [];
      expect(again.layers).toEqual([...model.layers.slice(0, 3), last, ...end]);
      expect(greatestError(again.predict(x), model.predictProbabilities(x, { by: probabilities }))).toBeLessThan(1e-6);
    },
  );

  test.each(['softmax', 'logistic'] as const)('can end with %s after layers with an activation', async (by) => {
    const model = network({ inputs: 3, layers: [dense(2, { activation: 'tanh' }), dropout(0.2)], seed: 2 });
    const again = await loadONNX(model.toONNX({ probabilities: by }));
    expect(again.layers.slice(0, 2)).toEqual(model.layers);
    expect(greatestError(again.predict(x), model.predictProbabilities(x, { by }))).toBeLessThan(1e-6);
  });

  test('keeps sparse inputs and cosines', async () => {
    const branches = [
      [input('a'), dense(3, { bias: false })],
      [input('b'), dense(3)],
    ];
    const inputs = { a: { sparse: 5 }, b: 2 };
    const model = network({ inputs, layers: [parallel(branches, { join: 'cosine' })], seed: 3 });
    const again = await loadONNX(model.toONNX());
    expect(again.toJSON()).toEqual(model.toJSON());
    expect(again.parameters).toEqual(model.parameters);
  });

  test('of type float64 is read in float32, like its numbers', async () => {
    const model = network({ inputs: 3, layers: [dense(2), dropout(0.1)], type: 'float64' });
    const again = await loadONNX(model.toONNX());
    expect(again.toJSON()).toEqual({ ...model.toJSON(), type: 'float32' });
    expect(again.parameters).toEqual(Float32Array.from(model.parameters));
  });

  test('is refused if truncated anywhere', async () => {
    const bytes = network({ inputs: 3, layers: [dense(2), dropout(0.1)] }).toONNX();
    for (const length of range(bytes.length)) await expect(loadONNX(bytes.subarray(0, length))).rejects.toThrow();
  });

  test('appended to an encoder has no description of either', async () => {
    const encoder = network({ inputs: 2, layers: [dense(3)] }).toONNX();
    const whole = decodeModel(await trained().appendTo(encoder));
    expect(whole.metadataProps).toEqual([]);
  });
});

describe('a Dropout', () => {
  const file = (change: (node: OnnxNode, model: OnnxModel) => void) => {
    const model = decodeModel(network({ inputs: 4, layers: [dense(3, { activation: 'relu' }), dense(2)] }).toONNX());
    const node = model.graph!.node[1]!; // Relu
    node.opType = 'Dropout';
    change(node, model);
    return encodeModel({ ...model, metadataProps: [] });
  };
  const constant = (model: OnnxModel, name: string, value: number) =>
    model.graph!.initializer.push({
      dims: [],
      dataType: 1,
      name,
      floatData: [value],
      int32Data: [],
      int64Data: [],
      doubleData: [],
      externalData: [],
    });

  test('becomes a layer, with its ratio as the rate', async () => {
    const rates = await Promise.all(
      [
        file((node, model) => {
          node.input.push('ratio');
          constant(model, 'ratio', 0.3);
        }),
        file((node) => {
          node.attribute = [{ floats: [], ints: [], strings: [], graphs: [], name: 'ratio', f: 0.2 }];
        }),
        file(() => {}),
      ].map(async (bytes) => (await loadONNX(bytes)).layers[1]),
    );
    expect(rates).toEqual([dropout(0.3), dropout(0.2), dropout(0.5)]);
  });

  test('with a ratio of 1 is refused', async () => {
    const bytes = file((node, model) => {
      node.input.push('ratio');
      constant(model, 'ratio', 1);
    });
    await expectRejection(loadONNX(bytes), 'ERR_INVALID_ARGUMENT', 'Dropout', 'rate of dropout');
  });
});

describe('a graph that layers cannot describe', () => {
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
      'a custom domain',
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
      'an input that no node computes',
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

  test('reads one of several outputs by name', async () => {
    const bytes = changed(({ graph }) => graph!.output.push({ name: 'layers.0.relu' }));
    expect((await loadONNX(bytes, { output: 'layers.0.relu' })).outputs).toBe(3);
    await expectRejection(loadONNX(bytes, { output: 'hidden' }), 'ERR_INVALID_ARGUMENT', 'hidden', 'layers.0.relu');
  });

  test('refuses branches that cross', async () => {
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

describe('damaged bytes', () => {
  const model = scatter(
    network({ inputs: { height: 3, width: 3 }, layers: [conv2d(1, { kernel: 2 }), flatten(), dense(2)] }),
    1,
  );
  const files = [
    model.toONNX(),
    new Uint8Array(bytesOf('torch_tabular')),
    new Uint8Array(bytesOf('sklearn_mlp_binary')),
  ];

  /** Whether a file is refused, for a specific reason. */
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

  test('are refused if truncated anywhere', async () => {
    for (const bytes of files)
      for (const length of range(bytes.length)) {
        const refused = await isRefused(bytes.subarray(0, length));
        // The last fields of others' files contain their operator sets, which are not needed.
        if (!refused && length < 0.9 * bytes.length) throw new Error(`${length} of ${bytes.length} bytes`);
      }
  });

  test('are a model or refused, with any bit flipped', async () => {
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
