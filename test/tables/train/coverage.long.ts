import '../../../lib/definitions';
import { table } from '../../../lib/tables/open';
import { train } from '../../../lib/tables/train/train';
import { intervalTables } from '../../support/interval_tables';
import { range } from '../../support/numbers';

/** Tables of each kind. The claim is about their mean: the coverage of a single one varies by chance. */
const repetitions = 12;

const measured: Record<string, string> = {};
afterAll(() => console.log(JSON.stringify(measured, null, 1)));

test.each(intervalTables)('intervals of 0.9 contain 90 ± 2 % of the true values of new rows: $name', async (kind) => {
  const shares: number[] = [];
  for (const seed of range(repetitions)) {
    const data = await table(kind.draw(kind.rows, seed + 1));
    const { model } = await train(data, { target: 'y', task: 'regression', by: kind.by, warnings: false });
    const fresh = kind.draw(4000, seed + 1001);
    const intervals = model.predict(fresh, { interval: 0.9 });
    const isWithin = ({ low, high }: { low: number; high: number }, i: number) =>
      (fresh[i]!.y as number) >= low && (fresh[i]!.y as number) <= high;
    shares.push(intervals.filter(isWithin).length / fresh.length);
  }
  const mean = shares.reduce((sum, share) => sum + share, 0) / repetitions;
  measured[kind.name] = `${(100 * mean).toFixed(1)} % (${shares.map((share) => (100 * share).toFixed(1)).join(', ')})`;
  expect(Math.abs(mean - 0.9)).toBeLessThanOrEqual(0.02);
});
