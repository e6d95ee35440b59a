import { methodText } from '../../../lib/cli/tables/method_text';
import type { Layer } from '../../../lib/layers/layer';
import { table } from '../../../lib/tables/open';
import { settingOf } from '../../../lib/tables/train/options';
import { fittedPipeline, recipeFor } from '../../../lib/tables/train/setting';
import { train } from '../../../lib/tables/train/train';
import { random, range } from '../../support/numbers';

const names = range(9).map((c) => `k${c}`);
const draw = random(5);
/** Classes by a and b, of which the first are more frequent. */
const rows = range(240).map(() => {
  const [a, b] = [draw() ** 2, draw()];
  return { a, b, y: names[3 * Math.floor(3 * a) + Math.floor(3 * b)]!, number: a + b, sign: a > b };
});
const counts = names.map((name) => rows.filter(({ y }) => y === name).length);

const layersOf = async (options: object): Promise<readonly Layer[]> => {
  const data = await table(rows);
  const { setting } = await settingOf('train', data, { target: 'y', without: ['number', 'sign'], ...options }, {});
  return recipeFor(setting, 'network', await fittedPipeline(setting, 'network', data)).layers;
};

describe('the option softmax of train', () => {
  test('ends a single network with a layer that knows how often classes occur', async () => {
    const hidden = [5, 4];
    expect(await layersOf({ softmax: 'sampled', hidden })).toMatchObject([
      { kind: 'dense', outputs: 5, activation: 'silu' },
      { kind: 'dense', outputs: 4, activation: 'silu' },
      { kind: 'sampledSoftmax', classes: 9, count: 8, frequencies: counts },
    ]);
    expect((await layersOf({ softmax: 'hierarchical', hidden, activation: 'relu' })).slice(-2)).toMatchObject([
      { kind: 'dense', outputs: 4, activation: 'relu' },
      { kind: 'hierarchicalSoftmax', classes: 9, frequencies: counts },
    ]);
    for (const options of [{ softmax: 'full', hidden }, { hidden }])
      expect((await layersOf(options)).at(-1)!.kind).toBe('memberMean');
  });

  test.each(['sampled', 'hierarchical'] as const)(
    'trains and predicts by probabilities, which it reports: %s',
    async (softmax) => {
      const { model, report } = await train(await table(rows), {
        target: 'y',
        softmax,
        without: ['number', 'sign'],
        hidden: [16],
        epochs: 60,
        validation: 0.3,
        warnings: false,
      });
      const { network } = report.scores as unknown as Record<string, { logLoss: { value: number } }>;
      expect(network).toBeDefined();
      expect(report.chosen === 'network' ? report.softmax : softmax).toBe(softmax);
      const predicted = model.predict([rows[0]!, rows[1]!]);
      expect(predicted).toHaveLength(2);
    },
  );

  test('is named where the method is', () => {
    const method = { rule: 'adamw', epochs: 9, learningRate: 0.003, batchSize: 128 };
    expect(methodText({ ...method, softmax: 'sampled' })).toContain('9 epochs of adamw with a sampled softmax in');
    expect(methodText(method)).toContain('9 epochs of adamw in');
  });

  test('is refused where it does not apply', async () => {
    const sampled = { softmax: 'sampled' };
    await expect(layersOf({ ...sampled, hidden: [] })).rejects.toThrow(
      'softmax applies to networks with hidden layers',
    );
    await expect(layersOf({ ...sampled, members: 4 })).rejects.toThrow(
      'is of a single network, but there are 4 members',
    );
    await expect(layersOf({ ...sampled, loss: 'focal' })).rejects.toThrow('not for "focal"');
    await expect(layersOf({ ...sampled, target: 'number', without: [] })).rejects.toThrow('"number" is a number');
    await expect(layersOf({ ...sampled, target: 'sign', without: [] })).rejects.toThrow('"sign" has 2');
    await expect(layersOf({ softmax: 'sample' })).rejects.toThrow('Did you mean "sampled"?');
    const several = { target: ['y', 'sign'], softmax: 'sampled' } as never;
    await expect(train(await table(rows), several)).rejects.toThrow('softmax is an option of one target');
    const calibrated = { target: 'y', softmax: 'hierarchical', calibration: true } as const;
    await expect(train(await table(rows), calibrated)).rejects.toThrow("can't be calibrated");
  });
});
