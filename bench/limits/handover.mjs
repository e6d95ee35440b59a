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

/** The same once the cores are about as near as they have been, or patience ends. */
export function awaitNearCores(threads) {
  const end = performance.now() + patience;
  let handover = measureHandover(threads);
  while (isFar(handover, least) && performance.now() < end) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    handover = measureHandover(threads);
  }
  return handover;
}

export const leastHandover = () => (least === Infinity ? undefined : least);

export const isFar = (handover, least) => handover > tolerable * least;
