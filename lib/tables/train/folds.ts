import { concatenated } from '../concatenated.js';
import { everySo, splitByGroup, stratifiedOrder } from '../splits.js';

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

/**
 * A division for each fold: it is held out, the next fold decides when training ends, and the others are for training. Of two
 * folds, a tenth of the other one decides when training ends.
 */
export function partsOf(folds: readonly Uint32Array[], seed: number): Parts[] {
  if (folds.length === 2) return folds.map((heldOut, i) => ({ heldOut, ...dividedRows(folds[1 - i]!, seed) }));
  return folds.map((heldOut, i) => {
    const stop = (i + 1) % folds.length;
    const training = folds.filter((_, j) => j !== i && j !== stop);
    return { heldOut, stopping: folds[stop]!, training: concatenated(Uint32Array, training).sort() };
  });
}

/** Divides rows into those to train on and a tenth that decides when training ends. */
function dividedRows(rows: Uint32Array, seed: number) {
  const { taken, rest } = everySo(stratifiedOrder(rows.length, seed), 0.1);
  const rowsOf = (places: Uint32Array) => places.map((place) => rows[place]!).sort();
  return { stopping: rowsOf(taken), training: rowsOf(rest) };
}

/** Holds out a share of the rows. A tenth of the others decides when training ends. */
export function heldOutParts(rows: number, share: number, seed: number, classes?: ArrayLike<number>): Parts {
  const { taken: heldOut, rest } = everySo(stratifiedOrder(rows, seed, classes), share);
  const { taken: stopping, rest: training } = everySo(rest, 0.1);
  return { training: training.sort(), stopping: stopping.sort(), heldOut: heldOut.sort() };
}

/** The same, of whole groups. `keys` are those of all rows. */
export function heldOutGroups(keys: ArrayLike<number>, share: number, seed: number): Parts {
  const { heldOut, training: others } = splitByGroup(keys, share, seed);
  const inner = splitByGroup(
    Array.from(others, (row) => keys[row]!),
    0.1,
    seed,
  );
  const rowsOf = (places: Uint32Array) => places.map((place) => others[place]!);
  return { heldOut, stopping: rowsOf(inner.heldOut), training: rowsOf(inner.training) };
}

/**
 * Divisions that hold out later rows than they train on: the rows in the order of time are cut into `count` + 1 pieces, and each
 * but the first is held out, after all earlier ones were trained on. Rows of equal times stay together. Rows less than `gap`
 * before those that are predicted are left out.
 */
export function expandingParts(times: Float64Array, count: number, gap: number): Parts[] {
  const order = inTime(times);
  const starts = Array.from({ length: count }, (_, i) =>
    firstOfTime(order, times, ((i + 1) * order.length) / (count + 1)),
  );
  return starts.map((start, i) => {
    const heldOut = order.slice(start, starts[i + 1]);
    return { heldOut: heldOut.sort(), ...earlierParts(order.subarray(0, start), times, times[order[start]!]!, gap) };
  });
}

/** Holds out the latest share of the rows, as `expandingParts` does. */
export function latestParts(times: Float64Array, share: number, gap: number): Parts {
  const order = inTime(times);
  const start = firstOfTime(order, times, (1 - share) * order.length);
  return {
    heldOut: order.slice(start).sort(),
    ...earlierParts(order.subarray(0, start), times, times[order[start]!]!, gap),
  };
}

const inTime = (times: Float64Array): Uint32Array =>
  Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);

/** The place nearest to `place` at which a new time begins. */
function firstOfTime(order: Uint32Array, times: Float64Array, place: number): number {
  const isFirst = (at: number) => at > 0 && at < order.length && times[order[at]!] !== times[order[at - 1]!];
  const middle = Math.round(place);
  for (let far = 0; far < order.length; ++far) {
    if (isFirst(middle - far)) return middle - far;
    if (isFirst(middle + far)) return middle + far;
  }
  return order.length;
}

/** Divides rows, given in the order of time: the latest tenth of those that are early enough decides when training ends. */
function earlierParts(order: Uint32Array, times: Float64Array, before: number, gap: number) {
  const early = order.filter((row) => times[row]! <= before - gap);
  const start = firstOfTime(early, times, 0.9 * early.length);
  const stopping = early.slice(start);
  const training = early.slice(0, start).filter((row) => times[row]! <= times[early[start]!]! - gap);
  return { training: training.sort(), stopping: stopping.sort() };
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
