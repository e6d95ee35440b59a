import { quantile } from '../statistics.mjs';

const warmUp = 400; // ms; at least an epoch
const leastTime = 1_500;
const leastEpochs = 3;

/** Measures epochs, in µs. Call `isEnough()` at the end of each epoch; it returns whether the times suffice. */
export function epochTimes() {
  const begin = performance.now();
  const times = [];
  let last;
  let total = 0;
  return {
    isEnough() {
      const now = performance.now();
      if (last !== undefined) {
        times.push(1e3 * (now - last));
        total += now - last;
      }
      if (last !== undefined || now - begin > warmUp) last = now;
      return total >= leastTime && times.length >= leastEpochs;
    },
    median: () => quantile(times),
    least: () => Math.min(...times),
  };
}
