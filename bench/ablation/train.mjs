// Trains a network on four fifths of a table with one option of `train` changed, and prints the JSON of its loss on the others (log
// loss, or root mean square error) and of the time. Arguments: folder of make_tables.py, table, JSON of the options, number of the
// division. The option `quantiles: true` separates the bins by quantiles.
import path from 'node:path';
import { columns, kindsOf, pipeline, table, train } from 'glissade/tables';
import { tables } from '../tables/tables.mjs';

const [folder, name, json, number] = process.argv.slice(2);
const { target } = tables.find((one) => one.name === name);
const { quantiles, ...options } = JSON.parse(json);
const rows = await table(path.join(folder, `${name}.csv`));

/** The steps of `train`, but with bins of equal numbers of rows. */
function byQuantiles() {
  const step = {
    number: () => columns.number({ missing: 'median', bins: 32 }),
    boolean: () => columns.number(),
    category: () => columns.category({ rare: rows.rows < 200 ? 2 : 10 }),
    date: () => columns.date(),
  };
  const kinds = [...kindsOf(rows)].filter(([column, kind]) => column !== target && kind in step);
  return pipeline(Object.fromEntries(kinds.map(([column, kind]) => [column, step[kind]()])));
}

const begin = performance.now();
const { report } = await train(rows, {
  target,
  validation: 0.2,
  seed: Number(number),
  warnings: false,
  ...(quantiles && { pipeline: byQuantiles() }),
  ...options,
});
const seconds = (performance.now() - begin) / 1e3;
const { logLoss, rootMeanSquaredError } = report.scores.network;
console.log(JSON.stringify({ loss: (logLoss ?? rootMeanSquaredError).value, seconds }));
