import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import '../../lib/layers/flatten';
import type { Activation, Initializer, Layer } from '../../lib/layers/layer';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { range } from '../support/numbers';

type Given = Initializer | 'automatic';

const image = { height: 9, width: 9, channels: 20 };
const weightsOf = (layer: Layer, inputs: number | typeof image, seed = 1) => [
  ...network({
    inputs,
    layers: [layer, ...(typeof inputs === 'number' ? [] : [{ kind: 'flatten' }])],
    seed,
    type: 'float64',
  }).tensors.values(),
];

/** Layers, with the number of inputs of a unit and the number of units of an input. */
const layers: [
  string,
  (initializer: Given, activation?: Activation) => Layer,
  number | typeof image,
  number,
  number,
][] = [
  ['dense', (initializer, activation) => dense(150, { initializer, activation }), 80, 80, 150],
  [
    'conv2d',
    (initializer, activation) => conv2d(60, { kernel: [2, 3], initializer, activation }),
    image,
    2 * 3 * 20,
    2 * 3 * 60,
  ],
  ['dense over sparse columns', (initializer, activation) => dense(150, { initializer, activation }), 80, 80, 150],
];

const variance: Record<string, (n: number, m: number) => number> = {
  he: (n) => 2 / n,
  glorot: (n, m) => 2 / (n + m),
  lecun: (n) => 1 / n,
};

const moments = (values: readonly number[]) => {
  const mean = (of: (x: number) => number) => values.reduce((sum, x) => sum + of(x), 0) / values.length;
  return { mean: mean((x) => x), variance: mean((x) => x * x), fourth: mean((x) => x ** 4) };
};

describe.each(layers)('weights of %s start', (name, make, inputs, n, m) => {
  const tensorsOf = (layer: Layer, seed?: number) =>
    name.includes('sparse')
      ? [...network({ inputs: { sparse: n }, layers: [layer], seed: seed ?? 1, type: 'float64' }).tensors.values()]
      : weightsOf(layer, inputs, seed);
  const weights = (initializer: Given, seed?: number) => Array.from(tensorsOf(make(initializer), seed)[0]!.data);

  test.each(['he', 'glorot', 'lecun'])('by %s, with its variance', (family) => {
    const expected = variance[family]!(n, m);
    for (const shape of ['Uniform', 'Normal']) {
      const values = weights(`${family}${shape}` as Initializer);
      const { mean, variance: spread, fourth } = moments(values);
      const count = values.length;
      expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(expected / count));
      expect(Math.abs(spread / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
      expect(fourth / spread ** 2).toBeCloseTo(shape === 'Uniform' ? 1.8 : 3, 0);
      const largest = Math.max(...values.map(Math.abs));
      const limit = Math.sqrt(3 * expected);
      if (shape === 'Uniform') expect(largest).toBeLessThanOrEqual(limit);
      else expect(largest).toBeGreaterThan(1.5 * limit);
    }
  });

  test('orthogonal, by orthogonal', () => {
    const values = weights('orthogonal');
    const columns = values.length / n;
    const column = (j: number) => range(n).map((i) => values[i * columns + j]!);
    const row = (i: number) => values.slice(i * columns, (i + 1) * columns);
    const vectors = columns <= n ? range(columns).map(column) : range(n).map(row);
    vectors.forEach((a, i) => {
      for (const j of range(i + 1)) {
        const product = a.reduce((sum, x, k) => sum + x * vectors[j]![k]!, 0);
        expect(Math.abs(product - Number(i === j))).toBeLessThan(1e-13);
      }
    });
  });

  test('at zero, by zeros', () => {
    expect(weights('zeros').every((x) => x === 0)).toBe(true);
  });

  test('from the seed', () => {
    for (const initializer of ['heNormal', 'glorotUniform', 'orthogonal'] as const) {
      expect(weights(initializer, 3)).toEqual(weights(initializer, 3));
      expect(weights(initializer, 3)).not.toEqual(weights(initializer, 4));
    }
  });

  test.each<[Activation, Initializer]>([
    ['relu', 'heUniform'],
    ['leakyRelu', 'heUniform'],
    ['elu', 'heUniform'],
    ['gelu', 'heUniform'],
    ['silu', 'heUniform'],
    ['identity', 'glorotUniform'],
    ['tanh', 'glorotUniform'],
    ['sigmoid', 'glorotUniform'],
    ['softplus', 'glorotUniform'],
  ])('with the initializer that suits %s, %s, by default', (activation, initializer) => {
    const [automatic, chosen] = (['automatic', initializer] as const).map(
      (given) => tensorsOf(make(given, activation))[0]!,
    );
    expectSameBits(automatic!.data, chosen!.data);
  });

  test('with biases of zero', () => {
    expect(tensorsOf(make('heNormal'))[1]!.data.every((x) => x === 0)).toBe(true);
  });
});

test('tables start with rows of length about 1', () => {
  const model = network({ inputs: { categories: [500] }, layers: [embedding({ dimensions: 40 })] });
  const values = Array.from(model.parameters);
  const lengths = range(500).map((i) => Math.hypot(...values.slice(40 * i, 40 * (i + 1))));
  expect(Math.abs(lengths.reduce((sum, x) => sum + x, 0) / 500 - 1)).toBeLessThan(0.03);
});

test('equal layers of a network start with different weights', () => {
  const model = network({ inputs: 5, layers: [dense(5), dense(5)] });
  const [first, , second] = [...model.tensors.values()];
  expect(first!.data).not.toEqual(second!.data);
});
