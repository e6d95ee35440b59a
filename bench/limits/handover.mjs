import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { compiled } from '../peers/compiler.mjs';

const patience = 3 * 60_000; // ms
const pause = 1_000;
const mostTime = 5_000; // ms, of some 20; two threads on one processor may take longer
const tolerable = 2; // times the least distance

let least = Infinity;

/**
 * How far the cores are apart: ns for a cache line's way to another thread and back. A virtual machine's may come to lie on other
 * chips while it runs, and what threads do together takes longer then. Nothing for one thread, on one core, or where there is no C++
 * compiler.
 */
export function measureHandover(threads) {
  const binary = threads > 1 ? compiled(path.join(import.meta.dirname, 'handover.cpp'), []) : undefined;
  if (!binary) return undefined;
  const { status, stdout } = spawnSync(binary, { encoding: 'utf8', timeout: mostTime });
  if (status !== 0) return undefined;
  least = Math.min(least, Number(stdout));
  return Number(stdout);
}

/** Whether that is much more than the least that was seen. */
const isFar = (handover) => handover > tolerable * least;

/** What `run` returns, the larger of the distances before and after it, and whether that is far. */
export function besideHandovers(threads, run, before = measureHandover(threads)) {
  const outcome = run();
  const distance = before && Math.max(before, measureHandover(threads) ?? 0);
  return { outcome, distance, isFar: isFar(distance) };
}

/** The same once the cores are about as near as they have been, again and again until they stay so, or patience ends. */
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
