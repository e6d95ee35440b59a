const narrowest = 34; // of names
const narrowestLabel = 42;

/** The machine and its limits. */
export function printHeader({ date, machine, limits }) {
  const { glissade, cpu, cores, caches = {}, system, virtual, node } = machine;
  const sizes = Object.entries(caches).map(([level, size]) => `${level} ${size}`);
  console.log(
    [
      `glissade ${glissade.version} (${glissade.instructionSet}, ${threadsOf(glissade.threads)}), ${date.slice(0, 10)}`,
      `${cores} cores of ${cpu}${sizes.length > 0 ? ` (${sizes.join(', ')})` : ''}, ${system}${virtual ? ', in a virtual machine' : ''}, Node ${node}`,
      ...(limits
        ? limitLines(limits, glissade.threads)
        : ['Limits: not measured, as there is no C++ compiler (apt install g++)']),
    ].join('\n'),
  );
}

function limitLines({ float32, bfloat16, memory }, threads) {
  const line = (title, limits) =>
    `  ${title.padEnd(20)} ${Object.entries(limits)
      .map(([name, { one, all }]) => `${name} ${one}${threads > 1 ? ` / ${all}` : ''}`)
      .join(', ')}`;
  return [
    `Limits${threads > 1 ? `, with 1 / ${threads} threads` : ''}:`,
    line('float32, GFLOP/s', float32),
    ...(Object.keys(bfloat16).length > 0 ? [line('bfloat16, GFLOP/s', bfloat16)] : []),
    line('memory, GB/s', memory),
  ];
}

export const threadsOf = (count) => (count === 1 ? '1 thread' : `${count} threads`);

let lastGroup;

/** A result: a table under its title, or, within a group, a line. */
export function print(result) {
  const { title, note, group, unit, results } = result;
  if (group === undefined) console.log(['', title, ...tableOf(result), ...(note ? [`  ${note}`] : [])].join('\n'));
  else {
    const missing = results.filter(({ missing }) => missing).map(({ name, missing }) => `  ${name}: ${missing}`);
    if (group !== lastGroup) console.log(['', `${group}, ${unit}`, ...missing].join('\n'));
    console.log(lineOf(result));
  }
  lastGroup = group;
}

function tableOf({ unit, peak, results }) {
  const rows = results.map((result) => [
    result.name,
    ...(result.median === undefined
      ? [reasonOf(result)]
      : [
          `${figure(result.median)} ${unit}`,
          result.trials.length > 1 ? `± ${(100 * result.spread).toFixed(1)} %` : '',
          result.ratio === undefined ? '' : `${result.ratio.toFixed(2)} ×`,
          ...(result.gigabytesPerSecond ? [`${result.gigabytesPerSecond.toFixed(1)} GB/s`] : []),
          ...(result.shareOfPeak ? [`${percent(result.shareOfPeak)} of ${peak} peak`] : []),
        ]),
  ]);
  const measured = rows.filter((_, i) => results[i].median !== undefined);
  const widthOf = (column) => Math.max(0, ...measured.map((row) => (row[column] ?? '').length));
  const widths = [Math.max(narrowest, ...rows.map(([name]) => name.length)), ...[1, 2, 3, 4, 5].map(widthOf)];
  return rows.map((row, i) =>
    results[i].median === undefined
      ? `  ${row[0].padEnd(widths[0])}  ${row[1]}`
      : `  ${row.map((cell, k) => (k === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[k]))).join('  ')}`.trimEnd(),
  );
}

function lineOf({ label, results }) {
  const cells = results
    .filter(({ missing }) => !missing)
    .map(({ name, failure, median, spread, trials, ratio, shareOfPeak }, i) => {
      if (failure) return `${name} does not work here: ${failure}`;
      return [
        `${name} ${figure(median).padStart(5)}`,
        ...(trials.length > 1 ? [`± ${(100 * spread).toFixed(0).padStart(2)} %`] : []),
        ...(i > 0 && ratio ? [`${ratio.toFixed(2)} ×`] : []),
        ...(i === 0 && shareOfPeak ? [`${percent(shareOfPeak)} of peak`] : []),
      ].join('  ');
    });
  return `  ${label.padEnd(narrowestLabel)}  ${cells.join('   | ')}`;
}

const reasonOf = ({ missing, failure }) => missing ?? `does not work here: ${failure}`;

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** To about four digits. */
export function figure(x) {
  if (x >= 1000) return x.toLocaleString('en', { maximumFractionDigits: 0 });
  return x.toFixed(x >= 100 ? 1 : x >= 0.1 ? 2 : 3);
}
