// A cluster with workers that train and serve. Prints the answers of each, then ends them all.
import cluster from 'node:cluster';
import http from 'node:http';
import { adam } from 'glissade';
import { examples, newModel } from './works.mjs';

const model = newModel();
const options = { loss: 'crossEntropy', optimizer: adam(), batchSize: 16, seed: 1 };
const x = new Float32Array(50).fill(0.5);

if (cluster.isPrimary) {
  const run = model.fit(examples(), { ...options, epochs: 1e6 });
  const workers = Array.from({ length: 3 }, () => cluster.fork());
  const answers = await Promise.all(
    workers.map(
      (worker) =>
        new Promise((resolve, reject) => {
          worker.once('listening', async ({ port }) => {
            const reply = await fetch(`http://127.0.0.1:${port}`);
            resolve(await reply.json());
          });
          worker.once('exit', (code) => reject(new Error(`a worker has ended with code ${code}`)));
        }),
    ),
  );
  const ended = workers.map(
    (worker) => new Promise((resolve) => worker.removeAllListeners('exit').once('exit', resolve)),
  );
  for (const worker of workers) worker.send('end');
  const codes = await Promise.all(ended);
  run.stop();
  const { status } = await run;
  console.log(JSON.stringify({ answers: new Set(answers.map(String)).size, codes, status }));
} else {
  // A completed run gives the same predictions in each worker; another run continues while it serves.
  await model.fit(examples(), { ...options, epochs: 5 });
  const other = newModel().fit(examples(), { ...options, epochs: 1e6 });
  const server = http.createServer((_, response) => response.end(JSON.stringify([...model.predict(x)])));
  server.listen(0, '127.0.0.1');
  process.once('message', async () => {
    server.closeAllConnections();
    server.close();
    other.stop();
    await other;
    process.disconnect();
  });
}
