import { Dataset } from 'glissade';
import { data } from 'glissade/lab';

/** A digit is 28 × 28 pixels, row-major. */
export const side = 28;
const pixels = side * side;

/**
 * 8,000 digits for training, and the rest held out, with their images and labels. `seed` determines the split.
 *
 * @param {number} seed
 */
export async function digits(seed) {
  const { images, labels } = await data.digits();
  const all = new Dataset({ inputs: images, targets: labels, columns: pixels, scale: 1 / 255 }); // stored as bytes
  const [train, held] = all.split({ validation: labels.length - 8_000, seed });
  const heldDigits = Array.from(held.rowNumbers, (row) => ({
    label: labels[row],
    image: images.subarray(row * pixels, (row + 1) * pixels),
  }));
  return { train, held, heldDigits };
}
