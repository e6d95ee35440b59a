import { quantile } from '../statistics.mjs';

/**
 * For each change: the geometric mean and the median over the tables of its loss, relative to that of the defaults, on how many
 * tables the loss is more than 1 % greater, or less, and the geometric mean of the time.
 */
export function summary(results) {
  const losses = results.filter(({ unit }) => unit === '').map(ratios);
  const times = results.filter(({ unit }) => unit === 's').map(ratios);
  const names = [...(losses[0]?.keys() ?? [])].slice(1);
  if (names.length === 0) return [];
  const lines = names.map((name) => {
    const logs = losses.flatMap((one) => (one.has(name) ? [Math.log(one.get(name))] : []));
    const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
    const middle = quantile(logs);
    const variance = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (logs.length - 1);
    const error = Math.sqrt(variance / logs.length);
    const time = times.flatMap((one) => (one.has(name) ? [Math.log(one.get(name))] : []));
    return [
      name,
      `${Math.exp(mean).toFixed(3)} ± ${error.toFixed(3)}`,
      Math.exp(middle).toFixed(3),
      `${logs.filter((x) => x > 0.01).length} of ${logs.length}`,
      `${logs.filter((x) => x < -0.01).length} of ${logs.length}`,
      Math.exp(time.reduce((sum, x) => sum + x, 0) / time.length).toFixed(2),
    ];
  });
  return ['', 'Relative to the defaults: means over the tables, ± standard error', ...aligned([head, ...lines])];
}

const head = ['', 'loss', 'median', 'worse', 'better', 'time'];

/** Means over the trials, relative to the first contestant. */
function ratios({ results }) {
  const means = results.filter(({ trials }) => trials).map(({ name, trials }) => [name, mean(trials)]);
  return new Map(means.map(([name, value]) => [name, value / means[0][1]]));
}

const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;

function aligned(rows) {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((cells) => cells[k].length)));
  const padded = (cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]));
  return rows.map((cells) => `  ${cells.map(padded).join('  ')}`.trimEnd());
}
