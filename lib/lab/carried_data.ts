/** A row-major table of measurements, and the class of each row. */
export interface Measurements {
  readonly inputs: Float64Array;
  readonly columns: number;
  /** The class of each row, from 0. */
  readonly classes: Uint8Array;
}

export interface Digits {
  readonly images: Uint8Array;
  /** The digit on each image, 0 to 9. */
  readonly labels: Uint8Array;
}

/** Pixels of an image of 28 × 28 bytes, row-major, from 0 to 255. */
export const digitPixels = 28 * 28;

/** The data of optional packages. */
export type DataName = 'iris' | 'digits';

/** Readers of the data that a page carries, which take the place of packages there. */
export const carriedData: { iris?: () => Promise<Measurements>; digits?: () => Promise<Digits> } = {};
