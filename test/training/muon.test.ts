import '../../lib/layers/pool';
import type { FloatArray } from '../../lib/addon';
import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { flatten } from '../../lib/layers/flatten';
import type { Layer } from '../../lib/layers/layer';
import { minimize } from '../../lib/minimize/minimize';
import type { InputShape } from '../../lib/models/inputs';
import { type MuonOptions, muon } from '../../lib/optimizers/muon';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import golden from '../golden/muon.json';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { normal, range } from '../support/numbers';

interface Case {
  inputs: InputShape;
  layers: Layer[];
  adjust: 'original' | 'matchRmsAdamw';
  learningRate: number;
  x: number[];
  y: number[];
  initial: number[];
  expected: number[][];
}

const cases = golden as unknown as Case[];

const make = ({ inputs, layers, initial }: Case): Network => {
  const model = network({ inputs, layers, type: 'float64' });
  model.parameters.set(initial);
  return model;
};

/** ‖a − b‖ / ‖b − from‖ */
const strayOf = (a: FloatArray, b: FloatArray, from: FloatArray): number =>
  Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.hypot(...b.map((x, i) => x - from[i]!));

describe("PyTorch's Muon over weights, with AdamW over biases", () => {
  test('reduces the loss of networks with widening and narrowing layers to a quarter', () => {
    expect(cases.map(({ adjust }) => adjust)).toEqual(Array(2).fill(['original', 'matchRmsAdamw']).flat());
    const ratios = cases.flatMap((one) =>
      [...make(one).tensors.values()]
        .filter(({ shape }) => shape.length > 1)
        .map(({ data, shape }) => shape.at(-1)! ** 2 / data.length),
    );
    expect(ratios).toEqual(Array(4).fill([4, 0.25]).flat());
  });

  test.each(cases.map((one) => [`${one.layers.map(({ kind }) => kind)}, ${one.adjust}`, one] as const))(
    'is reproduced: %s',
    (_, one) => {
      const model = make(one);
      const { adjust, learningRate } = one;
      const trainer = new Trainer(model, { loss: 'squared', optimizer: muon({ adjust, learningRate }) });
      const [before, theirs] = [make(one), make(one)];
      for (const expected of one.expected) {
        trainer.step(Float64Array.from(one.x), Float64Array.from(one.y));
        theirs.parameters.set(expected);
        for (const [name, { data }] of model.tensors) {
          // PyTorch iterates in bfloat16. Steps twice as long would give 1, steps half as long 0.5.
          const stray = strayOf(data, theirs.tensors.get(name)!.data, before.tensors.get(name)!.data);
          expect(stray).toBeLessThan(0.04);
        }
      }
    },
  );
});

/** Compares steps of a network's tensors with those of an `Optimizer` for each. */
describe('muon in networks', () => {
  const options = { learningRate: 0.1, momentum: 0.5, weightDecay: 0.2 };
  const x = Float64Array.from({ length: 4 * 50 }, normal(3));
  const data = new Dataset({ inputs: x, targets: [0, 1, 2, 1], columns: 50 });
  const inputs = { height: 5, width: 5, channels: 2 };
  const layers = [conv2d(16, { kernel: [1, 2], activation: 'tanh' }), flatten(), dense(3)];
  const images = () => network({ inputs, layers, type: 'float64', seed: 2 });

  /** The differences of a network's step from steps of bare matrices with the network's gradient. */
  function differences(model: Network, ofNetwork: MuonOptions, ofMatrix: MuonOptions): number[] {
    const { gradient } = model.gradient(data, { loss: 'crossEntropy' });
    const before = model.parameters.slice();
    const places = [...model.tensors].filter(([, { shape }]) => shape.length > 1);
    const expected = places.map(([, { data, shape }]) => {
      const columns = shape.at(-1)!;
      const theta = data.slice();
      const offset = data.byteOffset / 8 - model.parameters.byteOffset / 8;
      const optimizer = new Optimizer([{ data: theta, shape: [data.length / columns, columns] }], muon(ofMatrix));
      optimizer.step([gradient.slice(offset, offset + data.length)]);
      return theta;
    });
    new Trainer(model, { loss: 'crossEntropy', optimizer: muon(ofNetwork) }).step(x, [0, 1, 2, 1]);
    expect(greatestError(model.parameters, before)).toBeGreaterThan(1e-3);
    return places.map(([, { data }], i) => greatestError(data, expected[i]!));
  }

  test('takes the weights of any layer, also of a convolution, as a matrix with the outputs in columns', () => {
    for (const outputs of [undefined, 'auto', 'columns'] as const)
      for (const difference of differences(images(), { ...options, outputs }, { ...options, outputs: 'columns' }))
        expect(difference).toBeLessThan(1e-12);
  });

  test('takes outputs as rows on request', () => {
    for (const difference of differences(images(), { ...options, outputs: 'rows' }, options))
      expect(difference).toBeLessThan(1e-12);
    const [ofConvolution] = differences(images(), { ...options, outputs: 'rows' }, { ...options, outputs: 'columns' });
    expect(ofConvolution).toBeGreaterThan(1e-2);
  });

  test('matches AdamW in either layout', () => {
    const matching = { ...options, adjust: 'matchRmsAdamw' } as const;
    for (const outputs of ['rows', 'columns'] as const)
      for (const difference of differences(images(), { ...matching, outputs }, matching))
        expect(difference).toBeLessThan(1e-12);
  });

  test('takes the embedding of a category, and the units behind sparse columns, as outputs', () => {
    const words = categories({ values: [[3], [7], [0], [30]], cardinalities: [40] });
    const tokens = sparse({ columns: 30, rows: [[1, 5], [29], [5, [7, 0.5]], [2]] });
    for (const [shape, first, rows] of [
      [{ categories: [40] }, embedding({ dimensions: [3] }), words],
      [{ sparse: 30 }, dense(5), tokens],
    ] as const) {
      const lead = (outputs: MuonOptions['outputs']) => {
        const model = network({ inputs: { some: shape }, layers: [first, dense(3)], type: 'float64' });
        const trainer = new Trainer(model, { loss: 'crossEntropy', optimizer: muon({ ...options, outputs }) });
        for (const _ of range(2)) trainer.step({ some: rows }, [0, 1, 2, 1]);
        return model.parameters;
      };
      expectSameBits(lead('auto'), lead('columns'));
      expect(greatestError(lead('auto'), lead('rows'))).toBeGreaterThan(1e-2);
    }
  });

  test('takes the same steps in minimize as in fit, over convolutions too', async () => {
    const [minimized, fitted] = range(2).map(images);
    const rule = muon(options);
    minimize({ model: minimized!, data, loss: 'crossEntropy' }, { rule, maxSteps: 3 });
    await fitted!.fit(data, { loss: 'crossEntropy', optimizer: rule, epochs: 3, batchSize: 4, shuffle: false });
    expect(greatestError(minimized!.parameters, fitted!.parameters)).toBeLessThan(1e-12);
  });
});
