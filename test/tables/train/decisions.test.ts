import '../../../lib/definitions';
import { Random } from '../../../lib/numbers/random';
import { costMatrix } from '../../../lib/tables/decision';
import { evaluate } from '../../../lib/tables/evaluate';
import { table } from '../../../lib/tables/open';
import { loadTableModel } from '../../../lib/tables/table_model';
import type { ClassTarget } from '../../../lib/tables/target';
import { decideOn } from '../../../lib/tables/train/decisions';
import type { Predicted } from '../../../lib/tables/train/scores';
import {
  balancedCriterion,
  bestThreshold,
  type Criterion,
  costCriterion,
  countedAbove,
  f1Criterion,
} from '../../../lib/tables/train/thresholds';
import { type Trained, train } from '../../../lib/tables/train/train';
import { range } from '../../support/numbers';

const two: ClassTarget = { column: 'y', task: 'classification', classes: ['healthy', 'ill'] };

/** Rows of two classes with rounded probabilities, of which many are equal. */
function drawn(seed: number, count: number, isWeighted = false): Predicted {
  const random = new Random(seed);
  const p = Float64Array.from({ length: count }, () => Math.round(20 * random.uniform()) / 20);
  return {
    predictions: Float64Array.from({ length: 2 * count }, (_, i) => (i % 2 ? p[i >> 1]! : 1 - p[i >> 1]!)),
    truths: p.map((x) => (random.uniform() < 0.6 * x ? 1 : 0)),
    weights: isWeighted ? p.map(() => 0.5 + random.uniform()) : undefined,
  };
}

/** The least loss over all thresholds, each tried. */
const leastOf = (rows: Predicted, criterion: Criterion): number =>
  Math.min(...range(2001).map((i) => criterion.loss(countedAbove(rows, (i + 0.5) / 2002))));

describe('the best threshold', () => {
  const costs: number[][][] = [
    [
      [0, 1],
      [10, 0],
    ],
    [
      [0, 1],
      [1, 0],
    ],
    [
      [0, 5],
      [1, 0.5],
    ],
    [
      [-1, 3],
      [2, -4],
    ],
    [
      [0, 0],
      [1, 0],
    ],
  ];

  test.each(range(12))('loses as little as any other, on table %i', (seed) => {
    const rows = drawn(seed + 1, 15 + 20 * seed, seed % 2 === 1);
    const criteria = [...costs.map(costCriterion), balancedCriterion(rows), f1Criterion(rows)];
    for (const criterion of criteria) {
      const threshold = bestThreshold(rows, criterion);
      expect(threshold > 0 && threshold < 1).toBe(true);
      expect(criterion.loss(countedAbove(rows, threshold))).toBeCloseTo(leastOf(rows, criterion), 10);
    }
  });

  test('of equally good ones is the theory, or the nearest to it', () => {
    const rows = (list: [p: number, truth: number][]): Predicted => ({
      predictions: Float64Array.from(list.flatMap(([p]) => [1 - p, p])),
      truths: Float64Array.from(list, ([, truth]) => truth),
    });
    const separated = rows([
      [0.1, 0],
      [0.9, 1],
    ]);
    expect(bestThreshold(separated, costCriterion(costs[0]!))).toBeCloseTo(0.5, 12); // 1/11 is below 0.1
    expect(
      bestThreshold(
        separated,
        costCriterion([
          [0, 1],
          [2, 0],
        ]),
      ),
    ).toBeCloseTo(1 / 3, 12);
    const twice = rows([
      [0.2, 1],
      [0.3, 0],
      [0.5, 1],
      [0.6, 0],
      [0.7, 1],
    ]); // up to 0.2, 0.3 … 0.5 and 0.6 … 0.7 make two mistakes
    expect(
      bestThreshold(
        twice,
        costCriterion([
          [0, 2],
          [1, 0],
        ]),
      ),
    ).toBeCloseTo(2 / 3, 12);
    expect(
      bestThreshold(
        twice,
        costCriterion([
          [0, 1],
          [1, 0],
        ]),
      ),
    ).toBeCloseTo(0.5, 12);
    expect(
      bestThreshold(
        twice,
        costCriterion([
          [0, 8],
          [8, 0],
        ]),
      ),
    ).toBeCloseTo(0.5, 12);
  });

  test('of rows of one class predicts it', () => {
    const rows = { ...drawn(3, 30), truths: new Float64Array(30) };
    const threshold = bestThreshold(rows, costCriterion(costs[0]!));
    expect(countedAbove(rows, threshold).firstAsSecond).toBe(0);
    expect(bestThreshold(rows, balancedCriterion(rows))).toBe(0.5); // it has no balanced accuracy
  });
});

describe('decisions on held-out rows', () => {
  const costs = { ill: { healthy: 8 } };
  const matrix = costMatrix(two.classes.map(String), costs);

  test('are made by thresholds that have not seen the part of the row', () => {
    const rows = drawn(4, 300);
    const parts = Uint32Array.from({ length: 300 }, (_, row) => row % 3);
    const { decided, decision } = decideOn(two, rows, parts, { costs });
    expect(decision).toEqual({ threshold: bestThreshold(rows, costCriterion(matrix)), costs });
    for (const part of range(3)) {
      const others = range(300).filter((row) => row % 3 !== part);
      const known = {
        predictions: Float64Array.from(others.flatMap((row) => [...rows.predictions.subarray(2 * row, 2 * row + 2)])),
        truths: Float64Array.from(others, (row) => rows.truths[row]!),
      };
      const threshold = bestThreshold(known, costCriterion(matrix));
      for (const row of range(300).filter((one) => one % 3 === part))
        expect(decided[row]).toBe(rows.predictions[2 * row + 1]! >= threshold ? 1 : 0);
    }
  });

  test('of noise cost as much as the better constant, and no less', () => {
    let [sum, best] = [0, 0];
    for (const seed of range(40)) {
      const rows = drawn(seed + 100, 60);
      const random = new Random(seed + 1);
      const noise = { ...rows, truths: rows.truths.map(() => (random.uniform() < 0.11 ? 1 : 0)) };
      const { report } = decideOn(
        two,
        noise,
        Uint32Array.from({ length: 60 }, (_, row) => row % 5),
        { costs },
      );
      sum += report.cost!.value / 40;
      best += Math.min(report.costOfAlways!.ill!.value, report.costOfAlways!.healthy!.value) / 40;
    }
    expect(sum).toBeGreaterThan(best); // the threshold that is chosen on the rows themselves costs less than any constant
  });
});

/** One in ten is ill; x tells something of it. */
const people = (count: number, seed: number) => {
  const random = new Random(seed);
  return range(count).map(() => {
    const ill = random.uniform() < 0.1;
    return { x: random.uniform() + (ill ? 0.35 : 0), z: random.uniform(), health: ill ? 'ill' : 'healthy' };
  });
};

describe('train with costs', () => {
  const options = { target: 'health', hidden: [], epochs: 15, seed: 1 } as const;
  const costs = { ill: { healthy: 8 } };
  const fresh = people(1000, 9);
  let plain: Trained;
  let costly: Trained;
  beforeAll(async () => {
    const rows = await table(people(400, 2));
    plain = await train(rows, options);
    costly = await train(rows, { ...options, costs });
  });

  test('keeps the threshold that costs least on the held-out rows, and reports what it costs', () => {
    const { decision, scores } = costly.report;
    const { truths, predictions } = costly.heldOut.predicted;
    const rows = { truths, predictions };
    const matrix = costMatrix(['healthy', 'ill'], costs);
    expect(decision).toMatchObject({ by: 'costs', costs, theoretical: 1 / 9 });
    expect(costly.model.details.decision).toEqual({ threshold: decision!.threshold, costs });
    expect(costCriterion(matrix).loss(countedAbove(rows, decision!.threshold!))).toBeCloseTo(
      leastOf(rows, costCriterion(matrix)),
      10,
    );
    expect(decision!.cost!.value).toBeLessThan(decision!.costOfMostProbable!.value);
    expect(decision!.costOfAlways!.healthy!.value).toBeCloseTo(
      (8 * truths.filter((one) => one === 1).length) / 400,
      12,
    );
    expect(scores.linear.logLoss).toEqual(plain.report.scores.linear.logLoss);
    expect(scores.linear.accuracy!.value).toBeLessThan(plain.report.scores.linear.accuracy!.value);
    expect(plain.report.decision).toBeUndefined();
  });

  test('makes a model that decides so by itself, from its file as well, unless it is asked for something else', async () => {
    const { threshold } = costly.report.decision!;
    const expected = plain.model.predict(fresh, { threshold });
    expect(costly.model.predict(fresh)).toEqual(expected);
    expect(expected).not.toEqual(plain.model.predict(fresh));
    expect(costly.model.predictFrom(fresh, 1).predictions).toEqual(expected); // what a server replies
    expect(costly.model.predict(fresh, { threshold: 0.5 })).toEqual(plain.model.predict(fresh));
    const loaded = await loadTableModel(costly.model.toBytes());
    expect(loaded.predict(fresh)).toEqual(expected);
    for await (const { predictions } of loaded.predictChunks(fresh)) expect(predictions).toEqual(expected);
  });

  test('is judged by its decision in evaluate, which takes other costs as well', async () => {
    const predicted = costly.model.predict(fresh);
    const costOf = (made: readonly unknown[], missed: number) =>
      fresh.reduce((sum, { health }, i) => sum + (made[i] === health ? 0 : health === 'ill' ? missed : 1), 0) /
      fresh.length;
    const found = await evaluate(costly.model, fresh);
    expect(found.cost!.value).toBeCloseTo(costOf(predicted, 8), 12);
    expect(found.byClass![1]!.predicted).toBe(predicted.filter((one) => one === 'ill').length);
    expect(found.confusion!.counts[1]![1]).toBe(
      fresh.filter(({ health }, i) => health === 'ill' && predicted[i] === 'ill').length,
    );
    const usual = await evaluate(costly.model, fresh, { threshold: 0.5 });
    expect(usual.scores).toEqual((await evaluate(plain.model, fresh)).scores);
    expect(usual.cost!.value).toBeCloseTo(costOf(plain.model.predict(fresh), 8), 12);
    const other = await evaluate(plain.model, fresh, { costs: { ill: { healthy: 3 } } });
    expect(other.cost!.value).toBeCloseTo(
      costOf(plain.model.predict(fresh, { costs: { ill: { healthy: 3 } } }), 3),
      12,
    );
    expect((await evaluate(plain.model, fresh)).cost).toBeUndefined();
  });

  test('or a threshold, given or chosen by a score, decides as well', async () => {
    const rows = await table(people(400, 2));
    const given = await train(rows, { ...options, threshold: 0.2 });
    expect(given.report.decision).toEqual({ by: 'threshold', threshold: 0.2 });
    expect(given.model.predict(fresh)).toEqual(plain.model.predict(fresh, { threshold: 0.2 }));
    for (const threshold of ['balancedAccuracy', 'f1'] as const) {
      const chosen = await train(rows, { ...options, threshold });
      expect(chosen.report.decision!.by).toBe(threshold);
      const of = ({ report }: Trained) =>
        threshold === 'f1' ? report.byClass![1]!.f1!.value : report.scores.linear.balancedAccuracy!.value;
      expect(of(chosen)).toBeGreaterThan(of(plain));
    }
  });

  test('decides among three classes by the expected cost', async () => {
    const rows = people(300, 3).map((row, i) => ({ ...row, health: i % 4 === 0 ? 'unknown' : row.health }));
    const three = { ill: { healthy: 30, unknown: 30 } };
    const { model, report } = await train(await table(rows), { ...options, epochs: 5, costs: three });
    expect(report.decision).toMatchObject({ by: 'costs', costs: three });
    expect(report.decision!.threshold).toBeUndefined();
    expect(model.details.decision).toEqual({ costs: three });
    const undecided = (await train(await table(rows), { ...options, epochs: 5 })).model;
    expect(model.predict(fresh)).toEqual(undecided.predict(fresh, { costs: three }));
  });

  test.each<[object, string]>([
    [{ threshold: 'f2' }, 'Expected a number, "balancedAccuracy" or "f1" for threshold'],
    [{ threshold: 1 }, 'for threshold but received 1'],
    [{ threshold: 'f1', costs: {} }, 'threshold and costs exclude each other'],
    [{ costs: { sick: {} } }, 'the model has no class "sick"'],
    [{ costs: {}, classWeights: 'balanced' }, 'classWeights already say what mistakes cost'],
    [{ target: 'x', threshold: 'f1' }, 'threshold and costs are for classes'],
  ])('refuses %j', async (more, message) => {
    await expect(train(await table(people(100, 1)), { ...options, ...more } as never)).rejects.toThrow(message);
  });
});
