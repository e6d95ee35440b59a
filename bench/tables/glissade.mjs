// Trains with the defaults of `train` on the training rows of a split, which it reads from a CSV file, and predicts the
// held-out rows, which are objects as in a server. Prints the JSON of peers.py; the times exclude reading. That of all of `train`
// includes scores by cross-validation; that of one fit is what the returned model took, which learns from all rows.
// Arguments: folder of make_tables.py, table, number of the split from 1.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { table, train } from 'glissade/tables';
import { scoreOf } from './score.mjs';
import { tables } from './tables.mjs';

const [folder, name, number] = process.argv.slice(2);
const read = (file) => fs.readFileSync(path.join(folder, file), 'utf8');
const { target, task } = tables.find((table) => table.name === name);
const [header, ...lines] = read(`${name}.csv`).trimEnd().split('\n');
const { rows, heldOut } = JSON.parse(read(`${name}.json`));
if (lines.length !== rows.length) throw new Error(`${name}.csv has a value with a line break`);

const away = new Set(heldOut[number - 1]);
const made = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bench-'));
const file = path.join(made, `${name}.csv`);
fs.writeFileSync(file, `${[header, ...lines.filter((_, row) => !away.has(row))].join('\n')}\n`);
try {
  const training = await table(file);
  const begin = performance.now();
  let before = begin; // the last progress of another stage
  let end = begin; // the last progress of the final model
  const onProgress = (stage) => {
    if (stage === 'final model') end = performance.now();
    else if (end === begin) before = performance.now();
  };
  const { model } = await train(training, { target, seed: Number(number), onProgress });
  const seconds = (performance.now() - begin) / 1e3;
  const fit = (end - before) / 1e3;
  const unseen = [...away].map((row) => rows[row]);
  const predicted = await model.predict(unseen.map(({ [target]: _, ...row }) => row));
  const score = scoreOf[task](
    predicted,
    unseen.map((row) => row[target]),
  );
  console.log(JSON.stringify({ score, seconds, fit }));
} finally {
  fs.rmSync(made, { recursive: true });
}
