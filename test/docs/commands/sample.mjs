/** The part of a line that must be equal: numbers, bars and names of processors differ from machine to machine. */
const shape = (line) =>
  line
    .replace(/^.*, \w+, (?=\d+ threads?$)/, 'processor, instruction set, ')
    .replaceAll(/[▁▂▃▄▅▆▇█]+/g, '▆')
    .replaceAll(/\/\S*\/(?=[\w.]+)/g, '/')
    .replaceAll(/\d(?:[\d,.]*\d)?(?:e[+-]?\d+)?/g, '0')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The first line of a page's sample that a command no longer prints. Lines after one of … are the last ones. */
export function differenceOf(sample, printed) {
  const wanted = sample.map(shape).filter((line) => line !== '…');
  const found = printed.map(shape);
  let at = 0;
  for (const line of wanted) {
    const place = found.findIndex((one, i) => i >= at && isSame(line, one));
    if (place < 0) return `the page's sample has the line\n${line}\nwhich is not printed:\n${printed.join('\n')}`;
    at = place + 1;
  }
  return undefined;
}

/** Whether a line matches the sample, in which … stands for anything. */
const isSame = (wanted, line) => {
  const [begin, ...rest] = wanted.split('…');
  return rest.length === 0 ? wanted === line : line.startsWith(begin);
};
