const leastSteps = 7;
const mostSteps = 10_000;
const warmUp = 400; // ms; measurements take twice as long

/** The median time of `step(prepare())` in µs, not counting `prepare`. */
export function medianTime(prepare, step) {
  const times = [];
  let begin;
  for (const start = performance.now(); ; ) {
    const argument = prepare();
    const before = process.hrtime.bigint();
    step(argument);
    const time = Number(process.hrtime.bigint() - before) / 1e3;
    const now = performance.now();
    if (now - start < warmUp) continue;
    begin ??= now;
    times.push(time);
    const isEnough = times.length >= leastSteps && now - begin > 2 * warmUp;
    if (isEnough || times.length >= mostSteps) break;
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}
