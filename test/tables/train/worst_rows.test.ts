import { table } from '../../../lib/tables';
import { train } from '../../../lib/tables/train/train';
import { worstRowsOf } from '../../../lib/tables/train/worst_rows';

test('the rows with the greatest losses come first, of equal ones those that come first in the source', () => {
  const target = { column: 'y', task: 'regression', mean: 0, deviation: 1 } as const;
  const truths = Float64Array.from({ length: 12 }, (_, i) => i);
  const errors = [0, 3, -1, 0, -3, 2, 1, 0, 0.5, 0, -4, 0];
  const predicted = { truths, predictions: truths.map((y, i) => y + errors[i]!) };
  const numbers = Uint32Array.from({ length: 12 }, (_, i) => 100 - i);
  const worst = worstRowsOf(target, predicted, numbers);
  expect(worst.map(({ row }) => row)).toEqual([90, 96, 99, 95, 94, 98, 92, 89, 91, 93]);
  expect(worst[0]).toEqual({ row: 90, truth: 10, prediction: 6, loss: 16 });
  const quantiles = [0.1, 0.9];
  const [first] = worstRowsOf(
    { ...target, quantiles },
    { truths: truths.slice(0, 1), predictions: Float64Array.of(1, 2) },
    numbers,
  );
  expect(first).toEqual({ row: 100, truth: 0, prediction: { '0.1': 1, '0.9': 2 }, loss: expect.closeTo(0.55, 12) });
});

const rows = Array.from({ length: 260 }, (_, i) => ({
  x: i % 52,
  city: i % 3 === 0 ? 'Bern' : 'Chur',
  kind: i === 77 ? 'low' : i % 52 > 25 ? 'high' : 'low', // row 78 has the wrong class: 77 % 52 is 25
  y: i === 131 ? 900.3 : 3.1 * (i % 52),
}));

test.each([{}, { validation: 0.5 }])(
  'a report names the rows by their numbers in the source, with %j',
  async (more) => {
    const wrong = rows.map((row, i) => ({ ...row, kind: i % 52 === 0 && i > 200 ? 'high' : row.kind })); // row 209
    const data = await table(wrong);
    const later = data.select(Array.from({ length: 250 }, (_, i) => 259 - i)); // in another order
    for (const some of [data, later]) {
      const { report } = await train(some, {
        target: 'kind',
        hidden: [],
        without: ['y'],
        warnings: false,
        seed: 2,
        ...more,
      });
      const { worst } = report;
      expect(worst).toHaveLength(10);
      expect(worst.map(({ loss }) => loss)).toEqual(worst.map(({ loss }) => loss).sort((a, b) => b - a));
      for (const { row, truth, probability, loss } of worst) {
        expect(truth).toBe(wrong[row - 1]!.kind);
        expect(loss).toBeCloseTo(-Math.log(Math.max(1e-15, probability!)), 9);
      }
      expect(new Set(worst.map(({ row }) => row)).size).toBe(10);
      if (Object.keys(more).length > 0) continue; // the row may not be held out
      expect(worst[0]).toMatchObject({ row: 209, truth: 'high', prediction: 'low' });
    }
  },
);

test('a report of numbers has true and predicted ones', async () => {
  const { report, heldOut } = await train(await table(rows), {
    target: 'y',
    hidden: [],
    without: ['kind'],
    warnings: false,
  });
  const [worst] = report.worst;
  expect([worst!.row, worst!.truth]).toEqual([132, 900.3]);
  const place = heldOut.predicted.truths.findIndex((truth) => truth > 900);
  expect(worst!.prediction).toBe(heldOut.predicted.predictions[place]);
  expect(worst!.loss).toBeCloseTo((900.3 - (worst!.prediction as number)) ** 2, 6);
});
