import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** The fraction of the processors' time that other programs take, measured during half a second of sleep. */
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
