import fs from 'node:fs';
import { printHeader } from './header.mjs';
import { suites } from './suites.mjs';
import { print } from './table.mjs';

/** Prints the selected rows of reports written by --json, and returns them as one, with the first one's machine. */
export function show({ from, suites: names, only }) {
  const reports = from.map(read);
  const all = reports.flatMap(({ results }) => results);
  const report = {
    ...reports[0],
    peers: Object.assign({}, ...reports.map(({ peers }) => peers)),
    results: all.filter(
      ({ suite, title }) => names.includes(suite) && title.toLowerCase().includes(only.toLowerCase()),
    ),
    summaries: {},
  };
  printHeader(report);
  for (const name of names) {
    const results = report.results.filter(({ suite }) => suite === name);
    for (const row of rowsOf(results)) print(row);
    const lines = suites[name].summary?.(results) ?? [];
    for (const line of lines) console.log(line);
    report.summaries[name] = lines;
  }
  return report;
}

/** Groups results by row. A row has one result, or one for each measure. */
function rowsOf(results) {
  const rows = [];
  for (const result of results) {
    const last = rows.at(-1);
    if (result.measure && last?.[0].title === result.title) last.push(result);
    else rows.push([result]);
  }
  return rows;
}

function read(file) {
  const report = JSON.parse(fs.readFileSync(file, 'utf8'));
  if (!report.machine || !Array.isArray(report.results)) throw new Error(`${file} has not been written by --json`);
  return report;
}
