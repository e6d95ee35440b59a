import { GraphBuilder } from '../../lib/onnx/graph_builder';
import { encodeModel } from '../../lib/onnx/messages';
import { loadONNX } from '../../lib/training/load_onnx';
import { greatestError } from '../support/closeness';
import { random, range } from '../support/numbers';
import { channelsLast } from '../support/onnx_networks';
import { onnxFloats, runByOnnxruntime } from '../support/onnxruntime';
import { expectRejection } from '../support/refusals';

interface Graph {
  builder: GraphBuilder;
  /** Adds a node with one output, and returns the name of the output. */
  node: (opType: string, inputs: string[], attributes?: Parameters<GraphBuilder['node']>[3]) => string;
  /** A constant of these sides, or of these numbers. */
  weight: (dims: number[], values?: number[]) => string;
}

/** Adds the nodes of a graph after x; returns the name of the output. */
type Nodes = (graph: Graph) => string;

/** A file of a graph with an input x that has these sides after the batch. */
function fileOf(sides: number[], nodes: Nodes, opset = 17): Uint8Array {
  const builder = new GraphBuilder();
  builder.input('x', 'float', ['batch', ...sides]);
  const uniform = random(3);
  const weight = (dims: number[], values?: number[]) => {
    const size = dims.reduce((product, side) => product * side, 1);
    return builder.floats('weight', dims, Float32Array.from(values ?? range(size).map(() => 2 * uniform() - 1)));
  };
  const end = nodes({
    builder,
    weight,
    node: (opType, inputs, attributes) => builder.node(opType, inputs, 'n', attributes),
  });
  builder.output(end, ['batch', 'outputs']);
  return encodeModel({
    irVersion: 8,
    graph: builder.graph,
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: [],
  });
}

const ints = (...values: number[]) => ({ ints: values });

/** A convolution of two channels to three with a kernel of 3, without a bias, on images of 5 x 5. */
const conv = ({ node, weight }: Graph) => node('Conv', ['x', weight([3, 2, 3, 3])], { kernel_shape: ints(3, 3) });

/** A dense layer on a flattened image that distinguishes all of its numbers. */
const dense = ({ node, weight }: Graph, image: string, size: number) =>
  node('Gemm', [node('Flatten', [image], { axis: 1 }), weight([size, 2])]);

const image = [2, 5, 5];

const read: Record<string, [sides: number[], nodes: Nodes, opset?: number]> = {
  'a bias of channels': [image, (g) => dense(g, g.node('Add', [conv(g), g.weight([3, 1, 1])]), 27)],
  'a bias of channels with a side for the batch': [
    image,
    (g) => dense(g, g.node('Add', [g.weight([1, 3, 1, 1]), conv(g)]), 27),
  ],
  'one number as a bias': [image, (g) => dense(g, g.node('Add', [conv(g), g.weight([1, 1])]), 27)],
  'a bias of a row with a side for the batch': [
    [4],
    ({ node, weight }) => node('Gemm', ['x', weight([3, 4]), weight([1, 3])], { transB: 1, alpha: { float: 2 } }),
  ],
  'constants around the inputs': [
    [4],
    ({ node, weight }) => {
      const scaled = node('Mul', [node('Add', ['x', weight([1, 4])]), weight([4])]);
      const turned = node('Div', [node('Sub', [weight([1]), scaled]), weight([4])]);
      return node('MatMul', [turned, weight([4, 3])]);
    },
  ],
  'an element of a list': [
    [4],
    ({ builder, node, weight }) => {
      const bias = node('Gather', [weight([3]), builder.integers(-1)], { axis: 0 });
      return node('Add', [node('MatMul', ['x', weight([4, 3])]), bias]);
    },
  ],
  'reshaped weights': [
    [4],
    ({ builder, node, weight }) => node('MatMul', ['x', node('Reshape', [weight([12]), builder.integers([4, -1])])]),
  ],
  'a softmax over channels': [[3, 2, 2], (g) => dense(g, g.node('Softmax', ['x'], { axis: 1 }), 12)],
  'a row as an image, its sides an attribute as before opset 13': [
    [3],
    (g) => {
      const at = g.node('Unsqueeze', ['x'], { axes: ints(1, 2) });
      const moved = g.node('Transpose', [at], { perm: ints(0, 3, 1, 2) });
      return dense(g, g.node('Conv', [moved, g.weight([2, 3, 1, 1])], { kernel_shape: ints(1, 1) }), 2);
    },
    11,
  ],
};

describe('a graph', () => {
  const names = Object.keys(read);
  const cases = names.map((name, i) => {
    const [sides, nodes, opset] = read[name]!;
    const dims = [2, ...sides];
    return {
      bytes: fileOf(sides, nodes, opset),
      x: range(dims.reduce((a, b) => a * b)).map((k) => Math.sin(3 * k + i)),
      dims,
    };
  });
  const results = runByOnnxruntime(cases.map(({ bytes, x, dims }) => ({ bytes, inputs: { x: onnxFloats(x, dims) } })));

  test.each(names.map((name, i) => [name, i] as const))('computes the same as in onnxruntime: %s', async (_, i) => {
    const { bytes, x, dims } = cases[i]!;
    const model = await loadONNX(bytes);
    const result = results[i]!;
    if ('error' in result) throw new Error(result.error);
    const ours = model.predict(Float32Array.from(dims.length === 4 ? channelsLast(x, dims) : x));
    expect(greatestError(ours, Object.values(result.outputs)[0]!.data)).toBeLessThan(1e-5);
  });
});

describe('a graph with constants for anything but channels', () => {
  const refused: Record<string, [sides: number[], nodes: Nodes, sentence: string, opset?: number]> = {
    'for columns of an image': [
      image,
      (g) => dense(g, g.node('Add', [conv(g), g.weight([3])]), 27),
      'a constant is applied to images',
    ],
    'for lines of an image': [
      image,
      (g) => dense(g, g.node('Add', [conv(g), g.weight([3, 1])]), 27),
      'a constant is applied to images',
    ],
    'for rows, after a matrix': [
      [4],
      ({ node, weight }) => node('Add', [node('MatMul', ['x', weight([4, 3])]), weight([3, 1])]),
      'its constant is [3, 1] for 3 numbers',
    ],
    'for rows, before a matrix': [
      [4],
      ({ node, weight }) => node('MatMul', [node('Mul', ['x', weight([4, 1])]), weight([4, 3])]),
      'its constant is [4, 1] for 4 numbers',
    ],
    'for rows, as a bias': [
      [4],
      ({ node, weight }) => node('Gemm', ['x', weight([4, 3]), weight([3, 1])]),
      'its bias is [3, 1] for 3 outputs',
    ],
    'a line of a matrix': [
      [4],
      ({ builder, node, weight }) => {
        const bias = node('Gather', [weight([2, 3]), builder.integers(1)], { axis: 0 });
        return node('Add', [node('MatMul', ['x', weight([4, 3])]), bias]);
      },
      'a part of a constant matrix',
    ],
    'matrices side by side': [
      [4],
      ({ node, weight }) => node('MatMul', ['x', node('Concat', [weight([4, 1]), weight([4, 2])], { axis: 1 })]),
      'it joins constant matrices',
    ],
    'a shape for other numbers': [
      [4],
      ({ builder, node, weight }) => node('MatMul', ['x', node('Reshape', [weight([12]), builder.integers([5, -1])])]),
      'its shape [5, -1] is not for 12 numbers',
    ],
    'a softmax over whole images': [
      [3, 2, 2],
      (g) => dense(g, g.node('Softmax', ['x'], { axis: 1 }), 12),
      'before opset 13 it is a softmax over all numbers of an image; the file has opset 12',
      12,
    ],
    'for the outputs': [
      [4],
      ({ node, weight }) => node('Mul', [node('MatMul', ['x', weight([4, 3])]), weight([3])]),
      'is scaled or shifted by constants, which only a dense layer can absorb',
    ],
    'an image as the output': [
      image,
      (g) => g.node('Flatten', [conv(g)], { axis: 1 }),
      'is a flattened image, which has another order here',
    ],
  };
  test.each(Object.entries(refused))('is refused: %s', async (_, [sides, nodes, sentence, opset]) => {
    await expectRejection(loadONNX(fileOf(sides, nodes, opset)), 'ERR_INVALID_ARGUMENT', sentence);
  });
});
