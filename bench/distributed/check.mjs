import { stepsFor } from './constants.mjs';
import { overMemory, overNetwork } from './measured.mjs';
import { free, nameOfNetwork, networks, simulator } from './network.mjs';
import { stepTime } from './timeline.mjs';

const every = 32;
const rowsOfRanks = [32, 256];
const ways = [{ exchange: 'full' }, { exchange: 'bfloat16' }, { exchange: 'full', every }];
const between = { latency: 200e-6, bandwidth: 1e9 };

/**
 * Measures steps of two ranks over memory, and on simulated networks of 2 to 64. Prints predictions beside them.
 *
 * @returns The points, each with its plan, and both times in seconds.
 */
export function check(launcher, { description, constants }) {
  const simulated = simulator();
  if (simulated.missing) throw new Error(simulated.missing);
  const onNetworks = [networks[0], between, networks[1]].flatMap((network) => [2, 8, 64].map((ranks) => ({ network, ranks }))); // biome-ignore format: one line
  const places = [{ network: free, ranks: 2, isMemory: true }, ...onNetworks];
  const points = [];
  for (const { isMemory, ...place } of places)
    for (const rows of rowsOfRanks)
      for (const way of ways) {
        const plan = { description, rows, processes: 2, ...place, ...way };
        const predicted = stepTime(constants, plan);
        const steps = way.every ?? stepsFor(predicted, 2 * rows);
        const work = { description, batch: 2 * rows, steps, ...way };
        const { least } = isMemory
          ? overMemory(launcher, work)
          : overNetwork(simulated, work, plan.network, plan.ranks);
        const point = { ...plan, isMemory, predicted, measured: 1e-6 * least };
        points.push(point);
        print(point);
      }
  const errors = points.map((point) => Math.abs(errorOf(point))).sort((a, b) => a - b);
  console.log(`error: ${percent(errors.at(-1))} at most, ${percent(errors[errors.length >> 1])} in the median of ${points.length}\n`); // biome-ignore format: one line
  return points;
}

const errorOf = ({ predicted, measured }) => predicted / measured - 1;
const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;
const milliseconds = (/** @type {number} */ seconds) => `${(1e3 * seconds).toFixed(2)} ms`.padStart(10);

function print(point) {
  const { network, ranks, rows, exchange, isMemory, predicted, measured } = point;
  const place = isMemory ? 'shared memory' : `${nameOfNetwork(network)}, as ${ranks} ranks`;
  const way = point.every ? `every ${point.every}` : exchange;
  console.log(
    `${place.padEnd(32)} ${String(rows).padStart(4)} rows  ${way.padEnd(9)}  predicted ${milliseconds(predicted)}  measured ${milliseconds(measured)}  ${percent(errorOf(point)).padStart(7)}`,
  );
}
