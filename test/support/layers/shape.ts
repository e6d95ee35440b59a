/** The shape of an image, which is stored channels-last. */
export interface Image {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Columns of categories, with the number of categories of each. */
export interface Categories {
  readonly cardinalities: readonly number[];
}

/** The contents of a row: a number of numbers, an image or categories. */
export type Shape = number | Image | Categories;

export function imageOf(shape: Shape): Image {
  if (typeof shape === 'object' && 'height' in shape) return shape;
  throw new TypeError(`Expected an image but received ${JSON.stringify(shape)}`);
}

export function cardinalitiesOf(shape: Shape): readonly number[] {
  if (typeof shape === 'object' && 'cardinalities' in shape) return shape.cardinalities;
  throw new TypeError(`Expected categories but received ${JSON.stringify(shape)}`);
}

export function sizeOf(shape: Shape): number {
  if (typeof shape === 'number') return shape;
  return 'height' in shape ? shape.height * shape.width * shape.channels : shape.cardinalities.length;
}

/** Number of channels. A flat row is a single position with its numbers as channels. */
export const channelsOf = (shape: Shape): number =>
  typeof shape === 'object' && 'height' in shape ? shape.channels : sizeOf(shape);

export const withChannels = (shape: Shape, channels: number): Shape =>
  typeof shape === 'number' ? channels : { ...imageOf(shape), channels };
