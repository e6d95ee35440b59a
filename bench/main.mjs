// npm run bench -- [suite …] [options]     see --help
import fs from 'node:fs';
import { readOptions } from './options.mjs';
import { print, printHeader } from './table.mjs';

const options = readOptions();
const report = options.from ? saved(options.from) : await (await import('./run.mjs')).run(options);
if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
if (options.svg) (await import('./chart/pages.mjs')).draw(report, options.svg);

/** A report that --json has written. */
function saved(file) {
  const report = JSON.parse(fs.readFileSync(file, 'utf8'));
  printHeader(report);
  for (const result of report.results) print(result);
  for (const line of report.summary) console.log(line);
  return report;
}
