import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { type CrossValidateOptions, crossValidate } from '../../../lib/tables/train/cross_validate';
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
  [{ folds: 2 }, 'ERR_OUT_OF_RANGE', 'for folds but received 2'],
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
