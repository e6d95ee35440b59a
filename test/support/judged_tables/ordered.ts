import { day, type Maker, make, words } from './judged_table';

/** Rows in the order of time, whose rule or level changes. */
export const ordered: Record<string, Maker> = {
  // A linear model of the date would continue a straight line.
  'a trend that bends': (seed) => ({
    target: 'price',
    column: 'date',
    rows: make(1000, seed, (d, row) => ({
      date: new Date(18_500 * day + row * day),
      area: d.between(30, 200),
      price: 20 * Math.sqrt(row) + d.between(0, 20),
    })),
  }),
  'a rule that changes': (seed) => ({
    target: 'clicked',
    column: 'time',
    rows: make(1200, seed, (d, row) => {
      const [a, b] = [d.normal(), d.normal()];
      const turn = (2 * Math.PI * row) / 1800;
      return {
        time: new Date(19_000 * day + row * 3_600_000),
        a,
        b,
        clicked: d.isLikely(5 * (a * Math.cos(turn) + b * Math.sin(turn))),
      };
    }),
  }),
  'a walk': (seed) => {
    let level = 0;
    return {
      target: 'load',
      column: 'hour',
      rows: make(1000, seed, (d, row) => {
        level += d.normal();
        return { hour: new Date(19_500 * day + row * 3_600_000), wind: d.normal(), load: level + 0.3 * d.normal() };
      }),
    };
  },
  'a walk in step numbers': (seed) => {
    let level = 0;
    return {
      target: 'wear',
      column: 'step',
      rows: make(900, seed, (d, row) => {
        level += d.normal(); // a straight trend would be learnt from the step
        return { step: row * 2, speed: d.between(1, 5), wear: level + 0.3 * d.normal() };
      }),
    };
  },
  'regimes by year': (seed) => ({
    target: 'demand',
    column: 'year',
    rows: make(1000, seed, (d, row) => {
      const year = 2000 + Math.floor(row / 50);
      const price = d.between(1, 10);
      return { year, price, demand: 50 - (0.2 * (year - 2000) - 2) * price + 3 * (year - 2000) + d.normal() };
    }),
  }),
  'sensors that drift': (seed) => ({
    target: 'gas',
    column: 'taken',
    rows: make(1200, seed, (d, row) => {
      const gas = d.pick(['methane', 'ammonia']);
      const drift = Math.max(0, row - 600) / 100; // a linear model of the date would follow a steady one
      return {
        taken: new Date(19_000 * day + row * 60_000),
        s1: (gas === 'methane' ? 1 : -1) + drift + 0.5 * d.normal(),
        s2: d.normal(),
        gas,
      };
    }),
  }),
  campaigns: (seed) => ({
    target: 'left',
    column: 'joined',
    rows: make(1500, seed, (d, row) => ({
      joined: new Date(19_000 * day + row * day),
      calls: d.whole(0, 9),
      age: d.whole(18, 80),
      left: d.isLikely(Math.floor(row / 150) % 2 === 0 ? -2.5 : 2.5),
    })),
  }),
  'prices day by day': (seed) => {
    let price = 100;
    return {
      target: 'close',
      column: 'day',
      rows: make(1000, seed, (d, row) => {
        price *= Math.exp(0.02 * d.normal());
        return { day: new Date(17_000 * day + row * day), volume: d.heavy(), close: price };
      }),
    };
  },
  'a fashion in words': (seed) => ({
    target: 'popular',
    column: 'posted',
    rows: make(1200, seed, (d, row) => {
      const fashion = `topic${Math.floor(row / 100)}`;
      const has = d.uniform() < 0.6;
      return {
        posted: new Date(19_000 * day + row * 3_600_000),
        post: `${d.text(5)} ${has ? fashion : d.pick(words)} ${d.text(3)}`,
        popular: (has && Math.floor(row / 100) % 2 === 0) || d.uniform() < 0.05,
      };
    }),
  }),
  'a slow machine': (seed) => ({
    target: 'yield',
    column: 'batch',
    rows: make(1000, seed, (d, row) => ({
      batch: row + 1,
      heat: d.between(20, 90),
      flow: d.between(1, 4),
      yield: 80 - row / 40 + 3 * Math.sin(row / 60) + d.normal(),
    })),
  }),
};
