/**
 * Networks as glissade's `network` accepts them, with layers as in JSON. pytorch/layers.py builds the same networks.
 *
 * @typedef {{ inputs: number | { height: number, width: number, channels?: number } | { categories: number[] }, layers: { kind: string }[] }} Description
 */

export const dense = (outputs, activation = 'identity') => ({ kind: 'dense', outputs, activation });

/** Layers of these widths, `[784, 128, 10]`, with relu between them. @returns {Description} */
export const perceptron = ([inputs, ...widths]) => ({
  inputs,
  layers: widths.map((outputs, i) => dense(outputs, i < widths.length - 1 ? 'relu' : 'identity')),
});

/** A name like `784-128-10` or `14x14x1-conv3x3(64)-globalPool-10`, without relu. @param {Description} network */
export const nameOf = ({ inputs, layers }) =>
  [
    inputs.categories ? categoriesName(inputs) : typeof inputs === 'number' ? inputs : shapeOf(inputs).join('x'),
    ...layers.map(layerName).filter(Boolean),
  ].join('-');

const categoriesName = ({ categories }) => `${categories.length} columns of ${Math.max(...categories)} categories`;

function layerName({ kind, activation, ...layer }) {
  const act = activation && !['identity', 'relu'].includes(activation) ? [activation] : [];
  const name = (word, ...more) => [word, ...(more.length > 0 ? [`(${more.join(', ')})`] : [])].join('');
  switch (kind) {
    case 'dense':
      return name(layer.outputs, ...act);
    case 'conv2d': {
      const stride = layer.stride > 1 ? [`stride ${layer.stride}`] : [];
      return name(`conv${layer.kernel}x${layer.kernel}`, layer.channels, ...stride, ...act);
    }
    case 'dropout':
      return name(kind, layer.rate);
    case 'globalPool':
      return name(kind, layer.pooling);
    case 'residual':
      return name(kind, layer.layers.map(layerName).join('-'));
    case 'batchEnsemble':
      return name(`${layer.members}x${layer.outputs}`, ...act);
    case 'memberMean':
      return 'mean';
    case 'flatten':
      return undefined;
    case 'embedding':
      return name(kind, layer.dimensions);
    default:
      return name(kind, ...act);
  }
}

const shapeOf = (inputs) =>
  typeof inputs === 'number' || inputs.categories
    ? [1, 1, inputs.categories?.length ?? inputs]
    : [inputs.height, inputs.width, inputs.channels ?? 1];

/** Number of inputs of an example. @param {Description} network */
export const columnsOf = ({ inputs }) => shapeOf(inputs).reduce((a, b) => a * b);

/** Number of outputs of a network with a dense last layer, or a mean of such. @param {Description} network */
export const outputsOf = ({ layers }) => layers.findLast(({ outputs }) => outputs).outputs;

/**
 * The matrix products of a prediction, in order. Each turns a row of `inputs` into a row of `outputs`, at each of
 * `positions` of an example.
 *
 * @param {Description} network
 */
export const productsOf = ({ inputs, layers }) => through(layers, shapeOf(inputs)).products;

function through(layers, shape) {
  const products = [];
  for (const layer of layers) {
    const step = stepOf(layer, shape);
    products.push(...(step.products ?? []));
    shape = step.shape;
  }
  return { shape, products };
}

/** The products of a layer, and the shape of its outputs, [height, width, channels]. */
function stepOf({ kind, ...layer }, [height, width, channels]) {
  const slid = (size, { window, stride, padding = 0 }) => Math.floor((size + 2 * padding - window) / stride) + 1;
  const slidOver = (options) => [slid(height, options), slid(width, options)];
  switch (kind) {
    case 'dense': {
      const { outputs } = layer;
      return { shape: [1, 1, outputs], products: [{ positions: 1, inputs: height * width * channels, outputs }] };
    }
    case 'batchEnsemble': {
      const { members, outputs } = layer;
      return { shape: [members, 1, outputs], products: [{ positions: members, inputs: channels, outputs }] };
    }
    case 'memberMean':
      return { shape: [1, 1, channels] };
    case 'conv2d': {
      const { kernel, stride = 1, padding, channels: outputs } = layer;
      const [rows, columns] = slidOver({ window: kernel, stride, padding });
      const product = { positions: rows * columns, inputs: kernel ** 2 * channels, outputs };
      return { shape: [rows, columns, outputs], products: [product] };
    }
    case 'maxPool':
    case 'averagePool': {
      const { size = 2, stride = size, padding } = layer;
      return { shape: [...slidOver({ window: size, stride, padding }), channels] };
    }
    case 'globalPool':
      return { shape: [1, 1, channels] };
    case 'flatten':
      return { shape: [1, 1, height * width * channels] };
    case 'embedding':
      return { shape: [1, 1, channels * layer.dimensions] };
    case 'residual':
      return through(layer.layers, [height, width, channels]);
    default:
      return { shape: [height, width, channels] };
  }
}

const multiplied = ({ positions, inputs, outputs }) => positions * inputs * outputs;

/** Multiplications and additions of the products of a prediction of `rows` rows. */
export const flopsOfPrediction = (network, rows) =>
  2 * rows * productsOf(network).reduce((sum, product) => sum + multiplied(product), 0);

/**
 * Multiplications and additions of a step: forward, weight gradients and, except for the first layer, input gradients.
 */
export const flopsOfStep = (network, batch) =>
  3 * flopsOfPrediction(network, batch) - 2 * batch * multiplied(productsOf(network)[0]);

/** The networks and batch sizes of the project's published figures. */
export const trained = [
  { widths: [784, 10], batch: 128 },
  { widths: [784, 128, 10], batch: 32 },
  { widths: [784, 128, 10], batch: 128 },
  { widths: [784, 512, 512, 10], batch: 128 },
  { widths: [784, 512, 512, 10], batch: 512 },
  { widths: [1024, 2048, 2048, 1000], batch: 256 },
].map(({ widths, batch }) => ({ network: perceptron(widths), batch }));
