// Prints the times of requests to a server of server.mjs while models train, and the speed of the trainings, as JSON:
// node requests.mjs <http|fastify> <models> <quota of processors, 0 for none> <requests per second, 0 for as many as possible>
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon'; // the load generator of Fastify's benchmarks; it reuses connections
import { quantile } from '../statistics.mjs';

const [kind, models, quota, rate] = process.argv.slice(2);
const seconds = { before: 2, measured: 4 };

const server = fork(path.join(import.meta.dirname, 'server.mjs'), [kind, models, quota]);
server.on('exit', (code) => code && process.exit(code));
const [{ port, threads }] = await once(server, 'message');

/** The server's measurements since the last question. */
async function ask() {
  server.send('now');
  return (await once(server, 'message'))[0];
}

await sleep(1e3 * seconds.before);
await ask();
await sleep(1e3 * seconds.measured);
const { training: trainingAlone } = await ask();

const times = [];
let failed = 0;
const begin = performance.now() + 1e3 * seconds.before;
setTimeout(ask, 1e3 * seconds.before);
const instance = autocannon({
  url: `http://127.0.0.1:${port}`,
  connections: 10,
  duration: seconds.before + seconds.measured,
  ...(Number(rate) > 0 && { overallRate: Number(rate) }),
});
instance.on('response', (_client, status, _bytes, time) => {
  if (performance.now() < begin) return;
  if (status === 200) times.push(time);
  else failed += 1;
});
instance.on('reqError', () => {
  failed += 1;
});
await instance;
const beside = await ask();
server.disconnect();
await once(server, 'exit');
if (failed > 0) throw new Error(`${failed} requests failed`);
const [median, p99, p999] = [0.5, 0.99, 0.999].map((share) => quantile(times, share));
console.log(
  JSON.stringify({ median, p99, p999, perSecond: times.length / seconds.measured, threads, trainingAlone, ...beside }),
);
