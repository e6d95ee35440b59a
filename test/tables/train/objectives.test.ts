import '../../../lib/definitions';
import { dense } from '../../../lib/layers/dense';
import { sgd } from '../../../lib/optimizers/sgd';
import { evaluate } from '../../../lib/tables/evaluate';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import type { Table } from '../../../lib/tables/table';
import { loadTableModel } from '../../../lib/tables/table_model';
import type { ClassTarget } from '../../../lib/tables/target';
import { prepare } from '../../../lib/tables/train/assess';
import { settingOf } from '../../../lib/tables/train/options';
import { scoresOf } from '../../../lib/tables/train/scores';
import { type TrainOptions, train } from '../../../lib/tables/train/train';
import { network } from '../../../lib/training/network';
import { normal, random, range } from '../../support/numbers';

const quick = { hidden: [], epochs: 30, validation: 0.2 };

describe('weights of rows', () => {
  /** Parameters after steps of gradient descent over all rows at once. */
  async function fitted(rows: Table, weight?: string): Promise<Float64Array> {
    const { target, ...steps } = { target: 'y', x: columns.number({ scale: 'none', flag: false }) };
    const prepared = await pipeline(steps).fit(rows, { target, task: 'regression', weight });
    const model = network({ inputs: prepared.inputs, layers: [dense(1, { initializer: 'zeros' })], type: 'float64' });
    using data = prepared.dataset(rows);
    await model.fit(data, {
      loss: prepared.loss,
      optimizer: sgd({ learningRate: 0.1 }),
      batchSize: rows.rows,
      epochs: 40,
    });
    const { mean, deviation } = prepared.target as { mean: number; deviation: number };
    return Float64Array.of(...model.parameters, mean, deviation);
  }

  test('2 is as good as the row twice', async () => {
    const noise = normal(3);
    const rows = range(40).map((i) => ({ x: noise(), y: 2 * noise() + (i % 3), w: i % 4 }));
    const weighted = await fitted(await table(rows), 'w');
    const repeated = await fitted(await table(rows.flatMap((row) => range(row.w).map(() => row))));
    const equal = await fitted(await table(rows));
    for (const [i, expected] of repeated.entries()) {
      expect(weighted[i]).toBeCloseTo(expected, 12);
      expect(Math.abs(equal[i]! - expected)).toBeGreaterThan(1e-4);
    }
  });

  /** Rows of y = x and of y = −x, of which the latter weigh little. */
  const twoLines = (few: number) => {
    const noise = normal(5);
    return table(
      range(300).map((i) => {
        const x = noise();
        return { x, y: i % 2 ? x : -x + 1, w: i % 2 ? 1 : few };
      }),
    );
  };

  test('decide what is learnt, how good it is said to be, and what a constant predicts', async () => {
    const data = await twoLines(0.001);
    const { model, report } = await train(data, { target: 'y', weight: 'w', ...quick });
    expect(model.columns).toEqual(['x']);
    expect(report.weight).toBe('w');
    expect(report.leftOut).toEqual(['w']);
    expect(model.predict({ x: 2 })).toBeCloseTo(2, 0);
    expect(report.scores.linear.r2!.value).toBeGreaterThan(0.9);
    expect(report.scores.constant.rootMeanSquaredError!.value).toBeCloseTo(1, 0);
    const plain = await train(data, { target: 'y', ...quick });
    expect(plain.report.scores.linear.r2!.value).toBeLessThan(0.5);
  });

  test('count in the rows that decide when training ends', async () => {
    const { setting } = await settingOf('train', await twoLines(0.25), { target: 'y', weight: 'w' }, {});
    const parts = { training: Uint32Array.of(0, 1, 2), stopping: Uint32Array.of(3, 4, 5) };
    using prepared = await prepare(setting, 'linear', parts);
    const { model } = await train(setting.table, { target: 'y', weight: 'w', ...quick });
    const losses = [3, 4, 5].map(
      (row) => model.network.evaluate(prepared.stopping.select([row - 3]), { loss: 'squared' }).loss,
    );
    const expected = (losses[0]! + 0.25 * losses[1]! + losses[2]!) / 2.25;
    expect(model.network.evaluate(prepared.stopping, { loss: 'squared' }).loss).toBeCloseTo(expected, 5);
  });

  test('count in evaluate if the table has the column, and the file knows its name', async () => {
    const data = await twoLines(0.001);
    const { model } = await train(data, { target: 'y', weight: 'w', ...quick });
    const again = await loadTableModel(model.toBytes());
    const { scores } = await evaluate(again, data);
    expect(scores.r2!.value).toBeGreaterThan(0.9);
    expect((await evaluate(again, data.without(['w']))).scores.r2!.value).toBeLessThan(0.5);
    const predicted = {
      predictions: Float64Array.from(model.predict(data) as number[]),
      truths: data.values('y') as Float64Array,
      weights: data.values('w') as Float64Array,
    };
    for (const [name, { high }] of Object.entries(scoresOf(model.target, predicted)))
      expect(scores[name]!.high).toBeCloseTo(high, 12);
  });

  test('of 0 leave a row out', async () => {
    const noise = normal(6);
    const rows = range(60).map((i) => ({ x: noise(), y: i % 3 ? noise() : 1e6, w: i % 3 ? 2 : 0 }));
    const { model, report } = await train(await table(rows), { target: 'y', weight: 'w', ...quick });
    expect(report.rows).toBe(40);
    expect(Math.abs(model.predict({ x: 0 }) as number)).toBeLessThan(2);
    const { rows: evaluated, scores } = await evaluate(model, rows);
    expect(evaluated).toBe(40);
    expect(scores.rootMeanSquaredError!.value).toBeLessThan(2);
  });

  const rows = range(40).map((i) => ({ x: i % 7, y: (i % 7) + (i % 2), w: 1 as number | string | null }));
  const withWeight = (w: number | string | null) => rows.map((row, i) => (i === 4 ? { ...row, w } : row));
  test.each<[string, object[], Partial<TrainOptions>, string]>([
    ['a missing one', withWeight(null), {}, 'row 5, column "w": the weight is missing'],
    ['a negative one', withWeight(-1), {}, 'row 5, column "w": the weight is -1'],
    ['a word', withWeight('much'), {}, 'row 5, column "w": Expected a number but received "much"'],
    ['the target', rows, { weight: 'y' }, 'weight: "y" is the target'],
    ['an unknown column', rows, { weight: 'v' }, '"v"'],
    [
      'no row with a weight above 0',
      rows.map((row) => ({ ...row, w: 0 })),
      {},
      'has 0 rows with a value of "y" and a weight above 0',
    ],
  ])('refuse %s', async (_, given, options, message) => {
    const data = await table(given as typeof rows);
    await expect(train(data, { target: 'y', weight: 'w', ...quick, ...options })).rejects.toThrow(message);
  });
});

describe('weights of classes', () => {
  /** People of whom about 4 % are ill, the more the larger x is. */
  function patients(count: number, seed: number) {
    const [draw, noise] = [random(seed), normal(seed + 1)];
    return range(count).map(() => {
      const x = noise();
      return { x, state: draw() < 1 / (1 + Math.exp(4 - 1.5 * x)) ? 'ill' : 'healthy' };
    });
  }
  const training = table(patients(1200, 1));
  const others = patients(4000, 2);
  const options = { target: 'state', hidden: [], epochs: 60, validation: 0.2, seed: 1 };
  const recall = (predictions: readonly unknown[]) => {
    const ill = others.flatMap(({ state }, i) => (state === 'ill' ? [i] : []));
    return ill.filter((i) => predictions[i] === 'ill').length / ill.length;
  };

  test('raise the recall of a rare class, and probabilities stay those of the rows', async () => {
    const plain = (await train(await training, options)).model;
    const { model, report } = await train(await training, { ...options, classWeights: 'balanced' });
    expect(recall(plain.predict(others))).toBeLessThan(0.2);
    expect(recall(model.predict(others))).toBeGreaterThan(0.6);
    const { ill, healthy } = report.classWeights!;
    expect(ill! / healthy!).toBeGreaterThan(10);
    const mean = (of: typeof model) =>
      of.predictProbabilities(others).reduce((sum, { ill: p }) => sum + p! / others.length, 0);
    const share = others.filter(({ state }) => state === 'ill').length / others.length;
    expect(Math.abs(mean(model) - share)).toBeLessThan(0.02);
    expect(Math.abs(mean(plain) - share)).toBeLessThan(0.02);
    const again = await loadTableModel(model.toBytes());
    expect(again.predict(others)).toEqual(model.predict(others));
    expect(again.predictProbabilities(others)).toEqual(model.predictProbabilities(others));
  });

  test('predict as costs of the same size do, and as the report and evaluate count', async () => {
    const { model, heldOut } = await train(await training, { ...options, classWeights: { ill: 8 } });
    const predictions = model.predict(others);
    expect(predictions).toEqual(model.predict(others, { costs: { ill: { healthy: 8 } } }));
    expect(predictions).not.toEqual(model.predict(others, { threshold: 0.5 }));
    const { scores, confusion } = await evaluate(model, others);
    const right = predictions.filter((one, i) => one === others[i]!.state).length;
    expect(scores.accuracy!.value).toBeCloseTo(right / others.length, 12);
    expect(confusion!.counts[0]![0]! + confusion!.counts[1]![1]!).toBe(right);
    expect((heldOut.target as ClassTarget).weights).toEqual([1, 8]);
  });

  test('of several classes', async () => {
    const draw = random(9);
    const rows = range(900).map(() => {
      const x = draw();
      return { x, y: draw() < 0.05 ? 'c' : draw() < x ? 'a' : 'b' };
    });
    const { model } = await train(await table(rows), { target: 'y', ...quick, classWeights: { c: 60 } });
    expect(model.predict(rows).filter((one) => one === 'c').length).toBeGreaterThan(700);
    const shares = model.predictProbabilities(rows).map(({ c }) => c!);
    expect(shares.reduce((sum, p) => sum + p / rows.length, 0)).toBeCloseTo(0.05, 1);
  });

  test.each<[object, string]>([
    [{ classWeights: { sick: 2 } }, 'classWeights: there is no class "sick"; the classes are healthy, ill'],
    [{ classWeights: { ill: 0 } }, 'classWeights.ill'],
    [{ classWeights: 'equal' }, '"balanced" or an object of weights by class'],
    [{ target: 'x', classWeights: 'balanced' }, 'classWeights: the target "x" is a number'],
  ])('%p is refused', async (given, message) => {
    await expect(train(await training, { ...options, ...given } as TrainOptions)).rejects.toThrow(message);
  });
});
