// Checks the simulated network: compares the times of collectives with the formulas. Exits with 1 if they differ by
// more than 5 %, or if they don't differ without the simulation.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { isInstalled, launchers, missingOf } from './launchers.mjs';
import { compiledFor, costs, environmentOn, nameOfNetwork, secondsOf, transferOf } from './network.mjs';

const tolerable = 0.05;
// So slow that the real time of the exchange hardly counts.
const networks = [
  { latency: 1e-3, bandwidth: 100e6 },
  { latency: 10e-3, bandwidth: 1e9 },
];

/** The largest relative error of a launcher's collectives, with the simulation linked by these flags. */
function largestError(launcher, flags, network, ranks) {
  const binary = compiledFor(launcher, 'network_check.c', flags);
  const out = execFileSync(launcher.command[0], [...launcher.command.slice(1), '-n', '2', binary], {
    encoding: 'utf8',
    env: { ...process.env, ...environmentOn(network, '', { ranks }) },
  });
  const errors = out
    .trim()
    .split('\n')
    .map((line) => {
      const [kind, bytes, count, seconds] = line.split(' ');
      const cost = costs[kind](Number(bytes), ranks, network);
      const expected = secondsOf(cost, network) + (count - 1) * transferOf(cost, network);
      return Math.abs(seconds / expected - 1);
    });
  return Math.max(...errors);
}

let isRight = true;
const percent = (error) => `${(100 * error).toFixed(1)} %`;
for (const launcher of launchers.filter((each) => !missingOf(each) && isInstalled(each.compiler))) {
  const library = compiledFor(launcher, 'network.c', ['-shared', '-fPIC']);
  const simulated = [library, `-Wl,-rpath,${path.dirname(library)}`];
  for (const network of networks)
    for (const ranks of [2, 8, 64]) {
      const error = largestError(launcher, simulated, network, ranks);
      isRight &&= error <= tolerable;
      console.log(`${launcher.name}, ${nameOfNetwork(network)}, ${ranks} ranks: off by ${percent(error)} at most`);
    }
  const error = largestError(launcher, [], networks[1], 8);
  isRight &&= error > tolerable;
  console.log(`${launcher.name} without the simulation: off by ${percent(error)}`);
}
process.exitCode = isRight ? 0 : 1;
