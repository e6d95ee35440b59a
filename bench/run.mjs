import { configure, runtime } from 'glissade';
import { measureLimits } from './limits/limits.mjs';
import { describeMachine } from './machine.mjs';
import { versions } from './peers/peers.mjs';
import { suites } from './suites.mjs';
import { print, printHeader } from './table.mjs';
import { measure } from './trials.mjs';

/** Measures what the options ask for, printing results as they come, and returns them all. */
export async function run(options) {
  configure({ threads: options.threads });
  const loaded = [];
  for (const name of options.suites) loaded.push({ name, ...(await suites[name].load()) });
  const wanted = ({ title }) => title.toLowerCase().includes(options.only.toLowerCase());
  const chosen = loaded.map((suite) => ({ ...suite, rows: suite.rows.filter(wanted) }));
  if (chosen.every(({ rows }) => rows.length === 0)) {
    const titles = loaded.flatMap(({ rows }) => rows.map(({ title }) => `  ${title}`));
    console.error(`No row's title contains "${options.only}". There are:\n${titles.join('\n')}`);
    process.exit(1);
  }

  const { threads } = runtime();
  const report = {
    date: new Date().toISOString(),
    machine: describeMachine(),
    limits: measureLimits(threads),
    peers: {},
    results: [],
    summary: [],
  };
  printHeader(report);
  for (const { name, rows, summary } of chosen) {
    for (const row of rows)
      for (const result of measure(row, {
        trials: options.trials ?? row.trials ?? 7,
        threads,
        limits: report.limits,
      })) {
        print(result);
        report.results.push({ suite: name, ...result });
      }
    const lines = summary?.(report.results.filter(({ suite }) => suite === name)) ?? [];
    for (const line of lines) console.log(line);
    report.summary.push(...lines);
  }
  report.peers = Object.assign(versions(), ...loaded.map(({ peers }) => peers));
  return report;
}
