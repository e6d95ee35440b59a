import * as G from 'glissade';
import { distributed } from 'glissade/distributed';
const { network, dense, Dataset, Trainer, adam, sgd, sparse, configure } = G;
const group = process.env.ALONE ? undefined : await distributed({ deterministic: !!process.env.DET, exchange: process.env.EX ?? 'full' });
const what = process.argv[2];
let seed = 1; const rand = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
let data, model, optimizer, batchSize, epochs = Number(process.env.EPOCHS ?? 5);
if (what === 'dense') {
  const rows = 20000, columns = 784;
  data = new Dataset({ inputs: Uint8Array.from({ length: rows * columns }, () => rand() * 255), targets: Uint8Array.from({ length: rows }, () => rand() * 10), columns, scale: 1 / 255 });
  model = network({ inputs: 784, layers: [dense(512, { activation: 'relu' }), dense(512, { activation: 'relu' }), dense(10)], seed: 1 });
  optimizer = adam({ learningRate: 1e-3 }); batchSize = 512;
} else {
  const rows = 60000, n = 2 ** 18;
  data = new Dataset({ inputs: sparse({ rows: Array.from({ length: rows }, () => Array.from({ length: 50 }, () => [Math.floor(rand() * n), 1])), columns: n }), targets: Uint8Array.from({ length: rows }, () => rand() * 2) });
  model = network({ inputs: data, layers: [dense(1)], seed: 1 });
  optimizer = sgd({ learningRate: 0.1 }); batchSize = Number(process.argv[3] ?? 512);
}
const trainer = new Trainer(model, { loss: what === 'dense' ? 'crossEntropy' : 'logistic', optimizer, seed: 3, group });
const rates = [];
for await (const epoch of trainer.fit(data, { batchSize, epochs })) rates.push(epoch.examplesPerSecond);
if (!group || group.rank === 0) console.log(what, group ? `${group.size} ranks` : `${G.runtime().threads} threads`, rates.map((r) => Math.round(r / 1000)).join(' '), 'k/s', (1e6 * batchSize / Math.max(...rates)).toFixed(0), 'µs/step');
