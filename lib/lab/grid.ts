/** The number of grid points in a row and in a column. */
export interface Grid {
  readonly width: number;
  readonly height: number;
}

/** Values of a function on a grid over a region, row by row, from the least x and y on. */
export function gridValues(
  { x, y }: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
  { width, height }: Grid,
  at: (x: number, y: number) => number,
): number[] {
  const place = ([low, high]: readonly [number, number], share: number) => low + (high - low) * share;
  return Array.from({ length: width * height }, (_, k) =>
    at(place(x, (k % width) / (width - 1)), place(y, Math.floor(k / width) / (height - 1))),
  );
}
