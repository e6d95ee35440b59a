import { spawnSync } from 'node:child_process';
import { runtime } from 'glissade';
import { besideHost } from './busy.mjs';
import { environment } from './environment.mjs';
import { besideHandovers, betweenNearCores } from './limits/handover.mjs';
import { peakOf } from './limits/limits.mjs';
import { commandFor, labelOf } from './peers/peers.mjs';
import { quantile, spreadOf } from './statistics.mjs';

/**
 * @typedef {object} Contestant
 * @property {string} [peer] A peer of peers.mjs. Default: glissade.
 * @property {string} [name] The variant.
 * @property {string} [program] A file of this folder: .mjs, .py or .cpp. Its last line of output is a figure, or an
 *   object of figures.
 * @property {string[]} [command] Instead of a program.
 * @property {string} [missing] Why it can't run.
 * @property {unknown[]} [args]
 * @property {Record<string, string>} [env]
 * @property {boolean} [isSeeded] Whether the number of the trial is appended to its arguments.
 * @property {number} [bytes] Bytes that it moves, if different from those of the row.
 *
 * @typedef {object} Measure
 * @property {string} [key] Key of the figure in the object that a trial prints.
 * @property {string} [title]
 * @property {string} unit
 * @property {'less' | 'more'} [better]
 * @property {boolean} [hasRatio] Default: true.
 * @property {number} [decimals] Decimals of the figure. Default: about four digits in all.
 *
 * @typedef {object} Row
 * @property {string} title
 * @property {string} [unit]
 * @property {Measure[]} [measures] Instead of a unit, if trials print objects.
 * @property {Contestant[]} contestants
 * @property {'less' | 'more'} [better] Whether the figures are times (default) or rates.
 * @property {number} [bytes] Bytes that each contestant moves in the measured time (in µs).
 * @property {number} [flops] Operations of each contestant in the measured time; for rates in GFLOP/s any number > 0.
 * @property {'float32' | 'bfloat16'} [precision] Precision of the peak to compare with.
 * @property {string} [instructionSet]
 * @property {number} [trials]
 * @property {() => unknown[]} [prepare] Called before the first trial; returns the first arguments of contestants.
 * @property {string} [note] A remark that is printed below the table.
 * @property {string} [group] The title of a group. Adjacent rows of a group are printed as a line each.
 * @property {string} [label] The first column of a row's line in a group.
 */

const mostTime = 10 * 60_000; // ms; of a trial, including compilation

/**
 * Runs a contestant once, in its own process.
 *
 * @returns {{ value: unknown } | { failure: string }}
 */
function trial(command, { args = [], env, isSeeded }, { prepared, number, threads }) {
  const [program, ...rest] = [...command, ...prepared, ...args, ...(isSeeded ? [number] : [])].map(String);
  const { status, error, stdout, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    env: { ...environment(threads), ...env },
    timeout: mostTime,
  });
  if (error?.code === 'ETIMEDOUT') return { failure: `took longer than ${mostTime / 60_000} minutes` };
  if (status !== 0) return { failure: reasonIn(stderr) ?? `${error?.message ?? `exit status ${status}`}` };
  try {
    return { value: JSON.parse(stdout.trim().split('\n').at(-1)) };
  } catch {
    return { failure: `printed no figure: ${stdout.trim().slice(-80)}` };
  }
}

/** The error that ended a program, from the last lines of its output. */
function reasonIn(stderr) {
  const lines = stderr.split('\n').filter((line) => line.trim() && !/^(Node\.js v|\s)/.test(line));
  const thrown = /^\s*what\(\):\s*(.*)/m.exec(stderr)?.[1]; // in C++
  const reason = thrown ?? lines.findLast((line) => /^[\w.]*(Error|Exception)\b/.test(line)) ?? lines.at(-1);
  return reason && (reason.length > 110 ? `${reason.slice(0, 109)}…` : reason);
}

/**
 * Runs the contestants of a row in turn. The result has the median and spread of each, and its time relative to the
 * first contestant. A contestant that is missing or fails has a reason instead. A row of several measures has a result
 * for each.
 *
 * @param {Row} row
 */
export function measure(row, { trials, threads, limits, near }) {
  const entries = row.contestants.map((contestant) => ({
    contestant,
    name: labelOf(contestant),
    values: [],
    ...commandFor(contestant),
  }));
  if (row.prepare) tell(`${row.title}: preparing`);
  const prepared = row.prepare?.() ?? [];
  let farHandover;
  let stolen = 0;
  for (let number = 1; number <= trials; ++number)
    for (const entry of entries.filter(({ missing, failure }) => !missing && !failure)) {
      tell(`${row.title}: ${entry.name}, trial ${number} of ${trials}`);
      const run = () => trial(entry.command, entry.contestant, { prepared, number, threads });
      const turn = () => besideHost(run);
      const { outcome, distance, isFar } = near ? betweenNearCores(threads, turn) : besideHandovers(threads, turn);
      const { value, failure } = outcome.result;
      stolen = Math.max(stolen, outcome.stolen ?? 0);
      if (isFar) farHandover = Math.max(distance, farHandover ?? 0);
      if (failure) entry.failure = failure;
      else entry.values.push(value);
    }
  tell('');
  const peak = row.flops && peakOf(limits, { instructionSet: runtime().instructionSet, ...row });
  return (row.measures ?? [row]).map((measure) => ({ ...resultOf(row, measure, entries, peak), farHandover, stolen }));
}

function resultOf(row, measure, entries, peak) {
  const { title, group, label, note } = row;
  const { unit, better = 'less', decimals, key } = measure;
  const results = entries.map(({ contestant, name, values, missing, failure }) => {
    const of = { peer: contestant.peer ?? 'glissade', name };
    if (missing || failure) return { ...of, missing, failure };
    const all = key ? values.map((value) => value[key]) : values;
    const count = all.filter((value) => value !== null).length;
    if (count < all.length) return { ...of, unreached: `in ${count} of ${all.length} trials`, trials: all };
    const median = quantile(all);
    const bytes = contestant.bytes ?? row.bytes;
    const gigaflops = row.flops && (better === 'more' ? median : row.flops / median / 1e3);
    return {
      ...of,
      median,
      spread: spreadOf(all),
      gigabytesPerSecond: bytes && bytes / median / 1e3,
      gigaflops,
      shareOfPeak: peak && gigaflops / peak.gigaflops,
      trials: all,
    };
  });
  const [first] = results;
  if (measure.hasRatio ?? true)
    for (const result of results)
      if (result.median && first.median)
        result.ratio = better === 'more' ? first.median / result.median : result.median / first.median;
  return {
    title,
    measure: key && measure.title,
    note,
    group,
    label,
    unit,
    better,
    decimals,
    peak,
    results,
  };
}

/** Shows the current activity, on a line that the next call overwrites. */
export function tell(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text.slice(0, process.stderr.columns - 1)}`);
}
