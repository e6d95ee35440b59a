import { activationFunctions } from './activations';
import { drawn, lossNames, networkCases } from './arbitrary_networks';
import { greatestError } from './closeness';
import { goldenLayers } from './golden_layers';
import type { LayerDescription } from './layers/descriptions';
import { evaluation, type Pass } from './layers/layer';
import { sequence } from './layers/sequence';
import { sizeOf } from './layers/shape';
import { lossFunction } from './loss_functions';
import { range } from './numbers';
import fc from './properties';
import { ReferenceModel } from './reference_model';
import { type GradientError, gradientErrors } from './slopes';

describe.each(goldenLayers)('follows PyTorch: $name', (golden) => {
  const pass: Pass = golden.mode === 'training' ? { mode: 'training', key: (path) => golden.keys![path]! } : evaluation;
  const size = sizeOf(golden.inputs);
  const batch = range(golden.x.length / size).map((r) => golden.x.slice(r * size, (r + 1) * size));

  const setUp = () => {
    const model = new ReferenceModel(golden.layers, golden.inputs);
    model.parameters.set(golden.parameters);
    return model;
  };

  test('tensors', () => {
    expect(setUp().tensors.map(({ name, shape }) => ({ name, shape }))).toEqual(golden.tensors);
  });

  test('outputs', () => {
    expect(greatestError(setUp().outputs(batch, pass).flat(), golden.outputs)).toBeLessThan(1e-12);
  });

  test('gradients', () => {
    const { tensors, parameters } = setUp();
    const gradient = new Float64Array(parameters.length);
    const [values, gradients] = [parameters, gradient].map((slab) =>
      tensors.map(({ offset, length }) => slab.subarray(offset, offset + length)),
    );
    const passed = sequence(golden.layers, golden.inputs, 'layers').forward(Float64Array.from(golden.x), values!, pass);
    const down = passed.backward(Float64Array.from(golden.upstream), gradients!);
    expect(greatestError(gradient, golden.gradient)).toBeLessThan(1e-12);
    if (golden.xGradient) expect(greatestError(down, golden.xGradient)).toBeLessThan(1e-12);
  });

  test('running statistics', () => {
    const model = setUp();
    model.observe(batch, pass);
    expect(greatestError(model.parameters, golden.after ?? golden.parameters)).toBeLessThan(1e-12);
  });
});

describe('random networks', () => {
  const errors: GradientError[] = [];
  const [layers, losses] = [[] as LayerDescription[], new Set<string>()];

  beforeAll(() => {
    fc.assert(
      fc.property(networkCases, fc.boolean(), (network, isTraining) => {
        const { model, examples, loss, training } = drawn(network);
        const pass = isTraining ? training : evaluation;
        const evaluate = () => model.gradient(examples, loss, pass);
        const { gradient } = evaluate();
        expect(evaluate().loss).toBe(model.loss(examples, loss, pass));
        for (const { isTrained, offset, length } of model.tensors)
          if (!isTrained) expect(gradient.subarray(offset, offset + length)).toEqual(new Float64Array(length));
        const found = gradientErrors(model.tensors, model.parameters, evaluate, network.seed);
        for (const { isEven, error } of found) if (isEven) expect(error).toBeLessThan(1e-7);
        errors.push(...found);
        layers.push(...withNested(network.layers));
        losses.add(network.loss);
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  test('have the gradients of finite differences, except near kinks, which are rare', () => {
    expect(errors.length).toBeGreaterThan(1000);
    expect(errors.filter(({ isEven }) => isEven).length).toBeGreaterThan(0.99 * errors.length);
  });

  test('have all layers, activations and losses', () => {
    const kinds: LayerDescription['kind'][] = [
      ...(['dense', 'conv2d', 'maxPool', 'averagePool', 'globalPool', 'flatten', 'dropout'] as const),
      ...(['layerNorm', 'batchNorm', 'residual', 'parallel', 'embedding', 'softmax'] as const),
      ...(['batchEnsemble', 'memberMean'] as const),
    ];
    expect(new Set(layers.map(({ kind }) => kind))).toEqual(new Set(kinds));
    const activations = layers.flatMap((layer) => ('activation' in layer ? [layer.activation] : []));
    expect(new Set(activations)).toEqual(new Set(Object.keys(activationFunctions)));
    expect(losses).toEqual(new Set(lossNames));
  });
});

test('examples count by their weights and the shares of their targets', () => {
  const model = new ReferenceModel([{ kind: 'dense', outputs: 1, activation: 'identity', bias: true }], 1);
  model.parameters.set([2, 1]);
  const examples = [1, 2, 3].map((x, i) => ({ inputs: [x], targets: [x], weight: i + 1 }));
  const loss = { ...lossFunction('squared'), share: ([target]: number[]) => target! };
  // Errors are 2, 3 and 4.
  const expected = { loss: (4 + 2 * 9 + 3 * 16) / (1 + 4 + 9), gradient: [2 * (2 + 12 + 36), 2 * (2 + 6 + 12)] };
  const { loss: value, gradient } = model.gradient(examples, loss);
  expect(value).toBeCloseTo(expected.loss, 14);
  expect([...gradient].map((g) => g * 14)).toEqual(expected.gradient.map((g) => expect.closeTo(g, 12)));
});

test('a softmax at the end applies to outputs: losses use its inputs', () => {
  const dense: LayerDescription = { kind: 'dense', outputs: 3, activation: 'identity', bias: true };
  const [logits, probabilities] = [new ReferenceModel([dense], 2), new ReferenceModel([dense, { kind: 'softmax' }], 2)];
  for (const model of [logits, probabilities]) model.parameters.set([1, 2, 3, -1, 0, 1, 0.5, 0, -0.5]);
  const examples = [{ inputs: [1, -2], targets: [1] }];
  const loss = lossFunction('crossEntropy');
  expect(probabilities.gradient(examples, loss)).toEqual(logits.gradient(examples, loss));
  const [p] = probabilities.outputs([[1, -2]]);
  expect(-Math.log(p![1]!)).toBeCloseTo(logits.loss(examples, loss), 14);
});

const withNested = (layers: readonly LayerDescription[]): LayerDescription[] =>
  layers.flatMap((layer) => [
    layer,
    ...('layers' in layer ? withNested([...layer.layers, ...layer.shortcut]) : []),
    ...('branches' in layer ? withNested(layer.branches.flat()) : []),
  ]);
