import { spawnSync } from 'node:child_process';
import { commandFor } from './peers.mjs';

/** The middle value; with `share`, the value below which that share lies. */
function quantile(values, share = 0.5) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  return sorted[Math.floor(at)] + (sorted[Math.ceil(at)] - sorted[Math.floor(at)]) * (at % 1);
}

/** Runs one contestant once, in a process of its own, which prints a number as its last line. */
function trial({ program, args = [], env = {} }) {
  const [command, ...first] = commandFor(program);
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args.map(String)], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  const value = Number(stdout.trim().split('\n').at(-1));
  if (status !== 0 || !Number.isFinite(value)) throw new Error(`${program} failed:\n${stderr}${stdout}`);
  return value;
}

/**
 * Lets the contestants of a row take turns, and prints their medians beside each other, with how many times as long as the
 * first of them each took. Where a row, or a contestant, says how many `bytes` it has to move, GB/s are printed as well (`unit`
 * is µs then).
 */
export function measure({ title, unit, bytes, contestants }, trials) {
  const width = Math.max(34, ...contestants.map(({ name }) => name.length));
  console.log(`\n${title}`);
  const present = contestants.filter(({ name, program }) => {
    const isMissing = commandFor(program) === undefined;
    if (isMissing) console.log(`  ${name.padEnd(width)} not installed`);
    return !isMissing;
  });
  const values = new Map(present.map((contestant) => [contestant, []]));
  for (let i = 0; i < trials; ++i) for (const contestant of present) values.get(contestant).push(trial(contestant));

  const first = quantile(values.get(present[0]));
  const results = present.map((contestant) => {
    const all = values.get(contestant);
    const median = quantile(all);
    const spread = (quantile(all, 0.75) - quantile(all, 0.25)) / 2 / median;
    const moved = contestant.bytes ?? bytes;
    const gigabytesPerSecond = moved && moved / median / 1e3;
    return { name: contestant.name, median, spread, ratio: median / first, gigabytesPerSecond, trials: all };
  });
  for (const { name, median, spread, ratio, gigabytesPerSecond } of results)
    console.log(
      [
        `  ${name.padEnd(width)} ${median.toFixed(2).padStart(10)} ${unit}`,
        `± ${(100 * spread).toFixed(1).padStart(4)} %`,
        `${ratio.toFixed(2).padStart(6)} ×`,
        ...(gigabytesPerSecond ? [`${gigabytesPerSecond.toFixed(1).padStart(6)} GB/s`] : []),
      ].join('  '),
    );
  return { title, unit, results };
}
