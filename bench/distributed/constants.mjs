import { tell } from '../trials.mjs';
import { apart, overMemory } from './measured.mjs';
import { free } from './network.mjs';
import { stepAlone, stepTime } from './timeline.mjs';

const rowsOfRanks = [1, 4, 16, 64, 256, 1024];
const calibrated = 64; // rows per rank with exchange: few, so that exchanges are a large part
const every = 8;

/**
 * Steps per epoch, for an epoch of some tenths of a second: its end is not part of a step, and the data have to fit.
 */
export const stepsFor = (seconds, batch) =>
  Math.max(4, Math.min(256, Math.round(0.4 / seconds), Math.floor(2 ** 15 / batch)));

/**
 * The least seconds per step of several kinds of work, measured in turn, so that a temporarily busy program disturbs
 * all of them.
 */
export function least(trials, works, measure) {
  const all = works.map(() => Number.POSITIVE_INFINITY);
  for (let trial = 0; trial < trials; ++trial)
    for (const [i, work] of works.entries()) {
      tell(`trial ${trial + 1} of ${trials}: measurement ${i + 1} of ${works.length}`);
      all[i] = Math.min(all[i], 1e-6 * measure(work).least);
    }
  tell('');
  return all;
}

/**
 * Measures what a rank costs: steps without an exchange, and steps with one. The difference is the processor time of
 * the exchange. Two processes run at once, because ranks on one machine share its memory.
 *
 * @returns {import('./timeline.mjs').Constants}
 */
export function measureConstants(launcher, description, trials) {
  const seconds = least(trials, rowsOfRanks, (rows) =>
    apart(launcher, { description, batch: rows, steps: stepsFor(1e-3 + 30e-6 * rows, rows) }),
  );
  const steps = rowsOfRanks.map((rows, i) => [rows, seconds[i]]);
  const none = { steps, update: interceptOf(steps), exchanged: { full: 0, bfloat16: 0 }, outer: 0 };
  const plan = { description, rows: calibrated, ranks: 2, network: free };
  const batch = 2 * calibrated;
  const ways = [{ exchange: 'full' }, { exchange: 'bfloat16' }, { exchange: 'full', every }];
  const count = every * Math.ceil(stepsFor(stepAlone(none, calibrated), batch) / every);
  const measured = least(trials, ways, (way) => overMemory(launcher, { description, batch, steps: count, ...way }));
  // On a free network a time is linear in each constant: the excess is that constant times the time of one unit of it.
  const fitted = (constants, one, i) => {
    const time = (of) => stepTime(of, { ...plan, ...ways[i] });
    return Math.max(0, measured[i] - time(constants)) / (time({ ...constants, ...one }) - time(constants));
  };
  const exchanged = {
    full: fitted(none, { exchanged: { full: 1 } }, 0),
    bfloat16: fitted(none, { exchanged: { bfloat16: 1 } }, 1),
  };
  return { ...none, exchanged, outer: fitted({ ...none, exchanged }, { outer: 1 }, 2) };
}

/** Interpolates between two measurements in time, because the speed of a machine drifts. */
export const between = (before, after) =>
  typeof before === 'number'
    ? (before + after) / 2
    : Array.isArray(before)
      ? before.map((each, i) => between(each, after[i]))
      : Object.fromEntries(Object.entries(before).map(([name, each]) => [name, between(each, after[name])]));

/** The intercept of the line with least relative squares through some points. */
function interceptOf(points) {
  const moment = (power) => points.reduce((sum, [x, y]) => sum + x ** power / y ** 2, 0);
  const product = (power) => points.reduce((sum, [x, y]) => sum + x ** power / y, 0);
  const [s0, s1, s2, t0, t1] = [moment(0), moment(1), moment(2), product(0), product(1)];
  return Math.max(0, (s2 * t0 - s1 * t1) / (s0 * s2 - s1 * s1));
}
