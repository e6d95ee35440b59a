import '../../../lib/definitions';
import { table } from '../../../lib/tables/open';
import { train } from '../../../lib/tables/train/train';
import { cleanTables, spoiledTables } from '../../support/judged_tables/all';
import type { JudgedTable } from '../../support/judged_tables/judged_table';

const warningsIn = async ({ rows, target }: JudgedTable) =>
  (await train(await table(rows as never), { target })).report.warnings;

test('no warning in tables of independent rows', async () => {
  for (const judged of cleanTables()) expect([judged.name, await warningsIn(judged)]).toEqual([judged.name, []]);
});

test('a warning of the fault, by the name of the column, in at least 95 % of spoiled tables', async () => {
  const missed: string[] = [];
  const tables = spoiledTables();
  for (const judged of tables) {
    const warnings = await warningsIn(judged);
    const isNamed = warnings.some(
      ({ kind, column }) => kind === judged.fault && (judged.column === undefined || column === judged.column),
    );
    if (!isNamed) missed.push(`${judged.fault}: ${judged.name}`);
  }
  console.log(`missed: ${missed.join('; ') || 'none'}`);
  expect(missed.length).toBeLessThanOrEqual(0.05 * tables.length);
});
