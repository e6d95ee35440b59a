import fs from 'node:fs';
import { uniforms } from '../online/random.mjs';

const mostCharacters = 2 ** 22; // written at a time

/** Writes a CSV file of a header and the values that `cellAt(column)` draws. */
function write(file, { rows, header, cellAt }) {
  const out = fs.openSync(file, 'w');
  let text = `${header.join(',')}\n`;
  for (let row = 0; row < rows; ++row) {
    for (let column = 0; column < header.length; ++column)
      text += `${cellAt(column)}${column < header.length - 1 ? ',' : '\n'}`;
    if (text.length > mostCharacters || row === rows - 1) {
      fs.writeSync(out, text);
      text = '';
    }
  }
  fs.closeSync(out);
}

const numbered = (name, count) => Array.from({ length: count }, (_, k) => `${name}${k + 1}`);

/** Kinds of numbers, in rotation: two sizes of integers, and decimals with 1 to 6 digits after the point. */
const kinds = [
  (normal) => String(Math.round(50 + 20 * normal)),
  (normal) => String(Math.round(1e6 * Math.abs(normal))),
  (normal) => normal.toFixed(6),
  (normal) => (1000 * Math.exp(normal)).toFixed(2),
  (normal) => (20 + 5 * normal).toFixed(1),
];

/** Draws numbers as texts. */
function numbers(uniform) {
  const nearlyNormal = () => 2 * (uniform() + uniform() + uniform() - 1.5); // of variance 1
  return (column) => kinds[column % kinds.length](nearlyNormal());
}

/** Writes a CSV file of 10 columns of numbers. */
export function writeNumbers(file, rows) {
  write(file, { rows, header: numbered('number', 10), cellAt: numbers(uniforms(1)) });
}

/** Words of 4 to 20 letters. */
function vocabulary(count, uniform) {
  const letter = () => String.fromCharCode(97 + Math.floor(26 * uniform()));
  return Array.from({ length: count }, () => Array.from({ length: 4 + Math.floor(17 * uniform()) }, letter).join(''));
}

/** Draws numbers below `count`, the k-th with a probability in proportion to 1/k (Zipf's law). */
function zipf(count, uniform) {
  const sums = new Float64Array(count);
  for (let k = 0, sum = 0; k < count; ++k) sums[k] = sum += 1 / (k + 1);
  return () => {
    const at = uniform() * sums[count - 1];
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Writes a CSV file of 5 columns of numbers and 5 of words, with 50 to 5,000 different words. */
export function writeWords(file, rows) {
  const uniform = uniforms(1);
  const draws = [50, 158, 500, 1581, 5000].map((count) => {
    const words = vocabulary(count, uniform);
    const next = zipf(count, uniform);
    return () => words[next()];
  });
  const number = numbers(uniform);
  const header = [...numbered('number', 5), ...numbered('word', 5)];
  write(file, {
    rows,
    header,
    cellAt: (column) => (column < 5 ? number(column) : draws[column - 5]()),
  });
}
