import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { compiled } from '../peers/compiler.mjs';

const patience = 3 * 60_000; // ms
const pause = 1_000;
const tolerable = 2; // times the least distance

let least = Infinity;

/**
 * How far the cores are apart: ns for a cache line's way to another thread and back. A virtual machine's may come to lie on other
 * chips while it runs, and what threads do together takes longer then. Nothing for one thread, or where there is no C++ compiler.
 */
export function measureHandover(threads) {
  const binary = threads > 1 ? compiled(path.join(import.meta.dirname, 'handover.cpp'), []) : undefined;
  if (!binary) return undefined;
  const handover = Number(spawnSync(binary, { encoding: 'utf8' }).stdout);
  least = Math.min(least, handover);
  return handover;
}

/** What `run` returns, and the larger of the distances before and after it. */
export function besideHandovers(threads, run) {
  const before = measureHandover(threads);
  const outcome = run();
  return { outcome, distance: before && Math.max(before, measureHandover(threads)) };
}

/** The same once the cores are about as near as they have been, again and again until they stay so, or patience ends. */
export function betweenNearCores(threads, run) {
  const end = performance.now() + patience;
  const isWorthWaiting = (handover) => isFar(handover, least) && performance.now() < end;
  for (;;) {
    while (isWorthWaiting(measureHandover(threads)))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    const result = besideHandovers(threads, run);
    if (!isWorthWaiting(result.distance)) return result;
  }
}

export const leastHandover = () => (least === Infinity ? undefined : least);

export const isFar = (handover, least) => handover > tolerable * least;
