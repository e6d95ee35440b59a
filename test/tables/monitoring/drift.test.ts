import { Random } from '../../../lib/numbers/random';
import type { Column } from '../../../lib/tables/column';
import { distributionsOf } from '../../../lib/tables/monitoring/distributions_of';
import { Drift } from '../../../lib/tables/monitoring/drift';
import { RowCheck } from '../../../lib/tables/monitoring/row_check';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { columnOfCells } from '../../../lib/tables/readers/rows';
import { WordList } from '../../../lib/tables/words';
import { isLongRun } from '../../support/long_run';
import { range } from '../../support/numbers';

type Cell = number | string | null;
type Draw = (random: Random) => Cell;

/** Columns of independent rows. */
const draws: Readonly<Record<string, Draw>> = {
  temperature: (random) => 15 + 8 * random.normal(),
  heavy: (random) => random.normal() / random.normal(),
  income: (random) => Math.exp(8 + random.normal()),
  children: (random) => Math.floor(-1.5 * Math.log(1 - random.uniform())),
  zeros: (random) => (random.uniform() < 0.8 ? 0 : random.uniform()),
  holes: (random) => (random.uniform() < 0.1 ? null : random.normal()),
  city: (random) => `c${Math.floor(6 * random.uniform() ** 2)}`,
  word: (random) => `w${Math.floor(1 / (random.uniform() + 0.001))}`,
  street: (random) => `s${Math.floor(1000 * random.uniform())}`,
  rare: (random) => (random.uniform() < 0.01 ? `r${Math.floor(20 * random.uniform())}` : 'usual'),
};
const words = ['city', 'word', 'street', 'rare'];
const isWord = (name: string) => words.includes(name.split(' ')[0]!);

/** Compares streams with the distributions of training rows. */
async function trained(of: Readonly<Record<string, Draw>>, rows: number, seed: number) {
  const random = new Random(seed);
  const drawn = Array.from({ length: rows }, () => ({
    ...Object.fromEntries(Object.entries(of).map(([name, draw]) => [name, draw(random)])),
    target: random.uniform(),
  }));
  const steps = Object.keys(of).map((name) => [
    name,
    isWord(name) ? columns.category({ encode: 'hash' }) : columns.number(),
  ]);
  const data = await table(drawn);
  const fitted = await pipeline(Object.fromEntries(steps)).fit(data, { target: 'target', task: 'regression' });
  const distributions = JSON.parse(JSON.stringify(await distributionsOf(fitted, data)));
  return { check: new RowCheck(distributions, fitted.columns, fitted.types, fitted.forms), names: fitted.columns };
}

const columnFrom = (name: string, draw: Draw, length: number, random: Random): Column =>
  columnOfCells(
    Array.from({ length }, () => draw(random)),
    isWord(name) ? 'word' : 'number',
    new WordList(),
  );

/** The columns that drift among rows, and after how many rows each was noticed. */
function watched(
  { check, names }: Awaited<ReturnType<typeof trained>>,
  of: Readonly<Record<string, Draw>>,
  rows: number,
  random: Random,
) {
  const noticed = new Map<string, number>();
  let seen = 0;
  const drift = new Drift(check.bins, (begun) => {
    for (const name of begun) noticed.set(name, seen);
  });
  while (seen < rows) {
    const piece = 50;
    seen += piece;
    check.flags(
      names.map((name) => columnFrom(name, of[name]!, piece, random)),
      piece,
      (index, bins) => drift.add(index, bins, piece),
    );
    drift.endRows(piece);
  }
  return { noticed, drift };
}

const numberOf = (draw: Draw) => draw as (random: Random) => number;
const spoiled: readonly (readonly [what: string, column: string, draw: Draw])[] = [
  ['Fahrenheit', 'temperature', (random) => 1.8 * numberOf(draws.temperature!)(random) + 32],
  ['thousands', 'income', (random) => numberOf(draws.income!)(random) / 1000],
  ['metres as millimetres', 'zeros', (random) => 1000 * numberOf(draws.zeros!)(random)],
  ['an emptied column of numbers', 'children', () => null],
  ['an emptied column of words', 'city', () => null],
  ['half of the values lost', 'heavy', (random) => (random.uniform() < 0.5 ? null : draws.heavy!(random))],
  ['a new category in a fifth of the rows', 'city', (random) => (random.uniform() < 0.2 ? 'new' : draws.city!(random))],
  ['new categories instead of the usual one', 'rare', (random) => `n${random.index(1000)}`],
  ['a shift of a deviation', 'temperature', (random) => 8 + numberOf(draws.temperature!)(random)],
  ['one value for all', 'holes', () => 0.1],
];

test.each(range(isLongRun ? 20 : 1))(
  'finds ten kinds of spoiled columns within 500 rows, and no other column, seed %i',
  async (seed) => {
    const model = await trained(draws, 600, seed);
    for (const [what, column, draw] of spoiled) {
      const { noticed } = watched(model, { ...draws, [column]: draw }, 500, new Random(1000 + seed));
      expect([what, ...noticed.keys()]).toEqual([what, column]);
    }
  },
);

test('finds a column that is spoiled after many good rows within 500 rows', async () => {
  const model = await trained(draws, 600, 3);
  for (const [what, column, draw] of spoiled) {
    let drawn = 0;
    const late: Draw = (random) => (++drawn > 5000 ? draw : draws[column]!)(random);
    const { noticed } = watched(model, { ...draws, [column]: late }, 5500, new Random(4));
    expect([what, ...noticed.keys()]).toEqual([what, column]);
    expect(noticed.get(column)).toBeGreaterThan(5000);
  }
});

test('finds nothing in ten clean streams', async () => {
  for (let seed = 0; seed < (isLongRun ? 40 : 8); ++seed) {
    const model = await trained(draws, [100, 600, 3000][seed % 3]!, seed);
    expect([seed, ...watched(model, draws, 5000, new Random(100 + seed)).noticed.keys()]).toEqual([seed]);
  }
  const wide = Object.fromEntries(
    [1, 2, 3, 4, 5].flatMap((copy) => Object.entries(draws).map(([name, draw]) => [`${name} ${copy}`, draw])),
  );
  expect([...watched(await trained(wide, 1000, 8), wide, 3000, new Random(108)).noticed.keys()]).toEqual([]);
  const few = { children: draws.children!, heavy: draws.heavy! };
  expect([...watched(await trained(few, 400, 9), few, 100_000, new Random(109)).noticed.keys()]).toEqual([]);
});
