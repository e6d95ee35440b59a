// Trains on rows in memory, or on a file in little memory. Prints as JSON thousands of examples per second of the second
// epoch, and the most memory in MB that the process had, without and with the pages of its file in the system's cache.
// Arguments: memory | file, rows, bytes of memory for a file.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { adam, DatasetBuilder, DatasetWriter, dense, network } from 'glissade';

const [where, rowsGiven, memoryGiven] = process.argv.slice(2);
const [rows, columns, rowsOfChunk] = [Number(rowsGiven), 400, 5000];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bench-'));
const file = path.join(folder, 'rows.dataset');
const groups = '/sys/fs/cgroup';
const group = [
  {
    folder: path.join(groups, 'memory', path.basename(folder)),
    limit: 'memory.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
  },
  { folder: path.join(groups, path.basename(folder)), limit: 'memory.max', peak: 'memory.peak' },
].find(enter);

/** Makes a control group with little memory, and moves this process into it. */
function enter({ folder, limit }) {
  if (where !== 'file' || !fs.existsSync(path.dirname(folder))) return false;
  try {
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, limit), memoryGiven);
    fs.writeFileSync(path.join(folder, 'cgroup.procs'), String(process.pid));
    return true;
  } catch {
    if (fs.existsSync(folder)) fs.rmdirSync(folder);
    return false; // not allowed, or the controller is elsewhere
  }
}

/** Moves this process back, and removes the group. */
function leave({ folder }) {
  fs.writeFileSync(path.join(path.dirname(folder), 'cgroup.procs'), String(process.pid));
  fs.rmdirSync(folder);
}

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
const cache = group ? Number(fs.readFileSync(path.join(group.folder, group.peak), 'utf8')) / 1e6 : memory;
if (group) leave(group);
fs.rmSync(folder, { recursive: true });
console.log(JSON.stringify({ rate: epochs[1].examplesPerSecond / 1e3, memory, cache }));
