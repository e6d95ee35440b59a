import fc from 'fast-check';
import { activationFunctions } from './activations';
import { drawn, networkCases } from './arbitrary_networks';
import { greatestError } from './closeness';
import { goldenLayers } from './golden_layers';
import type { LayerDescription } from './layers/descriptions';
import { evaluation, type Pass } from './layers/layer';
import { sequence } from './layers/sequence';
import { sizeOf } from './layers/shape';
import { lossFunctions } from './loss_functions';
import { range } from './numbers';
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

describe('networks that are drawn', () => {
  const errors: GradientError[] = [];
  const [layers, losses] = [[] as LayerDescription[], new Set<string>()];

  beforeAll(() => {
    fc.assert(
      fc.property(networkCases, fc.boolean(), (network, isTraining) => {
        const { model, batch, targets, training } = drawn(network);
        const loss = lossFunctions[network.loss];
        const pass = isTraining ? training : evaluation;
        const evaluate = () => model.gradient(batch, targets, loss, pass);
        const { gradient } = evaluate();
        expect(evaluate().loss).toBe(model.loss(batch, targets, loss, pass));
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

  test('have gradients as differences say, but near kinks, which are rare', () => {
    expect(errors.length).toBeGreaterThan(1000);
    expect(errors.filter(({ isEven }) => isEven).length).toBeGreaterThan(0.99 * errors.length);
  });

  test('have all layers, activations and losses', () => {
    const kinds: LayerDescription['kind'][] = [
      ...(['dense', 'conv2d', 'maxPool', 'averagePool', 'globalPool', 'flatten', 'dropout'] as const),
      ...(['layerNorm', 'batchNorm', 'residual', 'parallel', 'embedding', 'softmax'] as const),
    ];
    expect(new Set(layers.map(({ kind }) => kind))).toEqual(new Set(kinds));
    const activations = layers.flatMap((layer) => ('activation' in layer ? [layer.activation] : []));
    expect(new Set(activations)).toEqual(new Set(Object.keys(activationFunctions)));
    expect(losses).toEqual(new Set(Object.keys(lossFunctions)));
  });
});

test('a softmax at the end is for outputs: losses are of what comes before it', () => {
  const dense: LayerDescription = { kind: 'dense', outputs: 3, activation: 'identity', bias: true };
  const [logits, probabilities] = [new ReferenceModel([dense], 2), new ReferenceModel([dense, { kind: 'softmax' }], 2)];
  for (const model of [logits, probabilities]) model.parameters.set([1, 2, 3, -1, 0, 1, 0.5, 0, -0.5]);
  const [batch, targets] = [[[1, -2]], [[1]]];
  const loss = lossFunctions.crossEntropy;
  expect(probabilities.gradient(batch, targets, loss)).toEqual(logits.gradient(batch, targets, loss));
  const [p] = probabilities.outputs(batch);
  expect(-Math.log(p![1]!)).toBeCloseTo(logits.loss(batch, targets, loss), 14);
});

const withNested = (layers: readonly LayerDescription[]): LayerDescription[] =>
  layers.flatMap((layer) => [
    layer,
    ...('layers' in layer ? withNested([...layer.layers, ...layer.shortcut]) : []),
    ...('branches' in layer ? withNested(layer.branches.flat()) : []),
  ]);
