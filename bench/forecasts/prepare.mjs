// Prints a series at an origin as JSON, for ets.py. Arguments: series, number of the origin from 1.
import { originOf } from './origins.mjs';

const [name, number] = process.argv.slice(2);
const { options, season, series } = await originOf(name, Number(number));
const times = [...new Set(series.flatMap(({ truths }) => truths.map(({ time }) => time)))].sort((a, b) => a - b);
console.log(
  JSON.stringify({
    season,
    horizon: options.horizon,
    series: series
      .filter(({ truths }) => truths.length > 0)
      .map(({ values, truths, unit }) => ({
        values,
        truths: truths.map(({ value }) => value),
        steps: truths.map(({ time }) => times.indexOf(time) + 1),
        unit,
      })),
  }),
);
