import { least, stepsFor } from './constants.mjs';
import { overMemory, overNetwork } from './measured.mjs';
import { free, nameOfNetwork, networks } from './network.mjs';
import { stepTime } from './timeline.mjs';

const rowsOfRanks = [32, 256];
const between = { latency: 200e-6, bandwidth: 1e9 };

/** Measures steps of two ranks over memory, and on simulated networks of 2 to 64: points with their plans, in seconds. */
export function measurePoints(simulated, { description, constants }, { ways, trials }) {
  const places = [
    { network: free, ranks: 2, isMemory: true },
    ...[networks[0], between, networks[1]].flatMap((network) => [2, 8, 64].map((ranks) => ({ network, ranks }))),
  ];
  const points = places.flatMap(({ isMemory, ...place }) =>
    rowsOfRanks.flatMap((rows) =>
      ways.map(({ name, ...way }) => {
        const plan = { description, rows, processes: 2, ...place, ...way };
        const steps = way.every ?? stepsFor(stepTime(constants, plan), 2 * rows);
        return { ...plan, steps, name, isMemory };
      }),
    ),
  );
  const measured = least(trials, points, ({ isMemory, rows, network, ranks, exchange, every, steps }) => {
    const work = { description, batch: 2 * rows, exchange, every, steps };
    return isMemory ? overMemory(simulated.launcher, work) : overNetwork(simulated, work, network, ranks);
  });
  return points.map((point, i) => ({ ...point, measured: measured[i] }));
}

/** Prints predictions beside measurements. */
export function compare(points, constants) {
  const all = points.map((point) => {
    const network = point.isMemory ? free : point.network; // JSON has no number for an unlimited bandwidth
    return { ...point, predicted: stepTime(constants, { ...point, network }) };
  });
  for (const point of all) print(point);
  const errors = all.map((point) => Math.abs(errorOf(point))).sort((a, b) => a - b);
  console.log(
    `error: ${percent(errors.at(-1))} at most, ${percent(errors[errors.length >> 1])} in the median of ${errors.length}\n`,
  );
}

const errorOf = ({ predicted, measured }) => predicted / measured - 1;
const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;
const milliseconds = (/** @type {number} */ seconds) => `${(1e3 * seconds).toFixed(2)} ms`.padStart(10);

function print(point) {
  const { network, ranks, rows, name, isMemory, predicted, measured } = point;
  const place = isMemory ? 'shared memory' : `${nameOfNetwork(network)}, as ${ranks} ranks`;
  console.log(
    `${place.padEnd(32)} ${String(rows).padStart(4)} rows  ${name.padEnd(15)}  predicted ${milliseconds(predicted)}  measured ${milliseconds(measured)}  ${percent(errorOf(point)).padStart(7)}`,
  );
}
