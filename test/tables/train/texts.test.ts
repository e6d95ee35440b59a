import type { DenseLayer } from '../../../lib/layers/dense';
import { dropout } from '../../../lib/layers/dropout';
import type { Layer } from '../../../lib/layers/layer';
import type { ParallelLayer } from '../../../lib/layers/parallel';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { settingOf } from '../../../lib/tables/train/options';
import { fittedPipeline, recipeFor } from '../../../lib/tables/train/setting';
import { train } from '../../../lib/tables/train/train';
import { random, range } from '../../support/numbers';

/** Texts of classes, each of which has words of its own among those of all. */
function texts(classes: number, rows: number) {
  const draw = random(3);
  const below = (count: number) => Math.floor(count * draw());
  return range(rows).map((i) => {
    const words = range(6 + below(8)).map(() =>
      draw() < 0.4 ? `own${i % classes}x${below(30)}` : `word${below(200)}`,
    );
    return { text: words.join(' '), size: draw(), label: `class ${i % classes}` };
  });
}

/** The branches of the sum whose mean over members is predicted. */
const branchesOf = (layers: readonly Layer[]) => (layers.at(-2) as ParallelLayer).branches;

describe('a table of texts and labels', () => {
  test('gets a network as good as the linear model, although there are many classes and few rows of each', async () => {
    const { report } = await train(await table(texts(10, 400).map(({ size: _, ...row }) => row)), {
      target: 'label',
      epochs: 30,
      warnings: false,
    });
    expect(report.hidden).toEqual([64]);
    const accuracy = (candidate: 'linear' | 'network') => report.scores[candidate].accuracy!.value;
    expect(accuracy('network')).toBeGreaterThan(0.8);
    expect(accuracy('network')).toBeGreaterThan(accuracy('linear') - 0.03);
  });

  test.each([
    [2, 32],
    [12, 48],
    [60, 128],
  ])('gets vectors of words as long as %i classes need: %i', async (classes, width) => {
    const data = await table(texts(classes, 6 * classes + 40));
    const { setting } = await settingOf('train', data, { target: 'label' }, {});
    const { layers } = recipeFor(setting, 'network', await fittedPipeline(setting, 'network', data));
    const [linear, network] = branchesOf(layers);
    const outputs = classes === 2 ? 1 : classes;
    expect(linear!.map(({ kind }) => kind)).toEqual(['input', 'dense', 'batchEnsemble']);
    expect((linear![1] as DenseLayer).outputs).toBe(outputs);
    const words = (network![0] as ParallelLayer).branches.find(
      ([first]) => (first as { name?: string }).name === 'words',
    )!;
    expect((words[1] as DenseLayer).outputs).toBe(width);
  });

  test.each([
    [1000, 0.8],
    [500_000, 0.5],
    [50_000_000, 0.2],
  ])('drops less of them for more rows: of %i rows %d', async (rows, share) => {
    const data = await table(texts(2, 60));
    const { setting } = await settingOf('train', data, { target: 'label' }, {});
    const pipeline = await fittedPipeline(setting, 'network', data);
    const { layers } = recipeFor({ ...setting, rows }, 'network', pipeline);
    expect(JSON.stringify(layers)).toContain(JSON.stringify(dropout(share)));
  });
});

describe('texts beside other columns', () => {
  const rows = (count: number) => {
    const draw = random(11);
    return range(count).map(() => {
      const [a, b] = [draw(), draw()];
      const title = range(4).map(() => `word${Math.floor(600 * draw() ** 2)}`);
      return { a, b, title: title.join(' '), y: Math.sin(6 * a) + 2 * b * b + draw() };
    });
  };

  test('are learnt slowly, so that titles without meaning do no great harm', async () => {
    const data = await table(rows(800));
    const { setting } = await settingOf('train', data, { target: 'y' }, {});
    const { steps } = setting.pipelines.network;
    expect(steps).toMatchObject({ title: { kind: 'text', length: 0.03 } });
    const errorWith = async (options: object) => {
      const { report } = await train(data, { target: 'y', validation: 0.2, warnings: false, seed: 1, ...options });
      return report.scores.network.rootMeanSquaredError!.value;
    };
    const { kind: _, ...options } = steps.title as { kind: 'text' };
    const long = pipeline({ ...steps, title: columns.text({ ...options, length: 1 }) });
    const without = await errorWith({ without: ['title'] });
    expect(await errorWith({})).toBeLessThan(1.05 * without);
    expect(await errorWith({ pipeline: long })).toBeGreaterThan(1.05 * without);
  });

  test('have the length 1 if they are alone', async () => {
    const { setting } = await settingOf('train', await table(rows(200)), { target: 'y', without: ['a', 'b'] }, {});
    expect(setting.pipelines.network.steps).toMatchObject({ title: { kind: 'text', kept: 2 ** 15 } });
    expect(setting.pipelines.network.steps.title).not.toHaveProperty('length');
  });
});
