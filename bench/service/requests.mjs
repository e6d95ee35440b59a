// Prints the median and the 99th percentile of the time in ms in which the server of examples/service answers on the
// first route, answers per second, and the share of requests that were refused or failed:
// node requests.mjs <epochs of a concurrent run, 0 for none> <route> [another route with as many connections]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import autocannon from 'autocannon'; // the load generator of Fastify's benchmarks; it reuses connections
import { examples, pixels } from '../../examples/service/data.mjs';
import { quantile } from '../statistics.mjs';

const [epochs, ...routes] = process.argv.slice(2);
const seconds = { before: 2, measured: 5 };

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bench-'));
const main = path.join(import.meta.dirname, '../../examples/service/main.mjs');
const server = spawn(process.execPath, [main, '--port', '0', '--folder', folder, '--epochs', epochs], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let said = '';
server.stdout.on('data', (piece) => {
  said += piece;
});
while (!said.includes('http://')) await once(server.stdout, 'data');
const [url] = /http:\S+/.exec(said);

const { inputs, targets } = examples({ rows: 100, seed: 3 });
const requests = Array.from(targets, (target, row) => ({
  body: JSON.stringify({ features: Array.from(inputs.subarray(row * pixels, (row + 1) * pixels)), target }),
}));

/** Times of the successful answers on a route, and the number of requests. */
async function load(/** @type {string} */ route) {
  const times = [];
  let count = 0;
  const begin = performance.now() + 1e3 * seconds.before;
  const duration = seconds.before + seconds.measured;
  const instance = autocannon({ url: url + route, method: 'POST', connections: 10, duration, requests });
  instance.on('response', (_client, status, _bytes, time) => {
    if (performance.now() < begin) return;
    count += 1;
    if (status === 200) times.push(time);
  });
  instance.on('reqError', () => {
    count += 1;
  });
  await instance;
  return { times, count };
}

const [{ times, count }] = await Promise.all(routes.map(load));
server.kill();
await once(server, 'exit');
fs.rmSync(folder, { recursive: true });
const [median, p99] = [quantile(times), quantile(times, 0.99)];
const perSecond = times.length / seconds.measured;
console.log(JSON.stringify({ median, p99, perSecond, refused: (count - times.length) / count }));
