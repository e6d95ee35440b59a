// A thread that trains for some epochs.
import { parentPort, workerData } from 'node:worker_threads';
import { adam, Dataset, dense, network } from 'glissade';

const inputs = Float32Array.from({ length: 4_000 }, (_, i) => Math.cos(i));
const data = new Dataset({ inputs, targets: new Float32Array(100), columns: 40 });
const model = network({ inputs: 40, layers: [dense(30, { activation: 'relu' }), dense(1)], seed: 1 });
const run = model.fit(data, { loss: 'squared', optimizer: adam(), batchSize: 10, epochs: workerData.epochs });
parentPort.postMessage('running');
await run;
