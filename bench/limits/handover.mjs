import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { compiled } from '../peers/compiler.mjs';

const patience = 3 * 60_000; // ms
const pause = 1_000;
const mostTime = 5_000; // ms; usually about 20, but longer if both threads share a processor
const tolerable = 2; // multiple of the least distance

let least = Infinity;

/**
 * How far apart the cores are: the time in ns that a cache line takes to another thread and back. A virtual
 * machine's cores can move to different chips while it runs, which slows work shared by threads. Undefined for one
 * thread, on one core, or without a C++ compiler.
 */
export function measureHandover(threads) {
  const binary = threads > 1 ? compiled(path.join(import.meta.dirname, 'handover.cpp'), []) : undefined;
  if (!binary) return undefined;
  const { status, stdout } = spawnSync(binary, { encoding: 'utf8', timeout: mostTime });
  if (status !== 0) return undefined;
  least = Math.min(least, Number(stdout));
  return Number(stdout);
}

/** Whether a distance is more than twice the least one measured so far. */
const isFar = (handover) => handover > tolerable * least;

/** The result of `run`, the larger of the distances before and after it, and whether that one is far. */
export function besideHandovers(threads, run, before = measureHandover(threads)) {
  const outcome = run();
  const distance = before && Math.max(before, measureHandover(threads) ?? 0);
  return { outcome, distance, isFar: isFar(distance) };
}

/** {@link besideHandovers}, started while cores are near and repeated until they stay near, for at most `patience`. */
export function betweenNearCores(threads, run) {
  const end = performance.now() + patience;
  for (;;) {
    let distance = measureHandover(threads);
    while (isFar(distance) && performance.now() < end) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
      distance = measureHandover(threads);
    }
    const result = besideHandovers(threads, run, distance);
    if (!result.isFar || performance.now() >= end) return result;
  }
}
