// Ten Workers train at once. This thread never loads glissade. Prints the hash of the parameters of each.
import { createHash } from 'node:crypto';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

if (isMainThread) {
  const hashes = Array.from({ length: 10 }, () => {
    const worker = new Worker(new URL(import.meta.url));
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  for (const hash of await Promise.all(hashes)) console.log(hash);
} else {
  const { adam } = await import('glissade');
  const { examples, newModel } = await import('./works.mjs');
  const model = newModel();
  await model.fit(examples(), { loss: 'crossEntropy', optimizer: adam(), batchSize: 16, epochs: 20, seed: 1 });
  parentPort.postMessage(createHash('sha256').update(model.parameters).digest('hex'));
}
