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
    [{ classWeights: { ill: 1e300 } }, 'classWeights: one weight is more than 1,000,000 times another'],
    [{ classWeights: 'equal' }, '"balanced" or an object of weights by class'],
    [{ target: 'x', classWeights: 'balanced' }, 'classWeights is for classes, but the target "x" is a number'],
  ])('%p is refused', async (given, message) => {
    await expect(train(await training, { ...options, ...given } as TrainOptions)).rejects.toThrow(message);
  });
});

/** Rows of x in [0, 1), whose targets are drawn by `of`. */
const drawn = (count: number, seed: number, of: (x: number, draw: () => number) => unknown) => {
  const draw = random(seed);
  return range(count).map(() => {
    const x = draw();
    return { x, y: of(x, draw) };
  });
};

/** A number of events at a rate, by Knuth's method. */
function counted(rate: number, draw: () => number): number {
  let [count, product] = [0, draw()];
  for (; product > Math.exp(-rate); ++count) product *= draw();
  return count;
}

describe('losses of numbers', () => {
  const rate = (x: number) => Math.exp(2 * x - 1);

  test('poisson predicts rates near the true ones and near those of Newton’s method, and never a negative one', async () => {
    const rows = drawn(1500, 3, (x, draw) => counted(rate(x), draw));
    const { model, report } = await train(await table(rows), { target: 'y', loss: 'poisson', hidden: [], seed: 1 });
    expect(report.task).toBe('regression'); // although there are few different whole numbers
    expect(report.loss).toBe('poisson');
    const { low, high } = model.predict({ x: 0 }, { interval: 0.9 });
    expect([low, high > 0]).toEqual([0, true]);
    expect(model.predictFrom([{ x: 0 }], 1, { interval: 0.9 }).low![0]).toBe(0);
    let [a, b] = [0, 0]; // log rate = a + bx
    for (let step = 0; step < 20; ++step) {
      const [g, h, i, j] = [[0, 0], 0, 0, 0] as [number[], number, number, number];
      const sums = rows.reduce(
        ([ga, gb, haa, hab, hbb], { x, y }) => {
          const mean = Math.exp(a + b * x);
          const error = (y as number) - mean;
          return [ga + error, gb + error * x, haa + mean, hab + mean * x, hbb + mean * x * x];
        },
        [g[0]!, g[1]!, h, i, j],
      ) as [number, number, number, number, number];
      const [ga, gb, haa, hab, hbb] = sums;
      const determinant = haa * hbb - hab * hab;
      a += (hbb * ga - hab * gb) / determinant;
      b += (haa * gb - hab * ga) / determinant;
    }
    for (const x of [0, 0.25, 0.5, 0.75, 1]) {
      const predicted = model.predict({ x }) as number;
      expect(Math.abs(predicted / Math.exp(a + b * x) - 1)).toBeLessThan(0.04);
      expect(Math.abs(predicted / rate(x) - 1)).toBeLessThan(0.2);
    }
    expect(model.predict({ x: -50 })).toBeGreaterThanOrEqual(0);
    const { constant, linear } = report.scores;
    expect(linear.poissonDeviance!.value).toBeLessThan(constant.poissonDeviance!.value);
    expect((await loadTableModel(model.toBytes())).predict(rows)).toEqual(model.predict(rows));
  });

  test('poisson starts at the mean', async () => {
    const rows = await table(drawn(300, 4, (_, draw) => 1000 + counted(3, draw)));
    const { report } = await train(rows, { target: 'y', loss: 'poisson', hidden: [], epochs: 1, learningRate: 1e-9 });
    expect(report.scores.linear.rootMeanSquaredError!.value).toBeLessThan(3);
  });

  test('absolute predicts the median, huber is between it and the mean, and outliers far away change neither much', async () => {
    const rows = await table(drawn(600, 5, (x, draw) => x + (draw() < 0.15 ? 1000 : 0)));
    const predictionOf = async (loss: TrainOptions['loss']) => {
      const { model, report } = await train(rows, { target: 'y', loss, hidden: [], epochs: 200, validation: 0.2 });
      return { predicted: model.predict({ x: 0.5 }) as number, report };
    };
    const [squared, absolute, huber] = await Promise.all(
      [undefined, 'absolute' as const, 'huber' as const].map(predictionOf),
    );
    expect(squared!.predicted).toBeGreaterThan(100);
    expect(Math.abs(absolute!.predicted - 0.5)).toBeLessThan(0.2);
    expect(huber!.predicted).toBeGreaterThan(absolute!.predicted);
    expect(huber!.predicted).toBeLessThan(3);
    expect(absolute!.report.scores.constant.meanAbsoluteError!.value).toBeLessThan(
      squared!.report.scores.constant.meanAbsoluteError!.value,
    );
  });

  const counts = table(drawn(60, 6, (_, draw) => counted(2, draw) - 1));
  const words = table(drawn(60, 7, (_, draw) => (draw() < 0.5 ? 'a' : 'b')));
  test.each<[Promise<Table>, Partial<TrainOptions>, string]>([
    [counts, { loss: 'poisson' }, '-1 is negative, but the loss "poisson" is for counts'],
    [
      words,
      { loss: 'poisson', task: 'classification' },
      'loss: "poisson" is for numbers, but the target "y" is a class',
    ],
    [counts, { loss: 'focal', task: 'regression' }, 'loss: "focal" is for classes, but the target "y" is a number'],
    [words, { quantiles: [0.5], task: 'classification' }, 'quantiles is for numbers, but the target "y" is a class'],
    [words, { loss: 'huber' }, 'it has words, but regression needs numbers'],
    [counts, { loss: 'huber', quantiles: [0.5] }, 'train: loss and quantiles exclude each other'],
    [counts, { loss: 'cubed' as 'huber' }, 'unknown loss "cubed"'],
    [counts, { quantiles: [0.9, 0.1] }, "quantiles: 0.9, 0.1 don't ascend"],
    [counts, { quantiles: [0, 0.5] }, 'quantiles[0]'],
    [counts, { quantiles: [] }, 'quantiles is empty'],
  ])('%p with %p are refused', async (data, options, message) => {
    await expect(train(await data, { target: 'y', ...quick, ...options })).rejects.toThrow(message);
  });
});

describe('quantiles', () => {
  const levels = [0.1, 0.5, 0.9];
  /** Numbers around x whose deviation grows with x. */
  const spread = (count: number, seed: number) => {
    const [draw, noise] = [random(seed), normal(seed + 1)];
    return range(count).map(() => {
      const x = draw();
      return { x, y: x + (0.1 + x) * noise() };
    });
  };

  test('cover the shares of their levels, are those of the noise, and never cross in 100,000 predictions', async () => {
    const { model, report } = await train(await table(spread(2000, 1)), {
      target: 'y',
      quantiles: levels,
      validation: 0.2,
      hidden: [16],
      seed: 1,
    });
    expect(report.quantiles).toEqual(levels);
    const others = spread(20_000, 3);
    const { scores } = await evaluate(model, others);
    for (const level of levels) expect(Math.abs(scores[`shareBelow ${level}`]!.value - level)).toBeLessThan(0.035);
    expect(scores.pinballLoss!.value).toBeLessThan(report.scores.constant.pinballLoss!.value);
    for (const x of [0.2, 0.8]) {
      const predicted = model.predict({ x }) as Record<string, number>;
      expect(Object.keys(predicted)).toEqual(['0.1', '0.5', '0.9']);
      for (const [i, z] of [-1.2816, 0, 1.2816].entries())
        expect(Math.abs(predicted[levels[i]!]! - (x + (0.1 + x) * z))).toBeLessThan(0.25);
    }
    const far = range(100_000).map((i) => ({ x: (i - 50_000) / 1000 }));
    const all = model.predict(far) as Record<string, number>[];
    const crossing = all.filter((one) => one['0.1']! > one['0.5']! || one['0.5']! > one['0.9']!);
    expect(crossing).toEqual([]);
    const again = await loadTableModel(model.toBytes());
    expect(again.predict(others.slice(0, 50))).toEqual(model.predict(others.slice(0, 50)));
  });

  test('of outputs that cross are sorted', async () => {
    const data = await table(spread(60, 5));
    const { model } = await train(data, { target: 'y', quantiles: levels, ...quick, epochs: 1 });
    const { parameters } = model.network;
    parameters.fill(0);
    parameters.set([3, 2, 1], parameters.length - 3); // the biases
    const { mean, deviation } = model.target as { mean: number; deviation: number };
    expect(Object.values(model.predict({ x: 1 }) as object)).toEqual([1, 2, 3].map((z) => z * deviation + mean));
  });

  test('are those of the training rows for a constant, and weights count in them', async () => {
    const rows = await table(range(400).map((i) => ({ x: i % 7, y: i % 100, w: i % 100 < 50 ? 9 : 1 })));
    const constants = async (weight?: string) => {
      const { heldOut: _, report } = await train(rows, { target: 'y', quantiles: [0.25], weight, ...quick, epochs: 2 });
      return report.scores.constant['shareBelow 0.25']!.value;
    };
    expect(await constants()).toBeCloseTo(0.25, 1);
    expect(Math.abs((await constants('w')) - 0.25)).toBeLessThan(0.1);
  });
});

describe('focal loss', () => {
  test.each([2, 3])('of %i classes gives probabilities that come true', async (count) => {
    const chance = (x: number) => 0.05 + 0.6 * x;
    const rows = drawn(3000, 11, (x, draw) => (draw() < chance(x) ? 'a' : count === 2 || draw() < 0.5 ? 'b' : 'c'));
    const { model } = await train(await table(rows), {
      target: 'y',
      loss: 'focal',
      hidden: [16],
      validation: 0.2,
      seed: 1,
    });
    const errors = [0.1, 0.3, 0.5, 0.7, 0.9].map((x) => Math.abs(model.predictProbabilities({ x }).a! - chance(x)));
    expect(errors.reduce((sum, error) => sum + error / 5, 0)).toBeLessThan(0.04);
  });
});
