// Forecasts a series from an origin. Prints the mean absolute scaled error (MASE), the share of the true values that lie in the 90 %
// interval, and the time that the backtest and the fits took. Arguments: series, methods that may be chosen or "all", number of the origin from 1.
import { forecast } from 'glissade/tables';
import { originOf, scoreOf } from './origins.mjs';

const [name, methods, number] = process.argv.slice(2);
const { options, training, series } = await originOf(name, Number(number));
const begin = performance.now();
const { forecast: rows } = await forecast(training, {
  ...options,
  methods: methods === 'all' ? undefined : methods.split(','),
});
const seconds = (performance.now() - begin) / 1e3;
const forecasts = rows.map((row) => ({ ...row, key: row.series ?? '', time: Number(row.time) }));
console.log(JSON.stringify({ ...scoreOf(series, forecasts), seconds }));
