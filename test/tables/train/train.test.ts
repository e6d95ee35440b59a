import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import type { Table } from '../../../lib/tables/table';
import { loadTableModel } from '../../../lib/tables/table_model';
import { meanOf } from '../../../lib/tables/train/estimates';
import { foldsOf, heldOutParts, partsOf } from '../../../lib/tables/train/folds';
import { lossesOf, scoresOf } from '../../../lib/tables/train/scores';
import { train } from '../../../lib/tables/train/train';
import { expectBetween, timed } from '../../support/durations';
import { normal, random, range } from '../../support/numbers';
import { people } from '../../support/people';

/** Rows with a target that is a function of x, z and a word, with some noise. */
async function drawn(count: number, of: (x: number, z: number, word: number) => number): Promise<Table> {
  const [draw, noise] = [random(1), normal(2)];
  return table(
    range(count).map((i) => {
      const [x, z, word] = [4 * draw() - 2, 4 * draw() - 2, Math.floor(3 * draw())];
      return { id: i, x, z, word: ['red', 'green', 'blue'][word], y: of(x, z, word) + 0.1 * noise() };
    }),
  );
}

describe('train', () => {
  test('finds a linear relation, says that a network is not worth it, and records that in the file', async () => {
    const data = await drawn(600, (x, z, word) => 3 * x - 2 * z + word);
    const { model, report } = await train(data, { target: 'y', seed: 3 });
    expect(report.task).toBe('regression');
    expect(report.kinds).toEqual({ id: 'identifier', x: 'number', z: 'number', word: 'category', y: 'number' });
    expect(report.leftOut).toEqual(['id']);
    expect(report.leftOutBecause).toEqual({ id: 'identifier: nearly every value differs' });
    expect(report.chosen).toBe('linear');
    expect(report.worth).toBe(false);
    const error = report.scores.linear.rootMeanSquaredError!;
    expect(error.value).toBeGreaterThan(0.09); // the noise is 0.1
    expect(error.value).toBeLessThan(0.12);
    expect(error.low).toBeLessThan(0.1);
    expect(report.scores.constant.r2!.value).toBeCloseTo(0, 1);
    expect(model.predict({ x: 1, z: 1, word: 'blue' })).toBeCloseTo(3, 0);
    const again = await loadTableModel(model.toBytes());
    expect(again.about.report).toEqual(JSON.parse(JSON.stringify(report)));
    expect(again.predict(data)).toEqual(model.predict(data));
  });

  test('finds a nonlinear relation', async () => {
    const data = await drawn(1500, (x, z) => Math.sign(x * z));
    const { model, report } = await train(data, { target: 'y' });
    expect(report.chosen).toBe('network');
    expect(report.worth).toBe(true);
    expect(report.scores.linear.r2!.value).toBeLessThan(0.1);
    expect(report.scores.network.r2!.value).toBeGreaterThan(0.85);
    expect(model.predict({ x: 1, z: -1, word: null })).toBeLessThan(-0.5);
  });

  test('holds out a part of the rows on request', async () => {
    const data = await drawn(400, (x) => x);
    const { report } = await train(data, { target: 'y', validation: 0.25, hidden: [], epochs: 20 });
    expect(report.heldOut).toBe('held out');
    expect(report.chosen).toBe('linear');
    expect(report.history.length).toBeGreaterThan(0);
    expect(report.history.length).toBeLessThanOrEqual(20);
  });

  test('reports its duration in seconds', async () => {
    const data = await drawn(60, (x) => x);
    const moments: number[] = [];
    const onProgress = () => void moments.push(performance.now());
    const { value, seconds } = await timed(() => train(data, { target: 'y', hidden: [], epochs: 3, onProgress }));
    expectBetween(value.report.seconds, (moments.at(-1)! - moments[0]!) / 1000, seconds);
  });

  test('predicts classes, and the model knows their names', async () => {
    const rows = Array.from(await drawn(300, (x) => x), ({ y, ...row }) => ({
      ...row,
      size: (y as number) > 0.7 ? 'large' : (y as number) < -0.7 ? 'small' : 'middle',
    }));
    const { model, report } = await train(await table([...rows, { ...rows[0], size: null }]), { target: 'size' });
    expect(report.task).toBe('classification');
    expect(report.withoutTarget).toBe(1);
    expect(report.scores.network.accuracy!.value).toBeGreaterThan(0.85);
    expect(model.predict({ x: 2, z: 0, word: 'red' })).toBe('large');
    expect(Object.keys(model.predictProbabilities({ x: 2 }))).toEqual(['large', 'middle', 'small']);
  });

  test('knows a class with a single row, whichever part that row is in', async () => {
    const rows = range(60).map((i) => ({ x: i % 9, size: i === 17 ? 'huge' : i % 9 > 4 ? 'large' : 'small' }));
    const { model } = await train(await table(rows), { target: 'size', epochs: 3 });
    expect(Object.keys(model.predictProbabilities({ x: 1 }))).toEqual(['huge', 'large', 'small']);
  });

  test('has the same bits with the same seed, and different bits with another', async () => {
    const data = await drawn(200, (x, z) => x * z);
    const bytes = await Promise.all(
      [1, 1, 2].map(async (seed) => (await train(data, { target: 'y', seed, epochs: 5 })).model.network.parameters),
    );
    expect(bytes[1]).toEqual(bytes[0]);
    expect(bytes[2]).not.toEqual(bytes[0]);
  });

  test('reports its progress, and ends by a signal', async () => {
    const data = await drawn(200, (x, z) => x * z);
    const shares: number[] = [];
    const ending = new AbortController();
    const run = train(data, {
      target: 'y',
      signal: ending.signal,
      onProgress: (_, share) => {
        shares.push(share);
        if (share > 0.3) ending.abort(new Error('enough'));
      },
    });
    await expect(run).rejects.toThrow('enough');
    expect(shares.filter((share, i) => i > 0 && share < shares[i - 1]!)).toEqual([]);
  });

  test.each([
    [{ target: 'nix' }, 'rows has no column "nix"'],
    [{ target: 'word', task: 'regression' as const }, 'it has words, but regression needs numbers'],
    [{ target: 'y', hidden: [0] }, 'hidden[0]'],
    [{ target: 'y', epoch: 3 }, 'It is called "epochs" here'],
    [{ target: 'y', pipeline: pipeline({ nix: columns.number() }) }, 'rows has no column "nix"'],
    [{ target: 'y', validation: 1 }, 'validation'],
  ])('refuses %j', async (options, message) => {
    await expect(train(await drawn(50, (x) => x), options)).rejects.toThrow(message);
  });

  test('accepts columns of any name', async () => {
    const rows = range(60).map((i) => ({ ['__proto__']: i % 9, constructor: `w${i % 3}`, toString: i % 7, y: i % 11 }));
    const { model } = await train(await table(rows), { target: 'y', task: 'regression', epochs: 2 });
    expect(new Set(model.columns)).toEqual(new Set(['__proto__', 'constructor', 'toString']));
    const [first] = rows;
    const named = (await loadTableModel(model.toBytes())).predict(first!);
    expect(named).toBe(model.predict(first!));
  });

  test('the linear baseline of a network is linear, whatever bins the pipeline has', async () => {
    const rows = range(400).map((i) => ({ x: (i % 40) - 20, y: Math.abs((i % 40) - 20) + 0.01 * (i % 7) }));
    const binned = pipeline({ x: columns.number({ bins: 8 }) });
    const common = { target: 'y', task: 'regression', pipeline: binned, epochs: 60, validation: 0.2 } as const;
    const beside = await train(await table(rows), { ...common, hidden: [16] });
    expect(beside.report.scores.linear.r2!.value).toBeLessThan(0.2);
    const asked = await train(await table(rows), { ...common, hidden: [] });
    expect(asked.report.scores.linear.r2!.value).toBeGreaterThan(0.5);
  });

  test('refuses a table without a column to learn from', async () => {
    const rows = range(60).map((i) => ({ id: `r${i}`, same: 'a', y: i % 5 }));
    await expect(train(await table(rows), { target: 'y' })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: 'rows: no column but "y" has anything to learn from',
    });
  });

  test('refuses a target with one value, or with too few rows', async () => {
    const rows = range(20).map((i) => ({ x: i % 7, same: 'a', rare: i < 3 ? i : null }));
    await expect(train(await table(rows), { target: 'same' })).rejects.toThrow('all rows have the same value, "a"');
    await expect(train(await table(rows), { target: 'rare' })).rejects.toThrow('3 rows with a value of "rare"');
  });
});

describe('divisions of rows', () => {
  const classes = range(1000).map((i) => (i % 10 === 0 ? 1 : 0));

  test.each([undefined, classes])('folds contain each row once, and classes in proportion (%#)', (strata) => {
    const folds = foldsOf(1000, 7, 1, strata);
    expect(folds.flatMap((fold) => [...fold]).sort((a, b) => a - b)).toEqual(range(1000));
    for (const fold of folds) {
      expect(Math.abs(fold.length - 1000 / 7)).toBeLessThan(1);
      const share = [...fold].filter((row) => classes[row] === 1).length / fold.length;
      if (strata) expect(Math.abs(share - 0.1)).toBeLessThan(0.008);
    }
    expect(foldsOf(1000, 7, 2, strata)).not.toEqual(folds);
  });

  test('parts of a division do not overlap', () => {
    const ofHalves = partsOf(foldsOf(100, 2, 1), 1);
    const ofFifths = [...partsOf(foldsOf(100, 5, 1), 1), heldOutParts(100, 0.2, 1, classes)];
    for (const { training, stopping, heldOut } of [...ofHalves, ...ofFifths])
      expect([...training, ...stopping, ...heldOut].sort((a, b) => a - b)).toEqual(range(100));
    for (const { stopping, heldOut } of ofFifths) {
      expect(heldOut).toHaveLength(20);
      expect(stopping.length).toBeGreaterThan(5);
    }
    for (const { stopping, heldOut } of ofHalves) expect([heldOut.length, stopping.length]).toEqual([50, 5]);
  });
});

describe('scores', () => {
  const target = { column: 'y', task: 'regression', mean: 0, deviation: 1 } as const;

  test('of numbers follow their definitions, and intervals cover the truth nineteen times in twenty', () => {
    const predictions = Float64Array.of(1, 2, 3);
    const scores = scoresOf(target, { predictions, truths: Float64Array.of(2, 2, 5) });
    expect(scores.rootMeanSquaredError!.value).toBeCloseTo(Math.sqrt(5 / 3), 12);
    expect(scores.meanAbsoluteError!.value).toBeCloseTo(1, 12);
    expect(scores.r2!.value).toBeCloseTo(1 - 5 / 6, 12);
    const draw = normal(3);
    const covered = range(2000).filter(() => {
      const { low, high } = meanOf(Float64Array.from({ length: 100 }, () => 5 + draw()));
      return low < 5 && high > 5;
    });
    expect(Math.abs(covered.length / 2000 - 0.945)).toBeLessThan(0.02);
  });

  test('of classes follow their definitions', () => {
    const classes = { column: 'y', task: 'classification', classes: ['a', 'b'] } as const;
    const predictions = Float64Array.of(0.9, 0.1, 0.4, 0.6, 0.7, 0.3, 0.2, 0.8);
    const predicted = { predictions, truths: Float64Array.of(0, 1, 1, 1) };
    const { accuracy, logLoss, auc } = scoresOf(classes, predicted);
    expect(accuracy!.value).toBe(0.75);
    const losses = [0.9, 0.6, 0.3, 0.8].map((p) => -Math.log(p));
    expect([...lossesOf(classes, predicted)]).toEqual(losses);
    expect(logLoss!.value).toBeCloseTo(losses.reduce((sum, x) => sum + x) / 4, 12);
    expect(auc!.value).toBe(1);
    expect(accuracy!.high).toBeLessThanOrEqual(1);
  });
});

describe('the kind of the target', () => {
  const rows = people(120, 2).map((row) => ({ ...row, income: Math.round(row.income / 2000) }));

  test.each([
    ['price', 'number', 'regression'],
    ['income', 'category', 'classification'],
    ['income', 'number', 'regression'],
    ['plan', 'category', 'classification'],
  ] as const)('makes %s as %s a %s', async (target, kind, task) => {
    const data = await table(rows, { kinds: { [target]: kind } });
    const { report } = await train(data, { target, epochs: 1, hidden: [], validation: 0.3 });
    expect(report.task).toBe(task);
  });

  test.each(['text', 'identifier', 'constant'] as const)('cannot be %s', async (kind) => {
    const data = await table(rows, { kinds: { plan: kind } });
    await expect(train(data, { target: 'plan' })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining(`the target "plan" can't be of the kind ${kind}`),
    });
  });

  test('must not contradict the task', async () => {
    const data = await table(rows, { kinds: { plan: 'category' } });
    await expect(train(data, { target: 'plan', task: 'regression' })).rejects.toThrow('leave one of them out');
  });
});
