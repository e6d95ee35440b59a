// npm run bench -- [optimizers|training|latency] …     see --help
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { runtime } from 'glissade';
import { rows as latency } from './latency/rows.mjs';
import { rows as optimizers } from './optimizers/rows.mjs';
import { rows as training } from './training/rows.mjs';
import { measure } from './trials.mjs';

const suites = { optimizers, training, latency };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    trials: { type: 'string' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(suites);
const unknown = positionals.filter((name) => !Object.hasOwn(suites, name));
const wrong = [
  ...unknown.map((name) => `Unknown suite: ${name}`),
  ...(/^[1-9]\d*$/.test(values.trials ?? '1') ? [] : [`--trials takes a whole number above 0, not "${values.trials}"`]),
];
const rows = names
  .flatMap((name) => suites[name] ?? [])
  .filter(({ title }) => title.toLowerCase().includes(values.only.toLowerCase()));
if (wrong.length === 0 && rows.length === 0) wrong.push(`No row's title contains "${values.only}"`);
if (values.help || wrong.length > 0) {
  if (wrong.length > 0) console.error(`${wrong.join('\n')}\n`);
  console.log(`Usage: npm run bench -- [suite …] [--only WORDS] [--trials N] [--json FILE]

Suites: ${Object.keys(suites).join(', ')} (default: all)
--only runs the rows whose title contains these words, as in: npm run bench -- optimizers --only "64 M"
Each trial is a process of its own; the contestants of a row take turns. Figures are medians over the trials (default 7, fewer
for long rows), and × is how many times as long as the first contestant each took.
PyTorch is compared where python3 (or the interpreter that GLISSADE_BENCH_PYTHON names) can import torch. "Limit" is a program
that moves the same bytes and does nothing else; c++ (or what CXX names) compiles it.`);
  process.exit(wrong.length > 0 ? 1 : 0);
}

const { version, instructionSet, threads } = runtime();
const machine = {
  cpu: os.cpus()[0].model.trim(),
  cores: os.cpus().length,
  node: process.versions.node,
  version,
  instructionSet,
  threads,
};
console.log(
  `glissade ${version} (${instructionSet}, ${threads} threads) on ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}`,
);

const results = [];
for (const row of rows) results.push(measure(row, Number(values.trials ?? row.trials ?? 7)));

if (values.json)
  fs.writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), machine, results }, null, 2)}\n`);
