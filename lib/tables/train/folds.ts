import { concatenated } from '../concatenated.js';
import { everySo, stratifiedOrder } from '../splits.js';

/** Rows to train on, rows that decide when training ends, and rows that decide nothing. */
export interface Parts {
  readonly training: Uint32Array;
  readonly stopping: Uint32Array;
  readonly heldOut: Uint32Array;
}

/**
 * Divides rows into `count` parts of nearly equal size. With classes, all parts have them in nearly the same proportions.
 */
export function foldsOf(rows: number, count: number, seed: number, classes?: ArrayLike<number>): Uint32Array[] {
  const order = stratifiedOrder(rows, seed, classes);
  return Array.from({ length: count }, (_, k) => order.filter((_row, i) => i % count === k).sort());
}

/** A division for each fold: it is held out, the next fold decides when training ends, and the others are for training. */
export function partsOf(folds: readonly Uint32Array[]): Parts[] {
  return folds.map((heldOut, i) => {
    const stop = (i + 1) % folds.length;
    const training = folds.filter((_, j) => j !== i && j !== stop);
    return { heldOut, stopping: folds[stop]!, training: concatenated(Uint32Array, training).sort() };
  });
}

/** Holds out a share of the rows. A tenth of the others decides when training ends. */
export function heldOutParts(rows: number, share: number, seed: number, classes?: ArrayLike<number>): Parts {
  const { taken: heldOut, rest } = everySo(stratifiedOrder(rows, seed, classes), share);
  const { taken: stopping, rest: training } = everySo(rest, 0.1);
  return { training: training.sort(), stopping: stopping.sort(), heldOut: heldOut.sort() };
}

/**
 * The same division by a pseudorandom number of 32 bits for each row. It does not depend on how the table is divided among ranks.
 * The proportions of classes are left to chance.
 */
export function drawnParts(rows: number, share: number, numberOf: (row: number) => number): Parts {
  const places = Float64Array.from({ length: rows }, (_, row) => (numberOf(row) >>> 0) / 2 ** 32);
  const stopping = share + (1 - share) * 0.1;
  const rowsWithin = (from: number, to: number) =>
    Uint32Array.from(places.keys()).filter((row) => places[row]! >= from && places[row]! < to);
  return { heldOut: rowsWithin(0, share), stopping: rowsWithin(share, stopping), training: rowsWithin(stopping, 1) };
}
