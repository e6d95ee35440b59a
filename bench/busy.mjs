import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Which share of the processors' time other programs take, while we wait for half a second. */
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
