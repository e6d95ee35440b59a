import type { Layer } from '../../../lib/layers/layer';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { fitCandidate } from '../../../lib/tables/train/fit_candidate';
import { settingOf } from '../../../lib/tables/train/options';
import { fittedPipeline, membersFor, recipeFor } from '../../../lib/tables/train/setting';
import type { TrainOptions } from '../../../lib/tables/train/train';
import type { TensorGroup } from '../../../lib/training/groups';
import { network } from '../../../lib/training/network';
import { random, range } from '../../support/numbers';

const rows = () => {
  const draw = random(5);
  return range(120).map(() => {
    const [a, b] = [draw(), draw()];
    return { a, b, y: Math.sin(5 * a) + b };
  });
};

const layersOf = async (options: object): Promise<readonly Layer[]> => {
  const data = await table(rows());
  const { setting } = await settingOf('train', data, { target: 'y', ...options }, {});
  return recipeFor(setting, 'network', await fittedPipeline(setting, 'network', data)).layers;
};

type Given = Omit<Partial<TrainOptions>, 'target' | 'task'> & { words?: boolean };

describe('the members of the network of train', () => {
  test.each([
    [{}, 16, 'silu'],
    [{ members: 3, activation: 'relu' }, 3, 'relu'],
    [{ members: 1, activation: 'tanh' }, 1, 'tanh'],
  ] as const)('share the hidden layers: %j', async (options, members, activation) => {
    expect(await layersOf({ ...options, hidden: [5, 4] })).toMatchObject([
      { kind: 'batchEnsemble', outputs: 5, members, activation },
      { kind: 'dense', outputs: 4, activation },
      { kind: 'batchEnsemble', outputs: 1, members, activation: 'identity' },
      { kind: 'memberMean' },
    ]);
  });

  test('are fewer for more rows', () => {
    expect([100, 1999, 2000, 49_999, 50_000, 3_000_000].map(membersFor)).toEqual([16, 16, 8, 8, 1, 1]);
  });

  test.each([
    [60, {}, 0.1],
    [60, { weightDecay: 0.02 }, 0.02],
    [60, { rule: 'adam' }, 0],
    [50_000, {}, 0.01],
  ])('decay with %d rows and %j by %d', async (count, options, weightDecay) => {
    const data = await table(range(count).map((i) => ({ a: i % 7, y: i % 3 })));
    const { setting } = await settingOf('train', data, { target: 'y', task: 'regression', ...options }, {});
    const { optimizer } = recipeFor(setting, 'network', await fittedPipeline(setting, 'network', data));
    expect(optimizer).toMatchObject({ weightDecay });
  });

  test.each<[number, Given, TensorGroup[] | undefined]>([
    [60, {}, [{ tensors: ['layers.0.r'], learningRate: 6 * 3e-3 }]],
    [60, { learningRate: 0.1, members: 1 }, [{ tensors: ['layers.0.r'], learningRate: 6 * 0.1 }]],
    [60, { rule: 'adam' }, undefined],
    [60, { hidden: [], epochs: 3 }, undefined],
    [60, { words: true }, undefined],
    [50_000, {}, undefined],
  ])('scale inputs faster below 50,000 rows: %d, %j', async (count, { words, ...options }: Given, groups) => {
    const data = await table(range(count).map((i) => ({ a: words ? `it is day ${i} of many` : i % 7, y: i % 3 })));
    const { setting } = await settingOf('train', data, { target: 'y', task: 'regression', ...options }, {});
    const fitted = await fittedPipeline(setting, 'network', data);
    const recipe = recipeFor(setting, 'network', fitted);
    const model = network({ inputs: fitted.inputs, layers: recipe.layers });
    expect(recipe.groups?.(model)).toEqual(groups);
  });

  test('that scale inputs faster have learnt factors further from their first ones', async () => {
    const data = await table(rows());
    const { setting } = await settingOf('train', data, { target: 'y', epochs: 3, learningRate: 1e-3 }, {});
    const fitted = await fittedPipeline(setting, 'network', data);
    const { model } = await fitCandidate(recipeFor(setting, 'network', fitted), fitted.dataset(data), undefined, {});
    const moved = (name: string) =>
      Math.max(...Array.from(model.tensors.get(name)!.data, (x) => Math.abs(Math.abs(x) - 1))); // they begin as ±1
    expect(moved('layers.0.r')).toBeGreaterThan(3 * moved('layers.2.r'));
  });

  test.each([{ members: 4 }, { activation: 'relu' }, { bins: 8 }])(
    'are refused of a linear model: %j',
    async (options) => {
      const [name] = Object.keys(options);
      await expect(layersOf({ ...options, hidden: [] })).rejects.toThrow(
        `train: ${name} applies to networks with hidden layers, not to a linear model`,
      );
    },
  );

  test.each([
    [{}, 1 + 32],
    [{ bins: 3 }, 1 + 3],
    [{ bins: 0 }, 1],
  ])('read numbers with bins: %j', async (options, width) => {
    const draw = random(6);
    const data = await table(
      range(4000)
        .map(() => ({ a: draw(), b: draw() }))
        .map((row) => ({ ...row, y: Math.sin(40 * row.a) })),
    );
    const { setting } = await settingOf('train', data, { target: 'y', without: ['b'], ...options }, {});
    expect((await fittedPipeline(setting, 'network', data)).inputs).toBe(width);
    expect((await fittedPipeline(setting, 'linear', data)).inputs).toBe(1);
  });

  test('leave the bins to a pipeline that is given', async () => {
    const steps = pipeline({ a: columns.number() });
    await expect(layersOf({ bins: 4, pipeline: steps })).rejects.toThrow(
      'train: give bins to the steps of the pipeline',
    );
  });

  test('refuse bins if no column of numbers or dates is read', async () => {
    const texts = range(60).map((i) => ({ text: `it is day ${i}`, open: i % 3 === 0, y: i % 2 === 0 ? 'a' : 'b' }));
    await expect(settingOf('train', await table(texts), { target: 'y', bins: 8 }, {})).rejects.toThrow(
      'train: bins is for columns of numbers and dates, of which none is read',
    );
  });

  test('are checked as numbers, and activations as names', async () => {
    await expect(layersOf({ members: 0 })).rejects.toThrow('members');
    await expect(layersOf({ activation: 'rleu' })).rejects.toThrow('Did you mean "relu"?');
  });
});
