import { dense, perceptron } from '../networks.mjs';

const batch = 128;
const hidden = (layers, inputs = 784) => ({ network: { inputs, layers: [...layers, dense(10)] }, batch });

const activations = ['leakyRelu', 'elu', 'gelu', 'silu', 'tanh', 'sigmoid', 'softplus']; // networks.mjs has relu
const norms = ['layerNorm', 'batchNorm'];

/** Networks of two layers of 128 units, whose k members share weights. */
const ensemble = (members) => {
  const layer = (outputs, activation = 'identity') => ({ kind: 'batchEnsemble', outputs, members, activation });
  return {
    network: { inputs: 30, layers: [layer(128, 'relu'), layer(128, 'relu'), layer(10), { kind: 'memberMean' }] },
    batch,
  };
};

/** One network of that size, then ensembles. */
export const ensembles = [{ network: perceptron([30, 128, 128, 10]), batch }, ...[8, 16, 32].map(ensemble)];

const embedded = { inputs: { categories: [10_000, 5_000, 1_000, 1_000, 200, 100, 50, 20] } };

/** A network for each layer that works on plain numbers. */
export const ofNumbers = [
  ...activations.map((activation) => hidden([dense(128, activation)])),
  hidden([dense(512, 'relu'), { kind: 'dropout', rate: 0.5 }]),
  ...norms.map((kind) => hidden([dense(512), { kind, activation: 'relu' }])),
  hidden([dense(256, 'relu'), { kind: 'residual', layers: perceptron([256, 256, 256]).layers, activation: 'relu' }]),
  { network: { ...embedded, layers: [{ kind: 'embedding', dimensions: 16 }, dense(64, 'relu'), dense(10)] }, batch },
];

const digits = { height: 28, width: 28, channels: 1 };
const small = { height: 14, width: 14, channels: 1 };
const average = { kind: 'globalPool', pooling: 'average' };

/** A convolution that keeps the size of an image, except with a stride. */
const conv = (channels, { kernel = 3, stride = 1, activation = 'relu' } = {}) => ({
  kind: 'conv2d',
  channels,
  kernel,
  stride,
  padding: (kernel - 1) / 2,
  activation,
});

/** A layer over 14 × 14 positions of 32 channels, computed by a cheap layer, so that its inputs need a gradient. */
const behind = (layer) => hidden([conv(32, { kernel: 1 }), layer, average], small);

const pools = [{ kind: 'maxPool' }, { kind: 'averagePool' }];

/** A network for each layer over images. */
export const ofImages = [
  hidden([conv(32), average], digits),
  behind(conv(64)),
  behind(conv(64, { stride: 2 })),
  behind(conv(64, { kernel: 1 })),
  behind(conv(64, { kernel: 5 })),
  hidden([conv(32, { activation: 'identity' }), { kind: 'batchNorm', activation: 'relu' }, average], digits),
  ...pools.map((pool) => hidden([conv(32), pool, conv(64), pool, { kind: 'flatten' }], digits)),
  hidden([conv(32), { kind: 'maxPool' }, conv(64), { ...average, pooling: 'max' }], digits),
];
