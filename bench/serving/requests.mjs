// Prints the answers per second of a server of server.mjs to 10 connections, and the 99th percentile of their time in ms:
// node requests.mjs <ours|unwatched|bare|onnx>
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import autocannon from 'autocannon'; // the load generator of Fastify's benchmarks; it reuses connections
import { columns, pipeline, table, train } from 'glissade/tables';
import { quantile } from '../statistics.mjs';

const [kind] = process.argv.slice(2);
const seconds = { before: 1, measured: 4 };
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bench-'));
const file = path.join(folder, 'model.safetensors');

const data = Array.from({ length: 1000 }, (_, i) => ({
  age: 20 + (i % 50),
  income: 3000 + ((i * 37) % 5000),
  city: ['Bern', 'Basel', 'Chur'][i % 3],
  children: i % 4,
  height: 1.5 + (i % 40) / 100,
  member: i % 2 === 0,
  price: (i % 50) + (i % 3) * 10,
}));
const steps = {
  ...Object.fromEntries(['age', 'income', 'children', 'height', 'member'].map((name) => [name, columns.number()])),
  city: columns.category(),
};
const { model } = await train(await table(data), {
  target: 'price',
  pipeline: pipeline(steps),
  epochs: 2,
  validation: 0.1,
});
await model.save(file);

const server = spawn(process.execPath, [path.join(import.meta.dirname, 'server.mjs'), kind, file], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [port] = await once(server.stdout, 'data');
const rows = data.map(({ price, ...row }) => row);
const times = [];
const begin = performance.now() + 1e3 * seconds.before;
const instance = autocannon({
  url: `http://127.0.0.1:${Number(port)}/predict`,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  requests: rows.map((row) => ({ body: JSON.stringify(row) })),
  connections: 10,
  duration: seconds.before + seconds.measured,
});
instance.on('response', (_client, status, _bytes, time) => {
  if (status !== 200) throw new Error(`${kind} answers ${status}`);
  if (performance.now() >= begin) times.push(time);
});
await instance;
server.kill();
await once(server, 'exit');
fs.rmSync(folder, { recursive: true });
console.log(JSON.stringify({ perSecond: times.length / seconds.measured, p99: quantile(times, 0.99) }));
