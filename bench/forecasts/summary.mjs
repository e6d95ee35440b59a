import { studentT } from '../statistics.mjs';

const head = ['', 'MASE', 'inside', '× seasonal persistence', '× exponential smoothing', '× statsmodels'];

/** The horizons of a short series overlap: those of this many neighbouring origins have times in common. */
const overlapping = 3;

const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;

/** For each series: MASE, coverage, and the ratios of errors with 95 % intervals over origins. */
export function summary(results) {
  const lines = results
    .filter(({ measure, results: [ours] }) => measure === 'MASE' && ours.trials?.length > 1)
    .map((result) => lineOf(result, results));
  if (lines.length === 0) return [];
  return [
    '',
    'Errors as a multiple of those of others: geometric means over the origins, 95 % intervals',
    ...aligned([head, ...lines.map(({ cells }) => cells)]),
    ...['seasonal persistence', 'exponential smoothing', 'statsmodels'].map((name, k) => countsOf(name, lines, k)),
  ];
}

function lineOf({ title, results: [ours, ...others] }, all) {
  const coverage = all.find((one) => one.title === title && /^inside/.test(one.measure)).results[0];
  const ratios = ['seasonal persistence', 'exponential smoothing', 'ETS'].map((name) =>
    ratioOf(
      ours.trials,
      others.find((one) => one.name.includes(name)),
    ),
  );
  return {
    ratios,
    cells: [
      title.replace(/, [^,]*thread.*$/, ''),
      mean(ours.trials).toFixed(3),
      `${mean(coverage.trials).toFixed(1)} %`,
      ...ratios.map((one) => one?.text ?? ''),
    ],
  };
}

function ratioOf(own, other) {
  if (!other?.trials || other.trials.length !== own.length) return undefined;
  const logs = own.map((x, i) => Math.log(x / other.trials[i]));
  const middle = mean(logs);
  const half = studentT(logs.length - 1) * standardError(logs);
  const [ratio, low, high] = [middle, middle - half, middle + half].map((x) => Math.exp(x));
  return { ratio, low, high, text: `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})` };
}

/**
 * The standard error of the mean of values in the order of time, which is that of Newey & West 1987 if neighbouring values are
 * positively correlated. This is the test of Diebold & Mariano 1995.
 */
function standardError(values) {
  const middle = mean(values);
  const product = (lag) =>
    values.slice(lag).reduce((sum, x, i) => sum + (x - middle) * (values[i] - middle), 0) / (values.length - 1);
  let sum = product(0);
  for (let lag = 1; lag <= overlapping; ++lag) sum += 2 * (1 - lag / (overlapping + 1)) * product(lag);
  return Math.sqrt(Math.max(product(0), sum) / values.length);
}

function countsOf(name, lines, k) {
  const ratios = lines.map(({ ratios: all }) => all[k]).filter(Boolean);
  const count = (is) => ratios.filter(is).length;
  return `  of ${ratios.length}, errors are less than those of ${name} in ${count(({ ratio }) => ratio < 1)} (clearly: ${count(({ high }) => high < 1)}), clearly more in ${count(({ low }) => low > 1)}`;
}

function aligned(rows) {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((cells) => cells[k].length)));
  return rows.map((cells) =>
    `  ${cells.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join('  ')}`.trimEnd(),
  );
}
