// Trains with the defaults of `train` on the training rows of a split, read from a CSV file. Prints JSON: the accuracy on the
// held-out rows and the one that the report estimates, both in %, and the processor time in s of all of `train` and of the fit of the
// returned model. Arguments: file of prepare.mjs, number of the split from 1.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { table, train } from 'glissade/tables';
import { accuracyOf, processorSeconds, splitOf } from './split.mjs';

const [file, number] = process.argv.slice(2);
const { training, held } = splitOf(file, Number(number));
const names = Object.keys(training[0]);
const quoted = (value) => `"${value.replaceAll('"', '""')}"`;
const lines = training.map((row) => names.map((name) => quoted(row[name])).join(','));

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bench-'));
const csv = path.join(folder, 'texts.csv');
fs.writeFileSync(csv, `${[names.join(','), ...lines].join('\n')}\n`);
try {
  const begin = processorSeconds();
  let before = begin; // the last progress of another stage
  let end; // the last progress of the final model
  const onProgress = (stage) => {
    if (stage === 'final model') end = processorSeconds();
    else if (end === undefined) before = processorSeconds();
  };
  const by = names.includes('document') ? 'document' : undefined;
  const { model, report } = await train(await table(csv), { target: 'label', by, seed: Number(number), onProgress });
  const seconds = processorSeconds() - begin;
  const predicted = await model.predict(held.map(({ label: _, ...row }) => row));
  const { network, linear } = report.scores;
  console.error(`network ${network.accuracy.value}, linear ${linear.accuracy.value}: ${report.chosen}`);
  console.log(
    JSON.stringify({
      score: accuracyOf(predicted, held),
      estimate: 100 * report.scores[report.chosen].accuracy.value,
      seconds,
      fit: (end ?? before) - before,
    }),
  );
} finally {
  fs.rmSync(folder, { recursive: true });
}
