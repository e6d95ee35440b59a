import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { type CrossValidateOptions, crossValidate } from '../../../lib/tables/train/cross_validate';
import { random, range } from '../../support/numbers';
import { people } from '../../support/people';

const rows = people(240, 3).map(({ id: _, ...person }, i) => ({
  ...person,
  price: i % 60 === 7 ? null : person.price,
  house: `h${i % 9}`,
}));
const pricesOf = { target: 'price', epochs: 15, folds: 4 };

test('each row with a target is predicted once, by a model that has not seen it', async () => {
  const found = await crossValidate(await table(rows), pricesOf);
  const known = Array.from(rows.keys()).filter((i) => rows[i]!.price !== null);
  expect([...found.rowNumbers]).toEqual(known);
  expect(found.folds.map((fold) => fold.rows)).toEqual([59, 59, 59, 59]);
  const squares = known.map((row, i) => ((found.predictions[i] as number) - rows[row]!.price!) ** 2);
  const ofFolds = found.folds.map(({ scores }) => scores.rootMeanSquaredError!.value);
  const pooled = Math.sqrt(squares.reduce((sum, x) => sum + x, 0) / squares.length);
  expect(pooled).toBeCloseTo(Math.sqrt(ofFolds.reduce((sum, x) => sum + x * x, 0) / 4), 6);
  const mean = ofFolds.reduce((sum, x) => sum + x, 0) / 4;
  const deviation = Math.sqrt(ofFolds.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3);
  const { value, low, high } = found.mean.rootMeanSquaredError!;
  expect(value).toBeCloseTo(mean, 10);
  expect([low, high]).toEqual([
    expect.closeTo(mean - (3.182 * deviation) / 2, 6),
    expect.closeTo(mean + (3.182 * deviation) / 2, 6),
  ]);
  expect(found.mean.r2!.value).toBeGreaterThan(0.3);
  expect((await crossValidate(await table(rows), pricesOf)).predictions).toEqual(found.predictions);
});

test('a target that depends on the group alone is not predicted for unseen groups', async () => {
  const grouped = await table(
    Array.from({ length: 240 }, (_, i) => ({ house: `h${i % 12}`, x: (i * 31) % 17, y: ((i % 12) * 7) % 12 })),
  );
  const steps = pipeline({ house: columns.category({ rare: 1 }), x: columns.number() });
  const shape = { folds: 3, epochs: 60, hidden: [], learningRate: 0.05 };
  const options = { target: 'y', task: 'regression', pipeline: steps, ...shape } as const;
  const apart = await crossValidate(grouped, { ...options, by: 'house' });
  const mixed = await crossValidate(grouped, options);
  expect(mixed.mean.r2!.value).toBeGreaterThan(0.5);
  expect(apart.mean.r2!.value).toBeLessThan(0.2);
});

test('allows as many folds as groups, or as rows: each is held out once', async () => {
  const whole = await table(rows);
  const byHouse = await crossValidate(whole, { ...pricesOf, epochs: 1, folds: 9, by: 'house' });
  const sizes = Array.from({ length: 9 }, (_, i) => rows.filter((row) => row.house === `h${i}` && row.price !== null));
  const counts = (lists: readonly { rows: number }[]) => lists.map((one) => one.rows).sort();
  expect(counts(byHouse.folds)).toEqual(sizes.map(({ length }) => length).sort());
  const few = await table(rows.slice(10, 20));
  const byRow = await crossValidate(few, { ...pricesOf, epochs: 1, folds: 10 });
  expect(byRow.folds.map((fold) => fold.rows)).toEqual(new Array(10).fill(1));
});

test('the rarer of two classes is the positive one of all folds, and scores of classes are those of all rows', async () => {
  const rare = await table(rows.map((row, i) => ({ ...row, ill: i % 8 === 0 })));
  const { folds, mean, byClass, positive, predictions } = await crossValidate(rare, {
    target: 'ill',
    epochs: 2,
    folds: 3,
  });
  expect(positive).toBe(true);
  expect(mean.averagePrecision!.value).toBeCloseTo(
    folds.reduce((sum, { scores }) => sum + scores.averagePrecision!.value, 0) / 3,
    12,
  );
  expect(byClass!.map((one) => one.rows)).toEqual([210, 30]);
  expect(byClass![1]!.predicted).toBe(predictions.filter((one) => one === true).length);
});

test('classes have probabilities', async () => {
  const { predictions, probabilities, classes, mean } = await crossValidate(await table(rows), {
    target: 'plan',
    epochs: 15,
    folds: 3,
  });
  expect(classes).toEqual(['basic', 'family', 'gold']);
  expect(probabilities).toHaveLength(720);
  const best = predictions.map((_, i) => {
    const own = [...probabilities!.subarray(3 * i, 3 * i + 3)];
    expect(own.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    return classes![own.indexOf(Math.max(...own))];
  });
  expect(predictions).toEqual(best);
  expect(mean.accuracy!.value).toBeGreaterThan(0.5);
});

test.each<[object, string, string]>([
  [{ folds: 1 }, 'ERR_OUT_OF_RANGE', 'for folds but received 1'],
  [{ folds: 10, by: 'house' }, 'ERR_SHAPE', 'the column "house" has only 9 groups for 10 folds; use fewer folds'],
  [{ folds: 21 }, 'ERR_OUT_OF_RANGE', 'for folds but received 21'],
  [{ by: 3 }, 'ERR_INVALID_ARGUMENT', 'Expected the name of a column for by'],
  [{ validation: 0.1 }, 'ERR_INVALID_ARGUMENT', 'crossValidate: unknown option "validation"'],
])('refuses %p', async (options, code, message) => {
  const whole = await table(rows);
  await expect(crossValidate(whole, { ...pricesOf, ...options } as CrossValidateOptions)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test('refuses more folds than rows', async () => {
  const few = await table(rows.slice(10, 22));
  await expect(crossValidate(few, { ...pricesOf, folds: 13 })).rejects.toMatchObject({
    code: 'ERR_SHAPE',
    message: 'rows has only 12 rows for 13 folds',
  });
});

test('a signal aborts it', async () => {
  const reason = new Error('enough');
  await expect(crossValidate(await table(rows), { ...pricesOf, signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
});

describe('with costs or a threshold', () => {
  /** A fifth of the rows is ill; x tells more of the others than of these. */
  const patients = (count: number) => {
    const draw = random(5);
    return range(count).map((i) => {
      const ill = draw() < 0.2;
      return { x: (ill ? 1 : 0) + 2 * draw(), y: ill ? 'ill' : 'healthy', group: i % 12 };
    });
  };
  const options = { target: 'y', hidden: [], folds: 4 } as const;
  const costs = { ill: { healthy: 8 } };
  const given = patients(240);
  const data = table(given).then((whole) => whole.without(['group']));

  test('rows are predicted at thresholds that were found without their fold', async () => {
    const plain = await crossValidate(await data, options);
    const found = await crossValidate(await data, { ...options, costs });
    expect(found.probabilities).toEqual(plain.probabilities);
    expect(plain.folds[0]!.threshold).toBeUndefined();
    const thresholds = found.folds.map(({ threshold }) => threshold!);
    expect(Math.max(...thresholds)).toBeLessThan(0.35);
    expect(found.mean.balancedAccuracy!.value).toBeGreaterThan(plain.mean.balancedAccuracy!.value);
    const cost = (of: typeof found) =>
      of.predictions.reduce<number>((sum, one, i) => {
        const truth = given[i]!.y;
        return sum + (one === truth ? 0 : truth === 'ill' ? 8 : 1) / of.predictions.length;
      }, 0);
    expect(found.cost!.value).toBeCloseTo(cost(found), 12);
    expect(cost(found)).toBeLessThan(cost(plain));
    expect(plain.cost).toBeUndefined();
    expect(found.byClass!.find((one) => one.class === 'ill')!.recall!.value).toBeGreaterThan(0.7);
    const isIll = (row: number) => found.probabilities![2 * row + 1]!;
    for (const row of range(240))
      if (isIll(row) < Math.min(...thresholds)) expect(found.predictions[row]).toBe('healthy');
      else if (isIll(row) >= Math.max(...thresholds)) expect(found.predictions[row]).toBe('ill');
  });

  test('the truths of a fold do not change its threshold', async () => {
    const shape = { ...options, by: 'group', costs } as const; // the classes of rows do not change the folds
    const changed = given.map((row) => (row.group === 0 ? { ...row, y: row.y === 'ill' ? 'healthy' : 'ill' } : row));
    const [before, after] = [
      await crossValidate(await table(given), shape),
      await crossValidate(await table(changed), shape),
    ];
    const same = range(4).filter((fold) => before.folds[fold]!.threshold === after.folds[fold]!.threshold);
    const ofFold = range(240).filter((row) => before.predictions[row] === after.predictions[row]);
    expect(same).toHaveLength(1);
    expect(range(240).filter((row) => given[row]!.group === 0 && !ofFold.includes(row))).toEqual([]);
  });

  test.each([
    [{ threshold: 0.3 }, [0.3, 0.3, 0.3, 0.3]],
    [{ threshold: 'balancedAccuracy' }, [0.2, 0.2, 0.2, 0.2].map((x) => expect.closeTo(x, 0))],
    [{ threshold: 'f1' }, expect.arrayContaining([expect.any(Number)])],
    [{ threshold: 0.3, by: 'group' }, [0.3, 0.3, 0.3, 0.3]],
    [{ costs, by: 'group' }, expect.arrayContaining([expect.any(Number)])],
  ] as const)('%j gives each fold its threshold', async (more, expected) => {
    const whole = await table(given);
    const { folds } = await crossValidate(whole, { ...options, ...more });
    expect(folds.map(({ threshold }) => threshold)).toEqual(expected);
  });

  test('three classes are predicted by costs without a threshold', async () => {
    const three = await table(given.map((row, i) => ({ ...row, y: i % 10 === 0 ? 'dead' : row.y })));
    const plain = await crossValidate(three, options);
    const found = await crossValidate(three, { ...options, costs: { dead: { healthy: 50, ill: 50 } } });
    expect(found.folds[0]!.threshold).toBeUndefined();
    const count = (of: typeof found) => of.predictions.filter((one) => one === 'dead').length;
    expect(count(found)).toBeGreaterThan(count(plain) + 50);
    expect(found.cost!.value).toBeLessThan(5);
  });

  test.each([
    [{ threshold: 'balanced' }, 'Expected a number, "balancedAccuracy" or "f1" for threshold'],
    [{ threshold: 0.5, costs }, 'threshold and costs exclude each other'],
    [{ costs: { dead: {} } }, 'the model has no class "dead"'],
    [{ target: 'x', costs }, 'the model predicts a number'],
    [{ classWeights: 'balanced', costs }, 'classWeights already say what mistakes cost'],
  ])('%j is refused', async (more, message) => {
    await expect(crossValidate(await data, { ...options, ...more } as never)).rejects.toThrow(message);
  });
});
