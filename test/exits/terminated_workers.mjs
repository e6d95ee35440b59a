// Starts as many Workers as the argument says, one after another, and terminates each while its network trains.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { adam, Dataset, dense, network } from 'glissade';

if (isMainThread) {
  const count = Number(process.argv[2] ?? 1);
  for (let i = 0; i < count; ++i) {
    const worker = new Worker(fileURLToPath(import.meta.url));
    await once(worker, 'message');
    await worker.terminate();
  }
  console.log(`${count} Workers were terminated during a training`);
} else {
  const data = new Dataset({ inputs: new Float32Array(4000), targets: new Float32Array(400), columns: 10 });
  const model = network({ inputs: 10, layers: [dense(1)], seed: 1 });
  model.fit(data, { loss: 'squared', optimizer: adam(), batchSize: 16, epochs: 1e6 });
  parentPort.postMessage('training');
}
