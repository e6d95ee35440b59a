import fs from 'node:fs';
import path from 'node:path';
import { evaluate } from '../../lib/tables/evaluate';
import { openSource } from '../../lib/tables/open';
import type { TableModel } from '../../lib/tables/table_model';
import { folders } from '../support/folders';
import { csvOf, modelFor, people } from '../support/people';

const newFolder = folders();
const rows = people(200, 8);
let models: { plan: TableModel; price: TableModel };
beforeAll(async () => {
  models = { plan: await modelFor('plan'), price: await modelFor('price') };
});

test('takes what table takes: a path, rows, and what openSource returned', async () => {
  const file = path.join(newFolder(), 'people.csv');
  fs.writeFileSync(file, csvOf(rows));
  for (const model of [models.plan, models.price]) {
    const expected = await evaluate(model, rows);
    expect(await evaluate(model, file)).toEqual(expected);
    expect(await evaluate(model, await openSource(file))).toEqual(expected);
    const predicted: unknown[] = [];
    for await (const { predictions } of model.predictChunks(file)) predicted.push(...predictions);
    expect(predicted).toEqual(model.predict(rows));
  }
  await expect(evaluate(models.plan, path.join(newFolder(), 'none.csv'))).rejects.toMatchObject({ code: 'ERR_FILE' });
});

describe('classes that training has not seen', () => {
  const mixed = rows.map((row, i) => (i % 10 === 0 ? { ...row, plan: i % 20 === 0 ? 'platinum' : 'none' } : row));

  test('count as wrong, and are named', async () => {
    const [known, found] = [
      await evaluate(
        models.plan,
        rows.filter((_, i) => i % 10 !== 0),
      ),
      await evaluate(models.plan, mixed),
    ];
    expect(found.unseen).toEqual({ none: 10, platinum: 10 });
    expect(found.rows).toBe(200);
    expect(found.scores.accuracy!.value).toBeCloseTo((known.scores.accuracy!.value * 180) / 200, 12);
    expect(found.scores.logLoss).toEqual(known.scores.logLoss);
    expect(found.confusion).toEqual(known.confusion);
    expect(known.unseen).toBeUndefined();
  });

  test('leave only the accuracy, which is 0, if there are no others', async () => {
    const { scores, unseen } = await evaluate(
      models.plan,
      mixed.filter((_, i) => i % 10 === 0),
    );
    expect(scores).toEqual({ accuracy: expect.objectContaining({ value: 0 }) });
    expect(unseen).toEqual({ none: 10, platinum: 10 });
  });
});

test('names of classes may be those of Object.prototype', async () => {
  const odd = rows.map((row, i) => ({ ...row, plan: ['constructor', '__proto__', row.plan][i % 3] }));
  const { unseen } = await evaluate(models.plan, odd);
  expect(Object.entries(unseen!)).toEqual([
    ['__proto__', 67],
    ['constructor', 67],
  ]);
});

test('a single row of a number has scores whose intervals reach as far as the scores, and no R²', async () => {
  const { scores } = await evaluate(models.price, rows.slice(0, 1));
  const { rootMeanSquaredError, meanAbsoluteError, ...others } = scores;
  for (const score of [rootMeanSquaredError!, meanAbsoluteError!])
    expect(score).toEqual({ value: score.value, low: 0, high: Number.POSITIVE_INFINITY });
  expect(others).toEqual({});
});
