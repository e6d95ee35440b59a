// Prints the median and the 99th percentile of the time in ms in which trainer.stepAsync replies to an example, and
// replies per second: node replies.mjs <epochs of a concurrent run, 0 for none> <callers> <mean pause of a caller in
// ms>
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { archive, examples, pixels, scale } from '../../examples/service/data.mjs';
import { newTrainer } from '../../examples/service/learner.mjs';
import { quantile } from '../statistics.mjs';

const [epochs, callers, pause] = process.argv.slice(2).map(Number);
const seconds = { before: 2, measured: 5 };

const trainer = newTrainer(callers);
const run = epochs > 0 ? trainer.fit(archive(), { batchSize: 64, epochs }) : undefined;
const { inputs, targets } = examples({ rows: 1_000, seed: 3 });
const times = [];
const begin = performance.now() + 1e3 * seconds.before;
const end = begin + 1e3 * seconds.measured;

async function call(/** @type {number} */ first) {
  for (let row = first; performance.now() < end; row = (row + callers) % targets.length) {
    const asked = performance.now();
    const features = Array.from(inputs.subarray(row * pixels, (row + 1) * pixels)); // as JSON parses them
    await trainer.stepAsync(features, [targets[row]], { scale });
    if (asked >= begin) times.push(performance.now() - asked);
    await (pause > 0 ? sleep(-pause * Math.log(1 - Math.random())) : nextTurn()); // at random, as visitors arrive
  }
}

await Promise.all(Array.from({ length: callers }, (_, i) => call(i)));
run?.stop();
await run;
const [median, p99] = [quantile(times), quantile(times, 0.99)];
console.log(JSON.stringify({ median, p99, perSecond: times.length / seconds.measured }));
