import { distributed } from 'glissade/distributed';
import { epochTimes } from '../training/epoch_times.mjs';

/** The ranks of a program. Its last argument is the kind of exchange of gradients, or `alone` for no ranks. */
export async function ranksFor(/** @type {string | undefined} */ exchange) {
  if (exchange === 'alone') return undefined;
  return distributed({ deterministic: exchange === 'ordered', exchange: exchange === 'bfloat16' ? exchange : 'full' });
}

/** Prints the median time of a step in µs, on the first rank, and ends the run on all. */
export async function printStepTime(run, ranks, stepsPerEpoch) {
  if (ranks && ranks.rank > 0) return run;
  const times = epochTimes();
  for await (const _ of run) if (times.isEnough()) break;
  run.stop();
  await run;
  process.stdout.write(`${times.median() / stepsPerEpoch}\n`); // no colours, although mpirun provides a terminal
}
