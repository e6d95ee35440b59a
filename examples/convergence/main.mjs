// Writes the tables of docs/convergence.md, or prints some of their rows: npm run convergence -- --help
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { functions } from './functions.mjs';
import { labelOf, rules } from './rules.mjs';
import { tables } from './tables.mjs';

const help = `Tunes the rate of each rule on test functions and tells how fast it gets to the minimum.

Usage: npm run convergence -- [options]

  --rule NAME        only this rule (and its variants): prints instead of writing docs/convergence.md
  --function NAME    only this function, likewise: ${functions.map(({ name }) => name.toLowerCase()).join(', ')}
  --help             this text`;

function readOptions() {
  try {
    return parseArgs({
      options: {
        rule: { type: 'string' },
        function: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${help}`);
    process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  console.log(help);
  process.exit();
}
const chosen = {
  rules: rules.filter((rule) => [undefined, rule.name, labelOf(rule)].includes(options.rule)),
  functions: functions.filter(({ name }) => [undefined, name.toLowerCase()].includes(options.function)),
};
if (chosen.rules.length === 0 || chosen.functions.length === 0) {
  console.error(`no such ${chosen.rules.length === 0 ? 'rule' : 'function'}\n\n${help}`);
  process.exit(2);
}

const isAll = options.rule === undefined && options.function === undefined;
for (const [name, lines] of Object.entries(tables(chosen, isAll ? console.error : () => {}))) {
  if (isAll) write(name, lines);
  else console.log(`${lines.join('\n')}\n`);
}

/** Puts a table between its markers in the page. */
function write(/** @type {string} */ name, /** @type {readonly string[]} */ lines) {
  const file = path.join(import.meta.dirname, '../../docs/convergence.md');
  const page = fs.readFileSync(file, 'utf8');
  const begin = `<!-- ${name} -->`;
  const before = page.slice(0, page.indexOf(begin) + begin.length);
  const after = page.slice(page.indexOf(`<!-- /${name} -->`));
  fs.writeFileSync(file, `${before}\n\n${lines.join('\n')}\n\n${after}`);
}
