// Forecasts of ten series from origins that neither the models nor their choice have seen: node bench/forecasts/compare.mjs
import { parseArgs } from 'node:util';
import { forecast, table } from 'glissade/tables';
import { folderOf } from '../peers/node_package.mjs';
import { series } from './series.mjs';

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    origins: { type: 'string', default: '8' },
    json: { type: 'boolean' },
  },
});

const vega = folderOf('vega-datasets');
const origins = Number(given.origins);

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;

/** Student's t for 95 % and some degrees of freedom. */
const studentT = [Infinity, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13];

/** Half the width of the 95 % interval of a mean over origins. */
function halfWidth(list) {
  const middle = mean(list);
  const variance = list.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (list.length - 1);
  return (studentT[list.length - 1] ?? 1.96) * Math.sqrt(variance / list.length);
}

const timeColumn = (data) => data.columns.find((name) => /^date$/i.test(name));

/** The ends of the training rows: the last one leaves a horizon, the others are earlier by at most a horizon each. */
function endsOf(times, horizon, season) {
  const first = Math.max(Math.floor(times.length / 2), 4 * season + horizon);
  const last = times.length - horizon;
  const distance = Math.max(1, Math.min(horizon, Math.floor((last - first) / (origins - 1))));
  return Array.from({ length: origins }, (_, i) => times[last - i * distance - 1])
    .filter(Boolean)
    .reverse();
}

/** Rows up to an end, and rows without a target for the times to forecast. */
async function before(rows, time, end, { horizon, target, known = [] }) {
  const training = rows.filter((row) => row[time] <= end);
  if (known.length === 0) return table(training);
  const times = [...new Set(rows.map((row) => Number(row[time])))].sort((a, b) => a - b);
  const last = times[times.indexOf(Number(end)) + horizon];
  const future = rows.filter((row) => row[time] > end && row[time] <= last);
  return table([...training, ...future.map((row) => ({ ...row, [target]: null }))]);
}

/** The mean change over a season, by series, of training rows. */
function units(rows, { target, by, season }) {
  const lists = new Map();
  for (const row of rows) {
    const name = by === undefined ? '' : String(row[by]);
    if (!lists.has(name)) lists.set(name, []);
    lists.get(name).push(row[target]);
  }
  return new Map(
    [...lists].map(([name, list]) => [name, mean(list.slice(season).map((x, i) => Math.abs(x - list[i]))) || 1]),
  );
}

const methods = {
  glissade: undefined,
  'seasonal persistence': ['seasonalPersistence'],
  'exponential smoothing': ['exponentialSmoothing'],
};

const results = [];
for (const one of series.filter(({ name }) => name.includes(given.only))) {
  if (one.from === 'vega-datasets' && !vega) {
    console.log(`${one.name}: no vega-datasets (npm install --prefix bench)`);
    continue;
  }
  const start = performance.now();
  const data = await one.read(vega);
  const time = timeColumn(data);
  const rows = [...data].filter((row) => row[one.target] !== null).sort((a, b) => a[time] - b[time]);
  const times = [...new Set(rows.map((row) => Number(row[time])))].map((x) => new Date(x));
  const options = { time, target: one.target, by: one.by, known: one.known, horizon: one.horizon };
  const { season } = (
    await forecast(await before(rows, time, times[times.length - one.horizon - 1], one), {
      ...options,
      methods: ['seasonalPersistence'],
    })
  ).report;
  const truthOf = new Map(rows.map((row) => [`${row[one.by]} ${Number(row[time])}`, row[one.target]]));
  const errors = Object.fromEntries(Object.keys(methods).map((name) => [name, []]));
  const logs = Object.fromEntries(Object.keys(methods).map((name) => [name, []]));
  const chosen = [];
  let [inside, count] = [0, 0];
  for (const end of endsOf(times, one.horizon, season)) {
    const training = await before(rows, time, end, one);
    const unit = units(
      rows.filter((row) => row[time] <= end),
      { ...one, season },
    );
    for (const [name, allowed] of Object.entries(methods)) {
      const found = await forecast(training, { ...options, methods: allowed });
      const bySeries = new Map();
      for (const row of found.forecast) {
        const truth = truthOf.get(`${row.series} ${Number(row.time)}`);
        if (truth === undefined) continue;
        const key = row.series ?? '';
        bySeries.set(key, [...(bySeries.get(key) ?? []), Math.abs(truth - row.prediction) / unit.get(key)]);
        if (name !== 'glissade') continue;
        count += 1;
        if (row.low <= truth && truth <= row.high) inside += 1;
      }
      const means = [...bySeries.values()].map(mean);
      errors[name].push(mean(means));
      logs[name].push(means.map((x) => Math.log(Math.max(x, 1e-9))));
      if (name === 'glissade') chosen.push(found.report.chosen);
    }
  }
  /** The logarithm of the ratio of errors: mean over series, then over origins, with half its interval. */
  const against = (name) => {
    const ratios = logs.glissade.map((list, i) => mean(list.map((x, j) => x - logs[name][i][j])));
    return { log: mean(ratios), half: halfWidth(ratios) };
  };
  const result = {
    name: one.name,
    origins: errors.glissade.length,
    mase: Object.fromEntries(Object.entries(errors).map(([name, list]) => [name, mean(list)])),
    seasonal: against('seasonal persistence'),
    smoothing: against('exponential smoothing'),
    coverage: inside / count,
    chosen,
    seconds: (performance.now() - start) / 1000,
  };
  results.push(result);
  if (given.json) continue;
  const ratio = ({ log, half }) =>
    `${Math.exp(log).toFixed(3)} (${Math.exp(log - half).toFixed(3)} to ${Math.exp(log + half).toFixed(3)})`;
  console.log(
    `${one.name}, horizon ${one.horizon}, season ${season}, ${result.origins} origins, ${result.seconds.toFixed(0)} s`,
  );
  console.log(
    `  MASE: ${Object.entries(result.mase)
      .map(([name, x]) => `${name} ${x.toFixed(3)}`)
      .join(', ')}`,
  );
  console.log(
    `  errors as a multiple of those of seasonal persistence: ${ratio(result.seasonal)}; of exponential smoothing: ${ratio(result.smoothing)}`,
  );
  console.log(
    `  90 % intervals contain ${(100 * result.coverage).toFixed(1)} %; chosen: ${[...new Set(chosen)].map((name) => `${name} ${chosen.filter((x) => x === name).length}×`).join(', ')}`,
  );
}
if (given.json) console.log(JSON.stringify(results));
else {
  const wins = (key) => results.filter((one) => one[key].log + one[key].half < 0).length;
  const better = (key) => results.filter((one) => one[key].log < 0).length;
  console.log(
    `\nof ${results.length}: better than seasonal persistence ${better('seasonal')} (clearly: ${wins('seasonal')}), than exponential smoothing ${better('smoothing')} (clearly: ${wins('smoothing')})`,
  );
  console.log(`mean coverage ${(100 * mean(results.map(({ coverage }) => coverage))).toFixed(1)} %`);
}
