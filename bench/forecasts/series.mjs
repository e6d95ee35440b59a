import path from 'node:path';
import { Random } from 'glissade';
import { table } from 'glissade/tables';

const file = (folder, name) => path.join(folder, 'data', name);

const weather = (folder) => table(file(folder, 'seattle-weather.csv'));
const hours = (folder) => table(file(folder, 'seattle-weather-hourly-normals.csv'));
const co2 = (folder) => table(file(folder, 'co2-concentration.csv'));
const sp500 = (folder) => table(file(folder, 'sp500.csv'));
const stocks = (folder) => table(file(folder, 'stocks.csv'));
const unemployed = (folder) => table(file(folder, 'unemployment-across-industries.json'));

/** The number of flights of each day that has any. */
const flights = (folder) =>
  table(
    `select date::date as date, count(*)::double as flights from '${file(folder, 'flights-3m.parquet')}' group by 1 order by 1`,
  );

const day = 86_400_000;
const start = Date.UTC(2020, 0, 6);

const normal = (random) => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

/** Fifteen years of months with a rising trend whose slope changes, and a season in proportion. */
function trending() {
  const random = new Random(1);
  let [level, slope] = [100, 0.8];
  return table(
    Array.from({ length: 180 }, (_, i) => {
      slope += 0.05 * normal(random);
      level += slope;
      const season = 1 + 0.25 * Math.sin((2 * Math.PI * i) / 12) + 0.1 * Math.cos((4 * Math.PI * i) / 12);
      return { date: new Date(Date.UTC(2005, i, 1)), value: level * season * (1 + 0.03 * normal(random)) };
    }),
  );
}

/** Two years of days in six stores: a week, a year, promotions that raise sales by about 40 %, and shocks that last. */
function stores() {
  const random = new Random(2);
  const week = [0.8, 0.85, 0.9, 1, 1.3, 1.5, 0.65];
  const rows = [];
  for (let store = 0; store < 6; ++store) {
    const [size, gain] = [60 + 60 * random.uniform(), 0.3 + 0.2 * random.uniform()];
    let shock = 0;
    for (let i = 0; i < 730; ++i) {
      shock = 0.8 * shock + 0.06 * normal(random);
      const promo = random.uniform() < 0.15;
      const year = 1 + 0.2 * Math.sin((2 * Math.PI * i) / 365.25);
      const mean = size * week[i % 7] * year * (1 + shock) * (promo ? 1 + gain : 1);
      rows.push({
        date: new Date(start + i * day),
        store: `store ${store}`,
        promo,
        sales: mean * (1 + 0.08 * normal(random)),
      });
    }
  }
  return table(rows);
}

/** Demand of parts that is zero on most days, more often on some days of the week. */
function parts() {
  const random = new Random(3);
  const rows = [];
  for (let part = 0; part < 4; ++part) {
    const rate = 0.15 + 0.15 * part;
    for (let i = 0; i < 500; ++i) {
      const chance = rate * (i % 7 < 5 ? 1.2 : 0.4);
      const demand = random.uniform() < chance ? 1 + Math.floor(-3 * Math.log(1 - random.uniform())) : 0;
      rows.push({ date: new Date(start + i * day), part: `part ${part}`, demand });
    }
  }
  return table(rows);
}

/**
 * Ten series, or groups of series. `from` is vega-datasets, or "made" for those that are drawn here. `origins` is from how many times
 * each is forecast: 24 where the horizons of so many don't overlap in the second half, else 16.
 */
export const series = [
  {
    name: 'temperatures in Seattle, days',
    spacing: 'days',
    from: 'vega-datasets',
    horizon: 14,
    origins: 24,
    read: weather,
    target: 'temp_max',
  },
  {
    name: 'temperatures in Seattle, hours (normals)',
    spacing: 'hours',
    from: 'vega-datasets',
    horizon: 24,
    origins: 24,
    read: hours,
    target: 'temperature',
  },
  {
    name: 'flights a day, 2001',
    spacing: 'days',
    from: 'vega-datasets',
    horizon: 14,
    origins: 16,
    read: flights,
    target: 'flights',
  },
  {
    name: 'CO2 at Mauna Loa, months',
    spacing: 'months',
    from: 'vega-datasets',
    horizon: 12,
    origins: 24,
    read: co2,
    target: 'CO2',
  },
  {
    name: 'unemployed by industry, 14 series of months',
    spacing: 'months',
    from: 'vega-datasets',
    horizon: 12,
    origins: 16,
    read: unemployed,
    target: 'count',
    by: 'series',
  },
  {
    name: 'S&P 500, months',
    spacing: 'months',
    from: 'vega-datasets',
    horizon: 12,
    origins: 16,
    read: sp500,
    target: 'price',
  },
  {
    name: 'five stocks, months',
    spacing: 'months',
    from: 'vega-datasets',
    horizon: 12,
    origins: 16,
    read: stocks,
    target: 'price',
    by: 'symbol',
  },
  {
    name: 'trend and season, months',
    spacing: 'months',
    from: 'made',
    horizon: 12,
    origins: 16,
    read: trending,
    target: 'value',
  },
  {
    name: 'six stores with promotions, days',
    spacing: 'days',
    from: 'made',
    horizon: 14,
    origins: 24,
    read: stores,
    target: 'sales',
    by: 'store',
    known: ['promo'],
  },
  {
    name: 'intermittent demand of four parts, days',
    spacing: 'days',
    from: 'made',
    horizon: 14,
    origins: 16,
    read: parts,
    target: 'demand',
    by: 'part',
  },
];
