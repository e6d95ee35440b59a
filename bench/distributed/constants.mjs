import { apart, overMemory } from './measured.mjs';
import { free } from './network.mjs';
import { stepAlone, stepTime } from './timeline.mjs';

const rowsOfRanks = [1, 4, 16, 64, 256, 1024];
const calibrated = 64; // rows of a rank where ranks exchange: few, so that exchanges are a large part
const every = 8;

/** Steps of an epoch, for one of some tenths of a second: its end is no part of a step, and the data have to fit. */
export const stepsFor = (seconds, batch) =>
  Math.max(4, Math.min(256, Math.round(0.4 / seconds), Math.floor(2 ** 15 / batch)));

/**
 * Measures what a rank takes, with two processes at once, since ranks of one machine share its memory: steps without
 * exchange; then steps with it, whose difference is what exchanging takes of the processor.
 *
 * @returns {import('./timeline.mjs').Constants}
 */
export function measureConstants(launcher, description) {
  const steps = rowsOfRanks.map((rows) => {
    const guess = 1e-3 + 30e-6 * rows;
    return [rows, 1e-6 * apart(launcher, { description, batch: rows, steps: stepsFor(guess, rows) }).least];
  });
  const constants = { steps, update: interceptOf(steps), exchanged: { full: 0, bfloat16: 0 }, outer: 0 };
  const plan = { description, rows: calibrated, ranks: 2, network: free };
  const batch = 2 * calibrated;
  const measured = (work) => 1e-6 * overMemory(launcher, { description, batch, ...work }).least;
  const count = stepsFor(stepAlone(constants, calibrated), batch);
  for (const exchange of ['full', 'bfloat16']) {
    const excess = measured({ exchange, steps: count }) - stepTime(constants, { ...plan, exchange });
    const ofUnit = { ...constants, exchanged: { [exchange]: 1 } }; // a second for each byte
    constants.exchanged[exchange] = Math.max(0, excess) / (stepTime(ofUnit, { ...plan, exchange }) - stepTime(constants, { ...plan, exchange })); // biome-ignore format: one formula
  }
  const ofItsOwn = { ...plan, exchange: 'full', every };
  const excess = measured({ exchange: 'full', every, steps: every * Math.ceil(count / every) }) - stepTime(constants, ofItsOwn); // biome-ignore format: one formula
  return { ...constants, outer: every * Math.max(0, excess) };
}

/** Where a line of least relative squares through some points meets the axis. */
function interceptOf(points) {
  const moment = (power) => points.reduce((sum, [x, y]) => sum + x ** power / y ** 2, 0);
  const product = (power) => points.reduce((sum, [x, y]) => sum + x ** power / y, 0);
  const [s0, s1, s2, t0, t1] = [moment(0), moment(1), moment(2), product(0), product(1)];
  return Math.max(0, (s2 * t0 - s1 * t1) / (s0 * s2 - s1 * s1));
}
