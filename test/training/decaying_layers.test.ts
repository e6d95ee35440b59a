import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { batchNorm } from '../../lib/layers/batch_norm';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { flatten } from '../../lib/layers/flatten';
import { input } from '../../lib/layers/input';
import { layerNorm } from '../../lib/layers/layer_norm';
import { parallel } from '../../lib/layers/parallel';
import { adamw } from '../../lib/optimizers/adamw';
import type { TensorGroup } from '../../lib/training/groups';
import { type Network, network } from '../../lib/training/network';
import { range } from '../support/numbers';

const make = () => {
  const model = network({
    inputs: { picture: { height: 3, width: 3 }, place: { categories: [4] }, words: { sparse: 6 } },
    layers: [
      parallel([
        [input('picture'), conv2d(2), batchNorm(), flatten()],
        [input('place'), embedding({ dimensions: 2 }), layerNorm()],
        [input('words'), dense(2)],
      ]),
      dense(1),
    ],
    type: 'float64',
  });
  for (const { data } of model.tensors.values()) data.fill(2);
  return model;
};

const data = new Dataset({
  inputs: {
    picture: range(4).map((i) => range(9).map((j) => Math.sin(i * j))),
    place: categories({ values: [0, 1, 1, 0], cardinalities: [4] }),
    words: sparse({ columns: 6, rows: range(4).map((i) => [i]) }),
  },
  targets: [1, 2, 3, 4],
});

/** The factor by which each tensor shrinks in two steps that only decay. */
async function factors(groups: TensorGroup[] = []): Promise<Record<string, number>> {
  const model: Network = make();
  const optimizer = adamw({ learningRate: 0.1, weightDecay: 1, epsilon: 1e30 });
  await model.fit(data, { loss: 'squared', optimizer, batchSize: 2, groups });
  return Object.fromEntries(
    [...model.tensors]
      .filter(([name]) => !/mean|variance/.test(name))
      .map(([name, { data: values }]) => {
        const [first] = values;
        for (const x of values) expect(x).toBeCloseTo(first!, 12);
        return [name, Math.round((first! / 2) * 1e6) / 1e6];
      }),
  );
}

const weights = ['0.branches.0.1.weight', '0.branches.1.1.tables.0', '0.branches.2.1.weight', '1.weight'];
const others = [
  '0.branches.0.1.bias',
  '0.branches.0.2.weight',
  '0.branches.0.2.bias',
  '0.branches.1.2.weight',
  '0.branches.1.2.bias',
  '0.branches.2.1.bias',
  '1.bias',
];
const named = (names: string[], value: number) => Object.fromEntries(names.map((name) => [`layers.${name}`, value]));

describe('weight decay', () => {
  test('is applied to weights and tables, not to biases and parameters of normalisations', async () => {
    expect(await factors()).toEqual({ ...named(weights, 0.81), ...named(others, 1) });
  });

  test('is applied to others if a group requests it', async () => {
    const tensors = [...weights.slice(0, 1), ...others].map((name) => `layers.${name}`);
    expect(await factors([{ tensors, weightDecay: 2 }])).toEqual({
      ...named(weights, 0.81),
      ...named(weights.slice(0, 1), 0.64),
      ...named(others, 0.64),
    });
  });

  test('of a separate rule in a group applies to weights', async () => {
    const tensors = [...weights, ...others].map((name) => `layers.${name}`);
    expect(await factors([{ tensors, learningRate: 0.5 }])).toEqual({ ...named(weights, 0.25), ...named(others, 1) });
  });
});
