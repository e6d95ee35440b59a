// npm run check:serve -- [--minutes 10] [--seed 1] [--heap 256] [--pool 1] [--times assert | report] [--json build-reports/serve.json]
// --pool: the number of V8's worker threads in the server (--v8-pool-size of Node).
// Attacks `glissade serve` while honest clients predict and learn. Fails if the server crashes or prints anything on
// its error output, if it has not learnt exactly what it acknowledged, if an honest client is refused, or if the 99th
// percentile of honest clients' times is more than three times that without attacks, measured alternately in the same
// run.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadTableModel, table, train } from 'glissade/tables';
import packageJson from '../../package.json' with { type: 'json' };
import { people } from './people.mjs';
import { randomOf } from './random.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    heap: { type: 'string', default: '256' },
    pool: { type: 'string', default: '4' }, // Node's default
    times: { type: 'string', default: 'assert' },
    json: { type: 'string', default: 'build-reports/serve.json' },
    program: { type: 'string', default: packageJson.bin.glissade },
  },
});
const number = (/** @type {'minutes' | 'seed' | 'heap' | 'pool'} */ name) => {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} is "${values[name]}", expected a number above 0`);
  return value;
};
const [minutes, seed, heap, pool] = [number('minutes'), number('seed'), number('heap'), number('pool')];
if (values.times !== 'assert' && values.times !== 'report')
  throw new Error(`--times is "${values.times}", expected assert or report`);
if (process.platform !== 'linux') throw new Error('check:serve needs the addresses 127.0.1.x, which only Linux has');

const root = path.join(import.meta.dirname, '..', '..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-siege-'));
const [file, out] = [path.join(folder, 'model.safetensors'), path.join(folder, 'learnt.safetensors')];
const { model } = await train(await table(people(400, randomOf(seed))), { target: 'plan', epochs: 8, hidden: [16] });
await model.save(file);

const parameters = [
  'serve',
  file,
  '--port',
  '0',
  '--learn',
  '--out',
  out,
  '--rate',
  '1e-5',
  '--every',
  '5',
  '--timeout',
  '5',
  '--json',
];
const server = spawn(
  process.execPath,
  [
    `--max-old-space-size=${heap}`,
    `--v8-pool-size=${pool}`,
    '--disable-warning=GLISSADE_DRIFT', // the rows of attacks are unlike those of training
    path.resolve(root, values.program),
    ...parameters,
  ],
  {
    stdio: ['ignore', 'pipe', 'pipe'],
  },
);
const said = { out: '', error: '' };
server.stdout.on('data', (text) => (said.out += text));
server.stderr.on('data', (text) => (said.error += text));
const ended = once(server, 'close');
while (!said.out.includes('\n')) await Promise.race([once(server.stdout, 'data'), ended]);
const { url } = JSON.parse(said.out);

const problems = [];
let peak = 0;
const watch = setInterval(() => {
  const status = fs.readFileSync(`/proc/${server.pid}/status`, 'utf8');
  peak = Math.max(peak, Number(/VmRSS:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1e3);
}, 500);
void ended.then(() => clearInterval(watch));

const start = (/** @type {string} */ name) => {
  const child = fork(path.join(import.meta.dirname, name), [url, values.seed]);
  const report = new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${name} has ended with code ${code}`)));
  });
  return { child, report };
};
const honest = start('honest.mjs');
const attackers = start('attackers.mjs');
const failed = Promise.race([
  ended.then(([code, signal]) => {
    throw new Error(`the server has ended with ${signal ?? `code ${code}`}:\n${said.error.slice(-3000)}`);
  }),
  honest.report.then(() => {}),
  attackers.report.then(() => {}),
]);
const within = (/** @type {Promise<any>} */ promise, seconds, what) =>
  Promise.race([
    promise,
    sleep(1000 * seconds, undefined, { ref: false }).then(() => {
      throw new Error(`${what} took more than ${seconds} s`);
    }),
  ]);

/** The metrics of the server, by name. */
async function metrics() {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Object.fromEntries(text.split('\n').flatMap((line) => (/^\w/.test(line) ? [line.split(/ (?=[^ ]+$)/)] : [])));
}

let report;
try {
  // Calm and attack alternate, so that both have the same conditions of the machine.
  const cycles = Math.max(1, Math.min(5, Math.floor(minutes)));
  const seconds = (60 * minutes) / cycles;
  for (let i = 0; i < cycles; ++i) {
    const phases = async () => {
      await sleep(Math.min(5000, 100 * seconds)); // leftovers of the phase before
      honest.child.send({ phase: 'calm' });
      await sleep(250 * seconds);
      attackers.child.send({ attack: true });
      honest.child.send({ phase: 'attack' });
      await sleep(650 * seconds);
      honest.child.send({ phase: 'pause' });
      attackers.child.send({ attack: false });
    };
    await Promise.race([phases(), failed]);
  }
  attackers.child.send({ end: true });
  honest.child.send({ end: true });
  const [ofHonest, ofAttackers] = await within(Promise.all([honest.report, attackers.report]), 180, 'the last replies');

  // Nothing remains of the attacks.
  let last = await metrics();
  for (let i = 0; i < 300 && Number(last.glissade_in_flight_bytes) > 0; ++i) {
    await sleep(100);
    last = await metrics();
  }
  if (Number(last.glissade_in_flight_bytes) !== 0)
    problems.push(`${last.glissade_in_flight_bytes} bytes are in flight`);

  const learnt = Number(last.glissade_rows_learnt_total);
  const acknowledged = ofHonest.acknowledged + ofAttackers.acknowledged;
  if (learnt !== acknowledged) problems.push(`${learnt} rows were learnt, but ${acknowledged} acknowledged`);
  for (const [what, times] of Object.entries(ofAttackers.wrong)) problems.push(`${times} × ${what}`);
  for (const [what, times] of Object.entries(ofHonest.refused)) problems.push(`honest client: ${times} × ${what}`);

  server.kill('SIGTERM');
  const [code, signal] = await within(ended, 60, 'the end of the server');
  if (code !== 0) problems.push(`the server has ended with ${signal ?? `code ${code}`}`);
  if (said.error !== '') problems.push(`the server said: ${said.error.slice(-2000)}`);
  const saved = await loadTableModel(out);
  if (!saved.network.parameters.every(Number.isFinite)) problems.push('parameters are not finite');

  const ratios = {};
  const percentiles = {};
  for (const kind of ['predict', 'learn']) {
    const of = (phase) => summary(ofHonest.times[phase][kind]);
    percentiles[kind] = { calm: of('calm'), attack: of('attack') };
    ratios[kind] = percentiles[kind].attack.p99 / percentiles[kind].calm.p99;
    if (values.times === 'assert' && !(ratios[kind] <= 3))
      problems.push(
        `${kind}: the 99th percentile is ${ratios[kind].toFixed(2)} times as long under attack, 3 are allowed`,
      );
  }
  report = {
    cpu: os.cpus()[0]?.model,
    cores: os.availableParallelism(),
    node: process.version,
    minutes,
    seed,
    heap,
    peakMegabytes: Math.round(peak),
    percentiles,
    ratios,
    learnt,
    acknowledged,
    attacks: ofAttackers.counts,
    metrics: last,
    problems,
  };
  print(report);
} finally {
  for (const child of [honest.child, attackers.child, server]) child.kill('SIGKILL');
  clearInterval(watch);
  fs.rmSync(folder, { recursive: true, force: true });
}
fs.mkdirSync(path.dirname(path.resolve(values.json)), { recursive: true });
fs.writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`);
process.exitCode = Number(problems.length > 0);

function summary(/** @type {number[]} */ times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { requests: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) };
}

function print({ cpu, cores, node, percentiles, ratios, attacks, metrics, ...rest }) {
  console.log(`${cpu}, ${cores} cores, Node ${node}, a heap of ${heap} MB, ${minutes} min, seed ${seed}`);
  for (const kind of ['predict', 'learn'])
    for (const phase of ['calm', 'attack']) {
      const { requests, p50, p90, p99, max } = percentiles[kind][phase];
      const ms = [p50, p90, p99, max].map((time) => time?.toFixed(2).padStart(8)).join('');
      console.log(
        `  ${kind.padEnd(8)}${phase.padEnd(8)}${String(requests).padStart(7)} requests   p50, p90, p99, max, ms:${ms}`,
      );
    }
  console.log(`  p99 under attack: ${ratios.predict.toFixed(2)} × (predict), ${ratios.learn.toFixed(2)} × (learn)`);
  console.log(
    `  rows learnt ${rest.learnt}, acknowledged ${rest.acknowledged}; at most ${rest.peakMegabytes} MB resident`,
  );
  for (const [name, count] of Object.entries(attacks)) console.log(`  ${String(count).padStart(7)} × ${name}`);
  for (const [name, value] of Object.entries(metrics))
    if (/^glissade_(requests|refused|abandoned|replayed|rows|event)/.test(name)) console.log(`  ${name} ${value}`);
  console.log(problems.length === 0 ? 'check:serve has passed' : `check:serve has failed:\n  ${problems.join('\n  ')}`);
}
