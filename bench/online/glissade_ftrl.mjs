// One pass of FTRL over the clicks of a folder (clicks.mjs). Prints JSON: the mean loss of examples before their steps,
// its excess over the entropy in %, examples per second, and the memory of training as a multiple of what the touched
// columns need. Arguments: folder, entropy, number of touched columns, number of columns, η, β, λ₁, λ₂ and, for threads
// that don't wait for each other, hogwild.
import { Dataset, ftrl, linear, sparse } from 'glissade';
import { load } from './files.mjs';

const [folder, ...rest] = process.argv.slice(2);
const [entropy, touched, columns, learningRate, beta, l1, l2] = rest.slice(0, 7).map(Number);
const parallel = rest[7];
const touchedBytes = touched * 3 * Float32Array.BYTES_PER_ELEMENT; // θ, z and n

const arrays = {
  offsets: load(folder, 'offsets', Float64Array),
  indices: load(folder, 'indices', Uint32Array),
  targets: load(folder, 'targets', Uint8Array),
};
const { offsets, indices, targets } = arrays;
const data = new Dataset({ inputs: sparse({ columns, offsets, indices }), targets });

// Keeps the arrays alive. Freeing them during training would hide memory that training takes.
globalThis.kept = arrays;
const before = process.memoryUsage.rss();
let most = before;
const watch = () => {
  most = Math.max(most, process.memoryUsage.rss());
};
const watching = setInterval(watch, 10);
const model = linear({ inputs: { sparse: columns }, outputs: 1 });
const run = model.fit(data, {
  loss: 'logistic',
  optimizer: ftrl({ learningRate, beta, l1, l2 }),
  batchSize: 1,
  shuffle: false,
  ...(parallel ? { parallel } : {}),
});
const [{ loss, examplesPerSecond }] = (await run).epochs;
watch();
clearInterval(watching);
console.log(
  JSON.stringify({
    loss,
    excess: 100 * (loss / entropy - 1),
    rate: examplesPerSecond,
    memory: (most - before) / touchedBytes,
  }),
);
