import { quantile } from '../statistics.mjs';

const warmUp = 400; // ms, and at least an epoch
const leastTime = 1_500;
const leastEpochs = 3;

/** Times of epochs in µs. `isEnough()` is to be called at the end of each, and says whether they suffice. */
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
  };
}
