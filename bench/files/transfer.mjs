// Prints the megabytes per second of a way to write or read a model of 100 M parameters: the median of seven.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { dense, loadModel, network } from 'glissade';
import { quantile } from '../statistics.mjs';

const trials = 7;
const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'glissade-bench-'));
const file = path.join(folder, 'model');
const model = network({ inputs: 10_000, layers: [dense(10_000, { bias: false, initializer: 'zeros' })] });
for (let i = 0; i < model.parameters.length; ++i) model.parameters[i] = i;
const bytes = model.toBytes();

/** Does what `model.save` does, with existing bytes. */
async function writeNew() {
  await fs.writeFile(`${file}.new`, bytes, { flush: true });
  await fs.rename(`${file}.new`, file);
  const handle = await fs.open(folder);
  await handle.sync();
  await handle.close();
}

const ways = {
  save: () => model.save(file),
  write: writeNew,
  overwrite: () => fs.writeFile(file, bytes, { flush: true }),
  load: () => loadModel(file),
  read: () => fs.readFile(file),
  bytes: () => model.toBytes(),
  copy: () => Float32Array.from(model.parameters),
};

const way = ways[process.argv[2]];
await writeNew();
const seconds = [];
for (let i = 0; i < trials; ++i) {
  const begin = performance.now();
  await way();
  seconds.push((performance.now() - begin) / 1e3);
}
await fs.rm(folder, { recursive: true });
console.log(bytes.length / 1e6 / quantile(seconds));
