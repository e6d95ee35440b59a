// npm run check:lifetimes -- [--rounds 1000] [--seed 1] [--kinds fit,serve] [--endings terminate,SIGTERM] [--workers 2]
// Ends Workers and processes at random moments of their work: `--rounds` times by `worker.terminate()`, a tenth as often
// in each other way. All must end as expected, and the process of a Worker must then train as before.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { works } from './works.mjs';

/** How a thread or process ends, and the outcome of its process. `rounds` of Workers share a process. */
const endings = {
  terminate: { life: { ending: 'terminate' }, isOfWorker: true },
  'exit of a Worker': { life: { ending: 'exit' }, isOfWorker: true },
  'error in a Worker': { life: { ending: 'throw' }, isOfWorker: true },
  exit: { life: { ending: 'exit' }, code: 7 },
  error: { life: { ending: 'throw' }, code: 1, stderr: 'on purpose' },
  'exit beside a Worker': { life: { ending: 'exit', beside: true }, code: 7 },
  'error beside a Worker': { life: { ending: 'throw', beside: true }, code: 1, stderr: 'on purpose' },
  SIGTERM: { life: { ending: 'wait' }, signal: 'SIGTERM' },
  SIGINT: { life: { ending: 'wait', beside: true }, signal: 'SIGINT' },
};

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    kinds: {
      type: 'string',
      default: Object.keys(works)
        .filter((kind) => kind !== 'node:http')
        .join(),
    },
    endings: { type: 'string', default: Object.keys(endings).join() },
    workers: { type: 'string', default: String(os.availableParallelism()) },
  },
});
const listed = (name, known) => {
  const list = values[name].split(',');
  for (const one of list) if (!known.includes(one)) throw new Error(`--${name} "${one}": one of ${known.join(', ')}`);
  return list;
};
const [kinds, ways] = [listed('kinds', Object.keys(works)), listed('endings', Object.keys(endings))];

const range = (length) => Array.from({ length }, (_, i) => i);

const seconds = 120; // per process, on a busy machine
const roundsOfProcess = 25;

let state = Number(values.seed) + 1;
const random = () => {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
};

/** A moment to end at: usually soon after the work has started, when rare states are likely. */
const moment = () =>
  random() < 0.25 ? { since: 'start', ms: Math.floor(200 * random()) } : { since: 'work', ms: 30 * random() ** 2 };

/**
 * Whether Node died of its own defect: its HTTP parser aborts if a Worker is terminated while a listener of
 * a server runs. The kind "node:http" shows this without glissade.
 */
const isOfNode = (signal, printed) =>
  signal === 'SIGABRT' && /ToLocalChecked/.test(printed) && /llhttp/.test(printed) && !/glissade/.test(printed);

/** Runs a program to its end. Returns the number of rounds that it has survived, and the error, if any. */
function run(program, order, { code = 0, signal = null, stderr = '', kill }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, program), JSON.stringify(order)], {
      env: { ...process.env, GLISSADE_THREADS: '2', GLISSADE_PRIORITY: 'normal' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 1000 * seconds,
      killSignal: 'SIGKILL',
    });
    let [printed, survived] = ['', 0];
    child.stderr.on('data', (text) => {
      printed += text;
    });
    const killSoon = () => setTimeout(() => child.kill(signal), order.ms);
    if (kill === 'start') child.once('spawn', killSoon);
    if (kill === 'work') child.stdout.once('data', killSoon);
    child.stdout.on('data', (text) => {
      survived += String(text).split('\n').length - 1;
    });
    child.once('close', (itsCode, itsSignal) => {
      const isSilent = stderr === '' ? printed === '' : printed.includes(stderr);
      const isCrash = /Check failed|FATAL ERROR|terminate called|AddressSanitizer/.test(printed);
      const hasEnded = signal ? itsSignal === signal : itsCode === code && itsSignal === null;
      if (hasEnded && isSilent && !isCrash) return resolve({ survived });
      if (isOfNode(itsSignal, printed)) return resolve({ survived, isOfNode: true });
      const again = `node test/lifetimes/${program} '${JSON.stringify(order)}'`;
      resolve({ survived, failure: `${again}\n  ended with ${itsSignal ?? `code ${itsCode}`}\n${printed}` });
    });
  });
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
const rounds = new Map(ways.map((way) => [way, new Map(kinds.map((kind) => [kind, 0]))]));
const failures = [];

let endedByNode = 0;

/** Cases for consecutive Workers of a process. Those ended by a defect of Node are repeated. */
async function liveInTurn(way, kind, lives) {
  for (let left = lives; left.length > 0; ) {
    const outcome = await run('rounds.mjs', { kind, folder, lives: left }, {});
    count(way, kind, outcome);
    if (!outcome.isOfNode) return;
    left = left.slice(outcome.survived);
  }
}

/** Cases with a process each. Those ended by a defect of Node are repeated. */
async function liveAlone(way, kind, life) {
  const { life: _, ...expected } = endings[way];
  let outcome;
  do {
    const order = { kind, folder, ...life };
    outcome = await run('life.mjs', order, { ...expected, kill: expected.signal && life.since });
    count(way, kind, { ...outcome, survived: outcome.failure || outcome.isOfNode ? 0 : 1 });
  } while (outcome.isOfNode);
}

function count(way, kind, { survived, failure, isOfNode }) {
  const counts = rounds.get(way);
  counts.set(kind, counts.get(kind) + survived);
  if (isOfNode) endedByNode += 1;
  if (failure === undefined) return;
  failures.push(failure);
  console.log(failure);
}

/** Each task is a process, or several of them in sequence. */
function* tasks() {
  for (const [w, way] of ways.entries()) {
    const { life, isOfWorker } = endings[way];
    const all = Math.ceil(Number(values.rounds) * (way === 'terminate' ? 1 : 0.1));
    for (const i of kinds.keys()) {
      const kind = kinds[(i + 3 * w) % kinds.length]; // few rounds are of other kinds for each ending
      const lives = range(Math.floor(((i + 1) * all) / kinds.length) - Math.floor((i * all) / kinds.length)).map(
        () => ({
          ...life,
          ...moment(),
        }),
      );
      if (!isOfWorker) for (const one of lives) yield () => liveAlone(way, kind, one);
      else
        for (let first = 0; first < lives.length; first += roundsOfProcess)
          yield () => liveInTurn(way, kind, lives.slice(first, first + roundsOfProcess));
    }
  }
}

console.log(`seed ${values.seed}`);
const { failure } = await run('prepare.mjs', folder, {});
if (failure !== undefined) throw new Error(failure);
const queue = tasks();
const begin = performance.now();
await Promise.all(
  range(Number(values.workers)).map(async () => {
    for (const task of queue) await task();
  }),
);
rmSync(folder, { recursive: true, maxRetries: 5 });

const cells = [['', ...kinds], ...[...rounds].map(([way, counts]) => [way, ...counts.values()])];
const widths = cells[0].map((_, i) => Math.max(...cells.map((row) => String(row[i]).length)));
for (const row of cells)
  console.log(row.map((cell, i) => String(cell)[i ? 'padStart' : 'padEnd'](widths[i])).join('  '));
const survived = [...rounds.values()].flatMap((counts) => [...counts.values()]).reduce((sum, count) => sum + count, 0);
const minutes = ((performance.now() - begin) / 60_000).toFixed(1);
if (endedByNode > 0) console.log(`${endedByNode} rounds were ended by a defect of Node's parser of HTTP`);
console.log(`lifetimes (${minutes} min): ${survived} rounds survived, ${failures.length} processes failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
