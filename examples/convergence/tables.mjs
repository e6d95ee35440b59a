import { labelOf } from './rules.mjs';
import { fewestSteps, leastExcess } from './tuning.mjs';

/**
 * Tables by name, as lines of Markdown: a row for each rule, a column for each function.
 *
 * @param {{ rules: readonly import('glissade').Rule[], functions: readonly import('glissade').Problem[] }} chosen
 * @param {(line: string) => void} report Receives each row as it is done.
 */
export function tables({ rules, functions }, report) {
  const table = (/** @type {(test: import('glissade').Problem, rule: import('glissade').Rule) => string} */ cell) =>
    aligned([
      ['rule', ...functions.map(({ name }) => name)],
      ...rules.map((rule) => {
        const row = [`\`${labelOf(rule)}\``, ...functions.map((test) => cell(test, rule))];
        report(row.join('  '));
        return row;
      }),
    ]);
  return {
    steps: table((test, rule) => {
      const best = fewestSteps(test, rule);
      return best ? `${best.steps.toLocaleString('en')} (${best.rate})` : '–';
    }),
    excess: table((test, rule) => {
      const best = leastExcess(test, rule);
      return best ? `${best.excess === 0 ? 0 : best.excess.toExponential(0)} (${best.rate})` : '–';
    }),
  };
}

/** Pads cells like the Markdown formatter. */
function aligned(/** @type {readonly string[][]} */ rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (/** @type {readonly string[]} */ row) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(rows[0]), line(widths.map((width) => '-'.repeat(width))), ...rows.slice(1).map(line)];
}
