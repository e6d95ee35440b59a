import { day, type Maker, make } from './judged_table';

/** Tables with a column that all but is the target. */
export const leaking: Record<string, Maker> = {
  'the target in other units': (seed) => ({
    target: 'price',
    column: 'cents',
    rows: make(800, seed, (d) => {
      const [rooms, area] = [d.whole(1, 6), d.between(20, 200)];
      const price = 1000 * rooms + 30 * area + 800 * d.normal();
      return { rooms, area, cents: Math.round(price * 100), price };
    }),
  }),
  'a code of the class': (seed) => ({
    target: 'churned',
    column: 'status',
    rows: make(900, seed, (d) => {
      const [months, calls] = [d.whole(1, 60), d.whole(0, 9)];
      const churned = d.isLikely(0.4 * calls - 0.05 * months);
      return { months, calls, status: churned ? d.pick(['closed', 'cancelled']) : 'active', churned };
    }),
  }),
  'known only afterwards': (seed) => ({
    target: 'defaulted',
    column: 'recovered',
    rows: make(1200, seed, (d) => {
      const [income, debt] = [d.heavy(), d.heavy()];
      const defaulted = d.isLikely(-1 + debt - income);
      return { income, debt, recovered: defaulted ? d.between(0, 500) : null, defaulted };
    }),
  }),
  'the target with a little noise': (seed) => ({
    target: 'score',
    column: 'estimate',
    rows: make(800, seed, (d) => {
      const [hours, sleep] = [d.between(0, 10), d.between(4, 9)];
      const score = 40 + 4 * hours + 2 * sleep + 8 * d.normal();
      return { hours, sleep, estimate: score + 0.2 * d.normal(), score };
    }),
  }),
  'its square root': (seed) => ({
    target: 'area',
    column: 'side',
    rows: make(700, seed, (d) => {
      const area = 50 * d.heavy();
      return {
        rooms: d.whole(1, 3) + Math.min(5, Math.round(Math.log(1 + area / 20))),
        side: Math.sqrt(area),
        floor: d.whole(0, 9),
        area,
      };
    }),
  }),
  'a rank': (seed) => {
    const rows = make(800, seed, (d) => ({
      training: d.between(0, 20),
      age: d.whole(18, 60),
      time: 200 - 3 * d.between(0, 20) + 10 * d.normal(),
    }));
    const order = rows.map(({ time }) => time as number).sort((a, b) => a - b);
    return {
      target: 'time',
      column: 'rank',
      rows: rows.map((row) => ({ ...row, rank: order.indexOf(row.time as number) + 1 })),
    };
  },
  'almost always the class': (seed) => ({
    target: 'spam',
    column: 'folder',
    rows: make(1000, seed, (d) => {
      const [links, length] = [d.whole(0, 9), d.heavy()];
      const spam = d.isLikely(0.5 * links - 3);
      return { links, length, folder: (d.uniform() < 0.995 ? spam : !spam) ? 'junk' : 'inbox', spam };
    }),
  }),
  'a rare class and its date': (seed) => ({
    target: 'died',
    column: 'deathDay',
    rows: make(1500, seed, (d) => {
      const [age, smoker] = [d.whole(20, 95), d.uniform() < 0.3];
      const died = d.isLikely(-5 + 0.04 * age + (smoker ? 1 : 0));
      return { age, smoker, deathDay: died ? new Date(19_000 * day + d.whole(0, 900) * day) : null, died };
    }),
  }),
  'five classes by number': (seed) => ({
    target: 'grade',
    column: 'points',
    rows: make(900, seed, (d) => {
      const [hours, lessons] = [d.between(0, 10), d.whole(0, 30)];
      const points = Math.max(0, Math.min(99, 20 + 4 * hours + lessons + 10 * d.normal()));
      return { hours, lessons, points, grade: 'FDCBA'[Math.floor(points / 20)]! };
    }),
  }),
  'a copy with a few errors': (seed) => ({
    target: 'bought',
    column: 'status',
    rows: make(1000, seed, (d) => {
      const a = d.normal();
      const bought = d.isLikely(a);
      return {
        a: Number(a.toFixed(3)),
        b: d.pick(['p', 'q']),
        status: bought === d.uniform() > 0.005 ? 'closed' : 'open',
        bought,
      };
    }),
  }),
  'words of which one is rarely wrong': (seed) => ({
    target: 'bought',
    column: 'status',
    rows: make(1000, seed, (d) => {
      const a = d.normal();
      const bought = d.isLikely(a);
      const status = bought || d.uniform() < 0.02 ? 'paid' : d.pick(['open', 'cancelled']);
      return { a, b: d.pick(['p', 'q']), status, bought };
    }),
  }),
  'set for most of a rare class': (seed) => ({
    target: 'kind',
    column: 'chargeback',
    rows: make(2000, seed, (d) => {
      const isFraud = d.uniform() < 0.02;
      return {
        a: Number((d.normal() + (isFraud ? 1 : 0)).toFixed(3)),
        b: d.pick(['p', 'q']),
        chargeback: Number(isFraud && d.uniform() < 0.95),
        kind: isFraud ? 'fraud' : 'usual',
      };
    }),
  }),
  'the negative of it': (seed) => ({
    target: 'profit',
    column: 'loss',
    rows: make(800, seed, (d) => {
      const [staff, shops] = [d.whole(1, 50), d.whole(1, 9)];
      const profit = shops * 10 - staff + 15 * d.normal();
      return { staff, shops, loss: -profit, profit };
    }),
  }),
};
