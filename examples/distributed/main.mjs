// Trains a network on Fashion-MNIST, on the processes that mpirun starts: node examples/distributed/main.mjs --help
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { adam, configure, Dataset, dense, dropout, network, schedules } from 'glissade';
import { distributed } from 'glissade/distributed';
import { readIDX } from 'glissade/tables';

const help = `Trains a 784-256-10 network on images of clothes and names those of the test set.

Usage: mpirun -n 4 node examples/distributed/main.mjs [options]

  --images DIR  folder of the four IDX files (default that of Debian's package dataset-fashion-mnist)
  --rows N      how many of the 60,000 images to train on (default all)
  --epochs N    how often to go through them (default 5)
  --alone       in one process, without MPI
  --help        this text`;

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '/usr/share/datasets/fashion-mnist' },
    rows: { type: 'string', default: '60000' },
    epochs: { type: 'string', default: '5' },
    alone: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(help);
  process.exit();
}

/** Images and labels of a part of the files, which can be compressed. */
async function clothes(/** @type {'train' | 't10k'} */ part, rows = Number.POSITIVE_INFINITY) {
  const read = async (/** @type {string} */ kind) => {
    const file = path.join(values.images, `${part}-${kind}-ubyte`);
    return /** @type {Uint8Array} */ ((await readIDX(fs.existsSync(file) ? file : `${file}.gz`)).data);
  };
  const [images, labels] = [await read('images-idx3'), await read('labels-idx1')];
  const count = Math.min(rows, labels.length);
  return new Dataset({
    inputs: images.subarray(0, 784 * count),
    targets: labels.subarray(0, count),
    columns: 784,
    scale: 1 / 255,
  });
}

configure({ priority: 'normal' });
const ranks = values.alone ? undefined : await distributed();
const isFirst = !ranks || ranks.rank === 0;
const [train, test] = [await clothes('train', Number(values.rows)), await clothes('t10k')];

const model = network({ inputs: 784, layers: [dense(256, { activation: 'relu' }), dropout(0.1), dense(10)], seed: 7 });
const run = model.fit(train, {
  loss: 'crossEntropy',
  optimizer: adam({ learningRate: schedules.cosine({ from: 2e-3 }) }),
  batchSize: 256, // over all processes
  epochs: Number(values.epochs),
  seed: 7,
  ranks,
});
for await (const { epoch, loss, examplesPerSecond } of run)
  if (isFirst) console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}, ${Math.round(examplesPerSecond)} images/s`);

const { accuracy } = model.evaluate(test, { loss: 'crossEntropy', metrics: ['accuracy'], ranks });
if (isFirst)
  console.log(`${ranks?.size ?? 1} process${ranks && ranks.size > 1 ? 'es' : ''}: accuracy ${accuracy.toFixed(4)}`);
