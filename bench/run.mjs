import fs from 'node:fs';
import os from 'node:os';
import { configure, runtime } from 'glissade';
import { busyShare } from './busy.mjs';
import { printHeader } from './header.mjs';
import { disturb } from './limits/disturbance.mjs';
import { measureHandover } from './limits/handover.mjs';
import { measureLimits } from './limits/limits.mjs';
import { describeMachine } from './machine.mjs';
import { versions } from './peers/peers.mjs';
import { suites } from './suites.mjs';
import { print } from './table.mjs';
import { measure } from './trials.mjs';

/** Measures the selected rows. Prints and saves results as they arrive, and returns all of them. */
export async function run(options) {
  configure({ threads: options.threads ?? (options.disturb ? Math.max(1, os.availableParallelism() - 1) : undefined) });
  const chosen = await loaded(options);
  const { threads } = runtime();
  const busy = await busyShare();
  if (options.disturb) disturb();
  const report = {
    date: new Date().toISOString(),
    machine: { ...describeMachine(), busy, disturbed: options.disturb ?? false },
    limits: measureLimits(threads),
    handover: measureHandover(threads),
    peers: {},
    results: [],
    summaries: {},
  };
  const save = () => options.json && fs.writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  save(); // fails early if the file can't be written
  printHeader(report);
  for (const { name, rows, peers } of chosen) {
    for (const row of rows) {
      const trials = options.trials ?? row.trials ?? 7;
      const results = measure(row, { trials, threads, limits: report.limits, near: options.near });
      print(results);
      report.results.push(...results.map((result) => ({ suite: name, ...result })));
      Object.assign(report.peers, versions(), peers);
      save();
    }
    const lines = suites[name].summary?.(report.results.filter(({ suite }) => suite === name)) ?? [];
    for (const line of lines) console.log(line);
    report.summaries[name] = lines;
  }
  save();
  return report;
}

/** The suites with the selected rows. */
async function loaded({ suites: names, only }) {
  const all = [];
  for (const name of names) all.push({ name, ...(await suites[name].load()) });
  const isWanted = ({ title }) => title.toLowerCase().includes(only.toLowerCase());
  const chosen = all.map((suite) => ({ ...suite, rows: suite.rows.filter(isWanted) }));
  if (chosen.some(({ rows }) => rows.length > 0)) return chosen;
  const titles = all.flatMap(({ rows }) => rows.map(({ title }) => `  ${title}`));
  console.error(`No row's title contains "${only}". There are:\n${titles.join('\n')}`);
  process.exit(1);
}
