import { table } from '../../lib/tables/open';
import type { TableSplitOptions } from '../../lib/tables/splits';
import type { Table } from '../../lib/tables/table';

const day = 86_400_000;
const made = () =>
  table(
    Array.from({ length: 200 }, (_, i) => ({
      i,
      group: `g${Math.floor((i * i) / 500)}`, // groups of different sizes
      plan: i % 10 === 0 ? 'gold' : 'free',
      when: new Date(((i * 77) % 200) * day),
    })),
  );

const sides = (whole: Table, options?: TableSplitOptions) => {
  const [training, heldOut] = whole.split(options);
  const all = [...training.rowNumbers, ...heldOut.rowNumbers].sort((a, b) => a - b);
  expect(all).toEqual([...whole.rowNumbers].sort((a, b) => a - b));
  return { training, heldOut };
};

test('a fraction is held out at random, by the seed', async () => {
  const whole = await made();
  const { training, heldOut } = sides(whole, { validation: 0.25, seed: 1 });
  expect([training.rows, heldOut.rows]).toEqual([150, 50]);
  expect([...heldOut.rowNumbers]).toEqual([...(heldOut.values('i') as Float64Array)]);
  expect(heldOut.rowNumbers).toEqual(whole.split({ validation: 0.25, seed: 1 })[1].rowNumbers);
  expect(heldOut.rowNumbers).not.toEqual(whole.split({ validation: 0.25, seed: 2 })[1].rowNumbers);
  expect([...heldOut.rowNumbers]).toEqual([...heldOut.rowNumbers].sort((a, b) => a - b));
  const quarters = [0, 1, 2, 3].map((q) => heldOut.rowNumbers.filter((row) => Math.floor(row / 50) === q).length);
  expect(Math.min(...quarters)).toBeGreaterThan(4); // from everywhere
  expect(sides(whole).heldOut.rows).toBe(40);
});

test('a selection keeps the row numbers of the table that was read', async () => {
  const selection = (await made()).select([190, 3, 50, 7, 120]);
  const { training, heldOut } = sides(selection, { validation: 0.4 });
  expect([...heldOut.rowNumbers]).toEqual([...(heldOut.values('i') as Float64Array)]);
  expect([...training.rowNumbers]).toEqual([...(training.values('i') as Float64Array)]);
});

test.each([
  [[-1], 'from 0 to 199 for rows[0] but received -1'],
  [[0, 200], 'from 0 to 199 for rows[1] but received 200'],
  [new Uint32Array([200]), 'from 0 to 199 for rows[0] but received 200'],
])('refuses to select rows that a table does not have (%#)', async (rows, message) => {
  const whole = await made();
  expect(() => whole.select(rows)).toThrow(message);
});

test('groups stay together, and the fraction is approximate', async () => {
  const whole = await made();
  const held = [1, 2, 3].map((seed) => {
    const { training, heldOut } = sides(whole, { by: 'group', validation: 0.3, seed });
    const groups = new Set(training.values('group') as string[]);
    expect((heldOut.values('group') as string[]).filter((group) => groups.has(group))).toEqual([]);
    expect(Math.abs(heldOut.rows - 60)).toBeLessThanOrEqual(8);
    return heldOut.rowNumbers.join();
  });
  expect(new Set(held).size).toBe(3);
});

test('later rows are held out, and equal times stay together', async () => {
  const whole = await made();
  const dates = (side: Table) => side.values('when') as Float64Array;
  for (const options of [{ validation: 0.1 }, { after: 0.9 }, { after: new Date(179 * day) }]) {
    const { training, heldOut } = sides(whole, { time: 'when', ...options });
    expect(heldOut.rows).toBe(20);
    expect(Math.min(...dates(heldOut))).toBe(180 * day);
    expect(Math.max(...dates(training))).toBe(179 * day);
  }
  const ties = await table([1, 2, 2, 2, 3, 3].map((time) => ({ time })));
  expect([...sides(ties, { time: 'time', after: 0.5 }).heldOut.rowNumbers]).toEqual([4, 5]);
  expect([...sides(ties, { time: 'time', validation: 0.9 }).heldOut.rowNumbers]).toEqual([1, 2, 3, 4, 5]);
});

test('both sides have the classes in proportion', async () => {
  const whole = await made();
  for (const seed of [1, 2, 3]) {
    const { training, heldOut } = sides(whole, { stratified: 'plan', validation: 0.2, seed });
    const gold = (side: Table) => (side.values('plan') as string[]).filter((plan) => plan === 'gold').length;
    expect([heldOut.rows, gold(heldOut), gold(training)]).toEqual([40, 4, 16]);
  }
});

test.each<[unknown, string, string]>([
  [{ by: 'group', time: 'when' }, 'ERR_INVALID_ARGUMENT', 'split: by and time exclude each other'],
  [{ by: 'group', stratified: 'plan' }, 'ERR_INVALID_ARGUMENT', 'split: by and stratified exclude each other'],
  [{ time: 'when', seed: 1 }, 'ERR_INVALID_ARGUMENT', 'split: time and seed exclude each other'],
  [{ time: 'when', after: 0.5, validation: 0.5 }, 'ERR_INVALID_ARGUMENT', 'split: after and validation exclude'],
  [{ after: 0.5 }, 'ERR_INVALID_ARGUMENT', 'split: after needs time'],
  [{ time: 'when', after: 'May' }, 'ERR_INVALID_ARGUMENT', 'Expected a date, or a fraction between 0 and 1 for after'],
  [{ time: 'when', after: new Date('x') }, 'ERR_INVALID_ARGUMENT', 'Expected a date, or a fraction'],
  [{ time: 'when', after: 1 }, 'ERR_OUT_OF_RANGE', 'for after but received 1'],
  [{ time: 'i', after: new Date(0) }, 'ERR_INVALID_ARGUMENT', 'after is a date, but the column "i" has numbers'],
  [{ time: 'plan' }, 'ERR_INVALID_ARGUMENT', 'has values of type word; a time is a date or a number'],
  [{ time: 'when', after: new Date(999 * day) }, 'ERR_SHAPE', 'would be held out. Choose another time of "when"'],
  [{ time: 'when', after: new Date(-day) }, 'ERR_SHAPE', 'would be for training'],
  [{ validation: 0.001 }, 'ERR_SHAPE', 'would be held out. Choose another fraction'],
  [{ validation: 1 }, 'ERR_OUT_OF_RANGE', 'for validation but received 1'],
  [{ by: 7 }, 'ERR_INVALID_ARGUMENT', 'Expected the name of a column for by'],
  [{ by: 'grup' }, 'ERR_INVALID_ARGUMENT', 'Did you mean "group"?'],
  [{ stratifed: 'plan' }, 'ERR_INVALID_ARGUMENT', 'unknown option "stratifed". Did you mean "stratified"?'],
])('refuses %p', async (options, code, message) => {
  const whole = await made();
  expect(() => whole.split(options as TableSplitOptions)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test('names a row without a time', async () => {
  const whole = await table([{ t: 1 }, { t: null }, { t: 2 }]);
  expect(() => whole.split({ time: 't' })).toThrow('row 2 of');
});

test('a group that would exceed the fraction by far is not held out', async () => {
  const grouped = await table(Array.from({ length: 10 }, (_, i) => ({ group: i < 6 ? 'large' : `small ${i}` })));
  for (let seed = 0; seed < 10; ++seed) expect(grouped.split({ by: 'group', seed })[1].rows).toBe(2);
});
