import fc from 'fast-check';
import { drawn, networkCases } from './arbitrary_networks';
import { greatestError } from './closeness';
import { goldenLayers } from './golden_layers';
import type { LayerDescription } from './layers/descriptions';
import { evaluation, type Pass } from './layers/layer';
import { sequence } from './layers/sequence';
import { lossFunctions } from './loss_functions';
import { normal, range } from './numbers';
import { ReferenceModel } from './reference_model';
import { slopeAlong } from './slopes';

test.each(goldenLayers.map((golden) => [golden.name, golden] as const))('follows PyTorch: %s', (_, golden) => {
  const model = new ReferenceModel(golden.layers, golden.inputs);
  expect(model.tensors.map(({ name, shape }) => ({ name, shape }))).toEqual(golden.tensors);
  model.parameters.set(golden.parameters);
  const views = (slab: Float64Array) =>
    model.tensors.map(({ offset, length }) => slab.subarray(offset, offset + length));

  const pass: Pass = golden.mode === 'training' ? { mode: 'training', key: (path) => golden.keys![path]! } : evaluation;
  const layers = sequence(golden.layers, golden.inputs, 'layers');
  const passed = layers.forward(Float64Array.from(golden.x), views(model.parameters), pass);
  expect(greatestError(passed.outputs, golden.outputs)).toBeLessThan(1e-12);
  const gradient = new Float64Array(model.parameters.length);
  const down = passed.backward(Float64Array.from(golden.upstream), views(gradient));
  if (golden.xGradient) expect(greatestError(down, golden.xGradient)).toBeLessThan(1e-12);
  expect(greatestError(gradient, golden.gradient)).toBeLessThan(1e-12);
  passed.observe?.();
  expect(greatestError(model.parameters, golden.after ?? golden.parameters)).toBeLessThan(1e-12);
});

test('the gradient is what the losses say, whatever the layers', () => {
  let [directions, even] = [0, 0];
  const kinds = new Set<string>();
  fc.assert(
    fc.property(networkCases, fc.boolean(), (network, isTraining) => {
      const { model, batch, targets, training } = drawn(network);
      const pass = isTraining ? training : evaluation;
      const evaluate = () => model.gradient(batch, targets, lossFunctions[network.loss], pass);
      const { loss, gradient } = evaluate();
      expect(loss).toBeCloseTo(model.loss(batch, targets, lossFunctions[network.loss], pass), 12);
      const number = normal(network.seed);
      for (const { offset, length, isTrained } of model.tensors) {
        const own = gradient.subarray(offset, offset + length);
        if (!isTrained) {
          expect(own.every((g) => g === 0)).toBe(true);
          continue;
        }
        const direction = new Float64Array(gradient.length);
        for (const i of range(length)) direction[offset + i] = number() / Math.sqrt(length);
        const { difference, derivative, unevenness } = slopeAlong(direction, model.parameters, evaluate);
        const scale = Math.max(Math.hypot(...own), 1e-3 * Math.max(1, Math.abs(loss)));
        directions += 1;
        if (unevenness > 1e-7 * scale) continue;
        even += 1;
        expect(Math.abs(difference - derivative) / scale).toBeLessThan(1e-7);
      }
      for (const layer of flat(network.layers)) kinds.add(layer.kind);
    }),
    { numRuns: 300, seed: 1 },
  );
  console.log(directions, even, kinds);
  expect(even).toBeGreaterThan(0.9 * directions);
});

const flat = (layers: readonly LayerDescription[]): LayerDescription[] =>
  layers.flatMap((layer) => [
    layer,
    ...('layers' in layer ? flat([...layer.layers, ...layer.shortcut]) : []),
    ...('branches' in layer ? flat(layer.branches.flat()) : []),
  ]);
