import { types } from 'node:util';
import { addon } from '../../lib/addon';
import { dense } from '../../lib/layers/dense';
import type { NetworkOptions } from '../../lib/models/options';
import { type Network, network } from '../../lib/training/network';
import { expectRefusal } from '../support/refusals';

const three = (options: Partial<NetworkOptions> = {}): Network =>
  network({
    inputs: 4,
    layers: [dense(3, { activation: 'relu' }), dense(5, { activation: 'tanh' }), dense(2)],
    ...options,
  });

describe('a network', () => {
  test('describes its shape', () => {
    const model = three();
    expect(model).toMatchObject({ inputs: 4, outputs: 2, type: 'float32' });
    expect(model.layers).toEqual([dense(3, { activation: 'relu' }), dense(5, { activation: 'tanh' }), dense(2)]);
    expect(Object.isFrozen(model.layers)).toBe(true);
  });

  test('has its parameters in one array, and by name', () => {
    const model = three();
    expect(model.parameters).toHaveLength(4 * 3 + 3 + 3 * 5 + 5 + 5 * 2 + 2);
    expect([...model.tensors].map(([name, { shape, data }]) => [name, shape, data.length])).toEqual([
      ['layers.0.weight', [4, 3], 12],
      ['layers.0.bias', [3], 3],
      ['layers.1.weight', [3, 5], 15],
      ['layers.1.bias', [5], 5],
      ['layers.2.weight', [5, 2], 10],
      ['layers.2.bias', [2], 2],
    ]);
  });

  test('shares memory between both, one tensor after the other', () => {
    const model = three();
    model.parameters.forEach((_, i) => {
      model.parameters[i] = i;
    });
    const flat = [...model.tensors.values()].flatMap(({ data }) => [...data]);
    expect(flat).toEqual([...model.parameters]);
    model.tensors.get('layers.1.bias')!.data[0] = 100;
    expect(model.parameters[30]).toBe(100);
  });

  test('computes with values written to its parameters', () => {
    const model = network({ inputs: 2, layers: [dense(1)] });
    model.tensors.get('layers.0.weight')!.data.set([2, 3]);
    model.tensors.get('layers.0.bias')!.data[0] = 10;
    expect([
      ...model.predict([
        [1, 1],
        [5, 0],
      ]),
    ]).toEqual([15, 20]);
  });

  test('has one row of weights for each input, over the outputs', () => {
    const model = network({ inputs: 2, layers: [dense(3)] });
    model.tensors.get('layers.0.weight')!.data.set([1, 2, 3, 4, 5, 6]);
    expect([
      ...model.predict([
        [1, 0],
        [0, 1],
      ]),
    ]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('has its parameters in shared memory, on a cache line, in its type', () => {
    for (const type of ['float32', 'float64'] as const) {
      const { parameters } = three({ type });
      expect(parameters).toBeInstanceOf(type === 'float32' ? Float32Array : Float64Array);
      expect(types.isSharedArrayBuffer(parameters.buffer)).toBe(true);
      expect(addon.alignment(parameters)).toBe(0);
    }
  });
});

describe('the initial parameters of a network', () => {
  const wide = (activation: 'identity' | 'relu' | 'tanh' | 'sigmoid' | 'gelu', seed = 1) => {
    const { tensors } = network({ inputs: 300, layers: [dense(200, { activation })], seed });
    return { weights: [...tensors.get('layers.0.weight')!.data], biases: [...tensors.get('layers.0.bias')!.data] };
  };
  const variance = (values: number[]) => values.reduce((sum, x) => sum + x * x, 0) / values.length;

  test.each([
    ['relu', 2 / 300],
    ['gelu', 2 / 300],
    ['identity', 2 / 500],
    ['tanh', 2 / 500],
    ['sigmoid', 2 / 500],
  ] as const)('are uniform with the variance for %s, %f', (activation, expected) => {
    const { weights, biases } = wide(activation);
    const limit = Math.sqrt(3 * expected);
    expect(variance(weights) / expected).toBeCloseTo(1, 1);
    expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(limit);
    expect(Math.max(...weights) / limit).toBeGreaterThan(0.999);
    expect(Math.min(...weights) / limit).toBeLessThan(-0.999);
    expect(Math.abs(weights.reduce((sum, x) => sum + x, 0) / weights.length)).toBeLessThan(limit / 50);
    expect(biases.every((bias) => bias === 0)).toBe(true);
  });

  test('depend on the seed alone', () => {
    expect(three({ seed: 3 }).parameters).toEqual(three({ seed: 3 }).parameters);
    expect(three({ seed: 3 }).parameters).not.toEqual(three({ seed: 4 }).parameters);
    expect(three().parameters).toEqual(three({ seed: 0 }).parameters);
  });

  test('are the same in float32 as in float64, rounded', () => {
    expect(three({ seed: 3 }).parameters).toEqual(Float32Array.from(three({ seed: 3, type: 'float64' }).parameters));
  });

  test('differ between layers', () => {
    const { tensors } = network({ inputs: 6, layers: [dense(6), dense(6)] });
    expect(tensors.get('layers.0.weight')!.data).not.toEqual(tensors.get('layers.1.weight')!.data);
  });
});

describe('the options of a network', () => {
  const made = (options: unknown) => () => network(options as NetworkOptions);
  const layers = [dense(2)];

  test('require a whole number of inputs', () => {
    for (const inputs of [0, -1, 1.5, NaN, Infinity])
      expectRefusal(made({ inputs, layers }), 'ERR_OUT_OF_RANGE', 'inputs', String(inputs));
    for (const inputs of [undefined, '4']) expectRefusal(made({ inputs, layers }), 'ERR_INVALID_ARGUMENT', 'inputs');
  });

  test.each<[unknown, string]>([
    [undefined, 'layers'],
    [[], 'layers'],
    [dense(2), 'layers'],
    [[dense(2), 10], 'layers[1]'],
    [[null], 'layers[0]'],
    // biome-ignore lint/suspicious/noSparseArray: the hole is the point
    [[, dense(2)], 'layers[0]'],
    [[{ kind: 'conv', outputs: 3 }], 'layers[0]'],
  ])('must have layers, not %p', (given, name) =>
    expectRefusal(made({ inputs: 1, layers: given }), 'ERR_INVALID_ARGUMENT', name),
  );

  test('have layers that are checked again if they are plain objects', () => {
    expectRefusal(made({ inputs: 1, layers: [{ kind: 'dense', outputs: 0 }] }), 'ERR_OUT_OF_RANGE', 'outputs', '0');
    expectRefusal(
      made({ inputs: 1, layers: [{ kind: 'dense', outputs: 1, activation: 'reul' }] }),
      'ERR_INVALID_ARGUMENT',
      'activation',
      '"reul"',
    );
    expectRefusal(
      made({ inputs: 1, layers: [{ kind: 'dense', outputs: 1, activatoin: 'relu' }] }),
      'ERR_INVALID_ARGUMENT',
      'dense',
      '"activatoin"',
      'Did you mean "activation"?',
    );
    expect(network({ inputs: 1, layers: [{ kind: 'dense', outputs: 1, activation: 'relu' }] }).outputs).toBe(1);
  });

  test('require a known type', () => {
    expectRefusal(made({ inputs: 1, layers, type: 'float16' }), 'ERR_INVALID_ARGUMENT', 'type', '"float16"', 'float');
    expectRefusal(made({ inputs: 1, layers, type: 32 }), 'ERR_INVALID_ARGUMENT', 'type', '32');
  });

  test('require a whole seed', () => {
    for (const seed of [-1, 0.5, NaN])
      expectRefusal(made({ inputs: 1, layers, seed }), 'ERR_OUT_OF_RANGE', 'seed', String(seed));
    expectRefusal(made({ inputs: 1, layers, seed: '7' }), 'ERR_INVALID_ARGUMENT', 'seed', '"7"');
  });

  test('are refused if they need more memory than there can be', () => {
    expect(made({ inputs: 2 ** 31 - 1, layers: [dense(2 ** 31 - 1), dense(2 ** 31 - 1)] })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_/) }),
    );
  });

  test('suggest the right name for a misspelled one', () => {
    expectRefusal(made({ input: 1, layers }), 'ERR_INVALID_ARGUMENT', 'network', '"input"', 'Did you mean "inputs"?');
  });

  test.each([[undefined], [null], [[dense(1)]], ['784-10']])('must be an object, not %p', (options) => {
    expectRefusal(made(options), 'ERR_INVALID_ARGUMENT', 'network', 'object');
  });
});
