import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** The fraction of the processors' time that other programs use, measured during half a second of sleep. */
export async function busyShare() {
  const before = times();
  await sleep(500);
  const after = times();
  return (after.busy - before.busy) / (after.all - before.all);
}

function times() {
  const cores = os.cpus().map(({ times }) => times);
  const all = cores.flatMap((core) => Object.values(core)).reduce((a, b) => a + b);
  return { all, busy: all - cores.reduce((sum, { idle }) => sum + idle, 0) };
}

/**
 * The result of `run`, and the fraction of the processors' time that the host of a virtual machine took
 * meanwhile (undefined on systems other than Linux).
 */
export function besideHost(run) {
  const before = ofHost();
  const result = run();
  const after = ofHost();
  return { result, stolen: after && (after.stolen - before.stolen) / Math.max(1, after.all - before.all) };
}

function ofHost() {
  if (!fs.existsSync('/proc/stat')) return undefined;
  const [line] = fs.readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const kinds = line.trim().split(/\s+/).slice(1, 9).map(Number); // user, nice, system, idle, …, steal
  return { all: kinds.reduce((a, b) => a + b), stolen: kinds[7] };
}
