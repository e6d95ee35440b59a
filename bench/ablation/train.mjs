// Trains a network on four fifths of a table with one default of `train` changed, and prints the JSON of its loss on the others (log
// loss, or root mean square error) and of the time. Arguments: folder of make_tables.py, table, JSON of the changes, number of the
// division. Changes are options of `train`, but for `steps`, which has options of the default steps by their kinds.
import path from 'node:path';
import { columns, pipeline, table, train } from 'glissade/tables';
import { tables } from '../tables/tables.mjs';

const [folder, name, json, number] = process.argv.slice(2);
const { target } = tables.find((one) => one.name === name);
const { steps, ...options } = JSON.parse(json);
const rows = await table(path.join(folder, `${name}.csv`));

/** The default steps of a network, with the changes: those of a linear model, with bins, days as categories and short texts. */
async function changedPipeline() {
  const { model } = await train(rows, { target, hidden: [], validation: 0.2, warnings: false });
  const network = { number: { bins: 32, binsBy: 'splits' }, date: { bins: 32 }, text: { length: 0.03 } };
  const all = model.pipeline.steps.flatMap(({ name, step: { kind, ...given } }) => [
    [name, columns[kind]({ ...given, ...(isBoolean(name) ? {} : { ...network[kind], ...steps[kind] }) })],
    ...(kind === 'date' ? [[`day of ${name}`, columns.interval(name, { rare: 20 })]] : []),
  ]);
  return pipeline(Object.fromEntries(all));
}

const isBoolean = (name) => rows.typeOf(name) === 'boolean';

const begin = performance.now();
const { report } = await train(rows, {
  target,
  validation: 0.2,
  seed: Number(number),
  warnings: false,
  ...(steps && { pipeline: await changedPipeline() }),
  ...options,
});
const seconds = (performance.now() - begin) / 1e3;
const { logLoss, rootMeanSquaredError } = report.scores.network;
console.log(JSON.stringify({ loss: (logLoss ?? rootMeanSquaredError).value, seconds }));
