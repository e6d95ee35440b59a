// Works in rounds for some minutes, and sends a sample of the process's resources after each:
//   node --expose-gc program.mjs <minutes> [models | handles | threads: leaks these on purpose, in every tenth round]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { newModel, round } from './round.mjs';

const [minutes, leak] = [Number(process.argv[2]), process.argv[3]];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-endurance-'));
const kept = [];
const leaks = {
  models: () => kept.push(newModel(1)),
  handles: () => kept.push(fs.openSync(folder)),
  threads: () => kept.push(new Worker('setInterval(() => {}, 1e6)', { eval: true })),
};

const begin = performance.now();
const end = begin + 60_000 * minutes;
for (let number = 0; performance.now() < end; ++number) {
  await round(number, folder);
  if (number % 10 === 9) leaks[leak]?.();
  for (let i = 0; i < 2; ++i) {
    await sleep(1); // finalizers run in a separate turn
    globalThis.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  process.send({
    seconds: (performance.now() - begin) / 1e3,
    memory: Number(/RssAnon:\s*(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) / 1e3,
    heap: heapUsed / 1e6,
    external: external / 1e6, // includes what the addon has reported
    resources: process.getActiveResourcesInfo().length,
    files: fs.readdirSync('/proc/self/fd').length,
    threads: fs.readdirSync('/proc/self/task').length,
  });
}
fs.rmSync(folder, { recursive: true });
process.exit(); // in spite of leaked threads
