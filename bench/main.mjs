// npm run bench -- [suite …] [options]     see --help
import fs from 'node:fs';
import { readOptions } from './options.mjs';
import { show } from './saved.mjs';

const options = readOptions();
try {
  const report = options.from ? show(options) : await (await import('./run.mjs')).run(options);
  if (options.from && options.json) fs.writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.svg) (await import('./chart/pages.mjs')).draw(report, options.svg);
} catch (error) {
  console.error(error.code ? error.message : error.stack); // errors of files and options have a code
  process.exitCode = 1;
}
