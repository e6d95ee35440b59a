import { table } from 'glissade/tables';
import { folderOf } from '../peers/node_package.mjs';
import { series } from './series.mjs';

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;

const timeColumn = (data) => data.columns.find((name) => /^date$/i.test(name));

/** Times per season of the spacings of series.mjs. */
const seasons = { months: 12, days: 7, hours: 24 };

/**
 * What is known at an origin, and what comes after it.
 *
 * @param {string} name A series of series.mjs.
 * @param {number} number From 1, the earliest. The origins lie in the second half, at equal distances.
 */
export async function originOf(name, number) {
  const one = series.find((each) => each.name === name);
  const { horizon, target, by, known = [], spacing, origins } = one;
  const season = seasons[spacing];
  const data = await one.read(folderOf('vega-datasets'));
  const time = timeColumn(data);
  const rows = [...data].filter((row) => row[target] !== null).sort((a, b) => a[time] - b[time]);
  const times = [...new Set(rows.map((row) => Number(row[time])))];
  const first = Math.max(Math.floor(times.length / 2), 4 * season + horizon);
  const last = times.length - horizon;
  const distance = Math.max(1, Math.floor((last - first) / (origins - 1)));
  const at = last - (origins - number) * distance;
  const [end, reach] = [times[at - 1], times[at - 1 + horizon]];
  const training = rows.filter((row) => row[time] <= end);
  const future = rows.filter((row) => row[time] > end && row[time] <= reach);
  const nameOf = (row) => (by === undefined ? '' : String(row[by]));
  const lists = new Map();
  for (const row of training) lists.set(nameOf(row), [...(lists.get(nameOf(row)) ?? []), row[target]]);
  return {
    options: { time, target, by, known, horizon },
    season,
    training: await table(
      known.length === 0 ? training : [...training, ...future.map((row) => ({ ...row, [target]: null }))],
    ),
    /** By series, the values up to the origin, those after it, and the mean change over a season: the unit of MASE. */
    series: [...lists].map(([key, values]) => ({
      key,
      values,
      truths: future
        .filter((row) => nameOf(row) === key)
        .map((row) => ({ time: Number(row[time]), value: row[target] })),
      unit: mean(values.slice(season).map((x, i) => Math.abs(x - values[i]))) || 1,
    })),
  };
}

/** MASE, as the mean over series, and the share of the values in % that is inside the interval. */
export function scoreOf(all, forecasts) {
  const errors = [];
  let [inside, count] = [0, 0];
  for (const { key, truths, unit } of all) {
    const own = new Map(forecasts.filter((row) => row.key === key).map((row) => [row.time, row]));
    const found = truths.flatMap(({ time, value }) => (own.has(time) ? [{ value, ...own.get(time) }] : []));
    if (found.length === 0) continue;
    errors.push(mean(found.map(({ value, prediction }) => Math.abs(value - prediction) / unit)));
    count += found.length;
    inside += found.filter(({ value, low, high }) => low <= value && value <= high).length;
  }
  return { mase: mean(errors), inside: (100 * inside) / count };
}
