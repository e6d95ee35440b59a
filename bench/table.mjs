import { figure, percent, reasonOf, times } from './wording.mjs';

const narrowest = 34; // of names
const narrowestLabel = 42;
const tolerable = 0.03; // of the processors' time, taken by the host of a virtual machine

let lastGroup;

/** Prints the results of a row: a table under its title or, within a group, a line. */
export function print(results) {
  const [first] = results;
  const { title, group, unit, note, farHandover, stolen } = first;
  const remarks = [
    ...(farHandover ? [`  From core to core and back took ${farHandover} ns in one of its trials.`] : []),
    ...(stolen > tolerable ? [`  The host took ${percent(stolen)} of the processors in one of its trials.`] : []),
  ];
  if (group === undefined) {
    const table = first.measure ? tableOfMeasures(results) : tableOf(first);
    console.log(['', title, ...table, ...(note ? [`  ${note}`] : []), ...remarks].join('\n'));
  } else {
    const missing = first.results.filter(({ missing }) => missing).map(({ name, missing }) => `  ${name}: ${missing}`);
    if (group !== lastGroup) console.log(['', `${group}, ${unit}`, ...missing].join('\n'));
    console.log([lineOf(first), ...remarks].join('\n'));
  }
  lastGroup = group;
}

function tableOf({ unit, peak, results }) {
  const isShown = (key) => results.some((result) => result[key]);
  return aligned(
    results.map((result) => {
      if (result.median === undefined) return [result.name, { reason: reasonOf(result) }];
      const { name, median, ratio, gigabytesPerSecond, shareOfPeak } = result;
      return [
        name,
        `${figure(median)} ${unit}`,
        spread(result),
        ratio ? times(ratio) : '',
        ...(isShown('gigabytesPerSecond') ? [gigabytesPerSecond ? `${gigabytesPerSecond.toFixed(1)} GB/s` : ''] : []),
        ...(isShown('shareOfPeak') ? [shareOfPeak ? `${percent(shareOfPeak)} of ${peak.name} peak` : ''] : []),
      ];
    }),
  );
}

/** A table with a column for each measure and a line for each contestant. */
function tableOfMeasures(results) {
  const contestants = results[0].results.map(({ name, missing, failure }, i) => {
    if (missing || failure) return [name, { reason: reasonOf({ missing, failure }) }];
    return [
      name,
      ...results.map(({ unit, decimals, results }) => {
        const result = results[i];
        if (result.unreached) return result.unreached;
        const ratio = result.ratio ? times(result.ratio) : '';
        return [`${figure(result.median, decimals)} ${unit}`.trim(), spread(result), ratio].filter(Boolean).join('  ');
      }),
    ];
  });
  return aligned([['', ...results.map(({ measure }) => measure)], ...contestants]);
}

/** Aligns names to the left and figures to the right. A reason replaces the figures. */
function aligned(rows) {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, k) =>
    Math.max(k === 0 ? narrowest : 0, ...rows.map((row) => (typeof row[k] === 'string' ? row[k].length : 0))),
  );
  return rows.map(([name, ...cells]) => {
    const text = cells.map((cell, k) => cell.reason ?? cell.padStart(widths[k + 1]));
    return `  ${[name.padEnd(widths[0]), ...text].join('  ')}`.trimEnd();
  });
}

function lineOf({ label, results }) {
  const cells = results
    .filter(({ missing }) => !missing)
    .map((result, i) => {
      const { name, median, ratio, shareOfPeak } = result;
      if (median === undefined) return `${name} ${reasonOf(result)}`;
      return [
        `${name} ${figure(median).padStart(5)}`,
        spread(result).padStart(8),
        ...(i > 0 && ratio ? [times(ratio)] : []),
        ...(i === 0 && shareOfPeak ? [`${percent(shareOfPeak)} of peak`.padStart(13)] : []),
      ].join('  ');
    });
  return `  ${label.padEnd(narrowestLabel)}  ${cells.join('   | ')}`;
}

const spread = ({ trials, median, spread }) =>
  trials.length > 1 && median !== 0 ? `± ${(100 * spread).toFixed(1)} %` : '';
