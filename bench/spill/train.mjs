// Trains on rows in memory, or on a file in little memory. Prints as JSON thousands of examples per second of the second
// epoch, and the peak memory of the process in MB, without and with the pages of its file in the system's cache.
// Arguments: memory | file, rows, bytes of memory for a file.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { adam, DatasetBuilder, DatasetWriter, dense, network } from 'glissade';
import { enterGroup } from '../control_group.mjs';

const [where, rowsGiven, memoryGiven] = process.argv.slice(2);
const [rows, columns, rowsOfChunk] = [Number(rowsGiven), 400, 5000];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bench-'));
const file = path.join(folder, 'rows.dataset');
const group =
  where === 'file'
    ? enterGroup('memory', { 1: { 'memory.limit_in_bytes': memoryGiven }, 2: { 'memory.max': memoryGiven } })
    : undefined;

async function* chunks() {
  let state = 1;
  for (let from = 0; from < rows; from += rowsOfChunk) {
    const inputs = new Float32Array(rowsOfChunk * columns);
    const targets = new Uint8Array(rowsOfChunk);
    for (let i = 0; i < inputs.length; ++i) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      inputs[i] = state / 2 ** 31 - 1;
    }
    for (let i = 0; i < rowsOfChunk; ++i) targets[i] = inputs[i * columns] * 5 + 5;
    yield { inputs, targets };
  }
}

const options = { inputs: columns, targetColumns: 1 };
let data;
if (where === 'memory') {
  const builder = new DatasetBuilder(options);
  for await (const chunk of chunks()) builder.append(chunk);
  data = builder.build();
} else {
  const writer = new DatasetWriter(file, options);
  for await (const chunk of chunks()) await writer.append(chunk);
  data = await writer.close();
}

const model = network({ inputs: columns, layers: [dense(64, { activation: 'relu' }), dense(10)], seed: 1 });
const { epochs } = await model.fit(data, {
  loss: 'crossEntropy',
  optimizer: adam(),
  batchSize: 128,
  epochs: 2,
  sampling: 'blocks',
});
const [, most] = /VmHWM:\s*(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'));
const memory = (Number(most) * 1024) / 1e6;
const peak = { 1: 'memory.max_usage_in_bytes', 2: 'memory.peak' };
const cache = group ? Number(fs.readFileSync(path.join(group.folder, peak[group.version]), 'utf8')) / 1e6 : memory;
group?.leave();
fs.rmSync(folder, { recursive: true });
console.log(JSON.stringify({ rate: epochs[1].examplesPerSecond / 1e3, memory, cache }));
