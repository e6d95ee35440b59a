// A server with models that train beside it, for requests.mjs: node server.mjs <http|fastify> <models> <quota of
// processors, 0 for none>. It sends its port to the parent process. To each message it replies with figures since the
// last message: the 99th and 99.9th percentiles of the event loop's delay in ms, and thousands of examples per second
// of all trainings together.
import http from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { enterQuota } from '../control_group.mjs';

const [kind, models, quota] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const group = quota > 0 ? enterQuota(quota) : undefined;
if (quota > 0 && !group) throw new Error('this process may not make a control group with a quota of processors');
const { adam, Dataset, dense, network, runtime } = await import('glissade'); // reads the quota

const answer = { status: 'ok', items: Array.from({ length: 20 }, (_, id) => ({ id, name: `item ${id}` })) };
const servers = {
  http: () =>
    new Promise((resolve) => {
      const server = http.createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
      server.listen(0, '127.0.0.1', () => resolve(server.address().port));
    }),
  fastify: async () => {
    const { default: fastify } = await import('fastify');
    const app = fastify();
    app.get('/', async () => answer);
    return new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port;
  },
};
const port = Number(await servers[kind]());

const [rows, columns, batchSize] = [20_000, 784, 128];
const inputs = Uint8Array.from({ length: rows * columns }, (_, i) => (i * 7919) % 251);
const targets = Uint8Array.from({ length: rows }, (_, i) => i % 10);
const data = new Dataset({ inputs, targets, columns, scale: 1 / 255 });
const runs = Array.from({ length: models }, (_, seed) =>
  network({ inputs: columns, layers: [dense(128, { activation: 'relu' }), dense(10)], seed }).fit(data, {
    loss: 'crossEntropy',
    optimizer: adam(),
    batchSize,
    epochs: 1_000_000,
    seed,
  }),
);
const steps = () => runs.reduce((sum, { progress }) => sum + progress.steps, 0);

const delay = monitorEventLoopDelay({ resolution: 1 });
let [since, stepsBefore] = [performance.now(), 0];
delay.enable();
process.on('message', () => {
  const [now, stepsNow] = [performance.now(), steps()];
  const training = ((stepsNow - stepsBefore) * batchSize) / (now - since); // in thousands per second
  process.send({ training, delay99: delay.percentile(99) / 1e6, delay999: delay.percentile(99.9) / 1e6 });
  [since, stepsBefore] = [now, stepsNow];
  delay.reset();
});
process.on('disconnect', () => {
  group?.leave();
  process.exit();
});
process.send({ port, threads: runtime().threads });
