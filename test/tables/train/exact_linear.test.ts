import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { crossValidate } from '../../../lib/tables/train/cross_validate';
import { enoughRows } from '../../../lib/tables/train/fit_linear';
import { train } from '../../../lib/tables/train/train';
import { normal, random, range } from '../../support/numbers';

const quick = { epochs: 2, validation: 0.25 };

describe('the linear model of train', () => {
  test('is exact: a column that copies the target gives an error of the rounding of float32', async () => {
    const noise = normal(1);
    const rows = range(400).map((i) => ({ a: noise(), copy: 1000 * noise(), kind: ['x', 'y', 'z'][i % 3] }));
    const data = await table(rows.map((row) => ({ ...row, y: row.copy })));
    const { report, model } = await train(data, { target: 'y', ...quick });
    expect(report.scores.linear.rootMeanSquaredError!.value).toBeLessThan(1000 * 2e-7);
    expect(report).toMatchObject({ chosen: 'linear', rule: 'exact solution', epochs: 0, history: [] });
    expect(report.penalty).toBeLessThan(1e-6);
    expect(report.learningRate).toBeUndefined();
    expect(model.predict({ a: 0, copy: 250, kind: 'x' })).toBeCloseTo(250, 2);
  });

  test.each([
    ['least squares of few columns', 300_000, 2, 'y', 2 ** 18],
    ['least squares of many columns', 300_000, 538, 'y', 270_000],
    ['fewer rows', 100_000, 2, 'y', 100_000],
    ['classes, of which some may be rare', 300_000, 2, 'isLarge', 300_000],
  ] as const)(
    'reads at most 500 rows per column, and no fewer than 262,144: %s',
    async (_, rows, kinds, target, read) => {
      const draw = random(6);
      const data = await table(
        range(rows).map((i) => {
          const y = draw();
          return { city: `city ${i % kinds}`, y, isLarge: y > 0.99 };
        }),
      );
      const fitted = await pipeline({ city: columns.category() }).fit(data, { target });
      const enough = enoughRows(data, fitted);
      expect(enough.rows).toBe(read);
      expect(new Set(enough.rowNumbers).size).toBe(read);
    },
  );

  test('reads numbers, categories with many words, and text', async () => {
    const draw = random(2);
    const words = range(40).map((i) => `word${i}`);
    const drawn = range(1500).map(() => {
      const [x, word, flag] = [draw(), Math.floor(40 * draw()), Math.floor(4 * draw())];
      const text = `about ${words[word]} and ${['red', 'green', 'blue', 'grey'][flag]} things of ${Math.floor(1e6 * draw())}`;
      return { x, city: `city ${word}`, text, y: 3 * x + Math.sin(word) + flag };
    });
    const { report } = await train(await table(drawn), { target: 'y', ...quick });
    expect(report.kinds).toMatchObject({ x: 'number', city: 'category', text: 'text' });
    expect(report.scores.linear.r2!.value).toBeGreaterThan(0.97);
  });

  test.each(['x', 'city'] as const)('has its intercept with the column %s alone', async (column) => {
    const draw = random(3);
    const rows = range(600).map(() => {
      const [x, place] = [draw(), Math.floor(20 * draw())];
      return { ...(column === 'x' ? { x } : { city: `city ${place}` }), y: 100 + (column === 'x' ? x : place / 20) };
    });
    const { report } = await train(await table(rows), { target: 'y', ...quick, hidden: [4] });
    expect(report.scores.linear.r2!.value).toBeGreaterThan(0.999);
  });

  test('finds classes by the exact likelihood: separable ones, rare ones, and more than two', async () => {
    const [noise, draw] = [normal(4), random(4)];
    const three = range(900).map(() => {
      const [x, z] = [noise(), noise()];
      const kind = ['a', 'b', 'c'][[2 * x, z - x, -z].indexOf(Math.max(2 * x, z - x, -z))];
      return { x, z, kind, rare: draw() < 0.02 / (1 + Math.exp(-3 * x)), parted: x > 0.1 };
    });
    const accuracy = async (target: 'kind' | 'parted' | 'rare') =>
      (
        await train(await table(three.map((row) => ({ x: row.x, z: row.z, [target]: row[target] }))), {
          target,
          ...quick,
        })
      ).report.scores.linear.accuracy!.value;
    expect(await accuracy('kind')).toBeGreaterThan(0.97);
    expect(await accuracy('parted')).toBeGreaterThan(0.98);
    expect(await accuracy('rare')).toBeGreaterThan(0.97);
  });

  test('with hidden: [] is the model, the same bits each time, and its options of minibatches apply', async () => {
    const [noise] = [normal(5)];
    const data = await table(
      range(300)
        .map(() => ({ x: noise(), z: noise() }))
        .map((row) => ({ ...row, y: row.x - row.z + 0.1 * noise() })),
    );
    const runs = await Promise.all(range(2).map(() => train(data, { target: 'y', hidden: [] })));
    expect(runs[0]!.report.rule).toBe('exact solution');
    expect(runs[1]!.model.network.parameters).toEqual(runs[0]!.model.network.parameters);
    for (const options of [
      { rule: 'adam' },
      { learningRate: 0.01 },
      { weightDecay: 0.1 },
      { batchSize: 8 },
      { epochs: 3 },
    ]) {
      const { report } = await train(data, { target: 'y', hidden: [], epochs: 3, ...options });
      expect(report).toMatchObject({
        rule: options.rule ?? 'adamw',
        epochs: expect.any(Number),
        batchSize: expect.any(Number),
      });
      expect(report.penalty).toBeUndefined();
    }
    const { mean, folds } = await crossValidate(data, { target: 'y', hidden: [] });
    expect(folds.map(({ epochs }) => epochs)).toEqual([0, 0, 0, 0, 0]);
    expect(mean.rootMeanSquaredError!.value).toBeLessThan(0.12);
  });

  test('ends by a signal, and stops within maxSeconds', async () => {
    const noise = normal(6);
    const data = await table(range(2000).map(() => ({ x: noise(), y: noise() > 0 })));
    const options = { target: 'y', hidden: [], validation: 0.2 };
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(train(data, { ...options, signal })).rejects.toThrow('enough');
    const { report } = await train(data, { ...options, maxSeconds: 1e-9 });
    expect(report.penalty).toBe(100); // the first that is tried
  });
});
