import '../../lib/layers';
import { Dataset } from '../../lib/data/dataset';
import { sgd } from '../../lib/optimizers/sgd';
import { greatestError } from '../support/closeness';
import { type GoldenLayers, goldenLayers } from '../support/golden_layers';
import type { LayerDescription } from '../support/layers/descriptions';
import { sizeOf } from '../support/layers/shape';
import { inputsFor, networkOf } from '../support/native_layers';
import { range } from '../support/numbers';

const bound = 1e-12;
const flatten: LayerDescription = { kind: 'flatten' };

const isImage = ({ inputs }: GoldenLayers) => typeof inputs === 'object' && 'height' in inputs;

/** Layers with rows of numbers as outputs: images are flattened at the end. */
const flat = (layers: LayerDescription[], golden: GoldenLayers) => (isImage(golden) ? [...layers, flatten] : layers);

function modelOf(golden: GoldenLayers, layers = golden.layers) {
  const model = networkOf(layers, golden.inputs);
  return model.positions === 1 ? model : networkOf(flat(layers, golden), golden.inputs);
}

/** Data under which a squared loss has the golden gradient with respect to the outputs. */
function dataOf(golden: GoldenLayers): Dataset {
  const rows = golden.x.length / sizeOf(golden.inputs);
  const targets = golden.outputs.map((y, i) => y - (golden.upstream[i]! * rows) / 2);
  return new Dataset({
    ...inputsFor(golden.inputs, golden.x),
    targets: Float64Array.from(targets),
    targetColumns: golden.outputs.length / rows,
  });
}

const options = ({ mode }: GoldenLayers) => ({ loss: 'squared', training: mode === 'training' }) as const;

// Cases with given dropout keys are tested on the reference, which derives keys from seeds.
const cases = goldenLayers.filter(({ keys }) => keys === undefined);

describe.each(cases)('follows PyTorch: $name', (golden) => {
  test('tensors', () => {
    const { tensors } = modelOf(golden);
    expect([...tensors].map(([name, { shape }]) => ({ name, shape }))).toEqual(golden.tensors);
  });

  test('outputs and gradients', () => {
    const model = modelOf(golden);
    model.parameters.set(golden.parameters);
    const data = dataOf(golden);
    if (golden.mode === 'evaluation')
      expect(greatestError(model.predict(inputsFor(golden.inputs, golden.x).inputs), golden.outputs)).toBeLessThan(
        bound,
      );
    const { loss, gradient } = model.gradient(data, options(golden));
    const rows = data.rows;
    expect(loss).toBeCloseTo((golden.upstream.reduce((sum, u) => sum + u ** 2, 0) * rows) / 4, 10);
    expect(greatestError(gradient, golden.gradient)).toBeLessThan(bound);
  });

  const { xGradient } = golden;
  if (xGradient)
    test('gradients with respect to inputs, by an identity layer before', () => {
      const channels = isImage(golden) ? (golden.inputs as { channels: number }).channels : (golden.inputs as number);
      const plain = { activation: 'identity', bias: false } as const;
      const before: LayerDescription = isImage(golden)
        ? { kind: 'conv2d', channels, kernel: 1, stride: 1, padding: 0, ...plain }
        : { kind: 'dense', outputs: channels, ...plain };
      const model = modelOf(golden, [before, ...golden.layers]);
      for (const i of range(channels))
        for (const j of range(channels)) model.parameters[i * channels + j] = i === j ? 1 : 0;
      model.parameters.set(golden.parameters, channels ** 2);
      const { gradient } = model.gradient(dataOf(golden), options(golden));
      // The gradient of the identity's weights is Σ xᵢ·(the gradient with respect to xⱼ), over rows and positions.
      const expected = range(channels ** 2).map((at) => {
        const [i, j] = [Math.floor(at / channels), at % channels];
        let sum = 0;
        for (let place = 0; place < golden.x.length; place += channels)
          sum += golden.x[place + i]! * xGradient[place + j]!;
        return sum;
      });
      expect(greatestError(gradient.subarray(0, channels ** 2), expected)).toBeLessThan(bound);
    });

  if (golden.after)
    test.each([1, 2])('running statistics, with %i threads', async () => {
      const model = modelOf(golden);
      model.parameters.set(golden.parameters);
      const data = dataOf(golden);
      await model.fit(data, {
        loss: 'squared',
        optimizer: sgd({ learningRate: 0 }),
        batchSize: data.rows,
        shuffle: false,
      });
      expect(greatestError(model.parameters, golden.after!)).toBeLessThan(bound);
    });
});
