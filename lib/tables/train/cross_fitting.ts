import type { Sampling } from '../sampling.js';
import type { Predicted } from './scores.js';

/** Parts into which the rows of a single division are cut. */
const partsOfOne = 10;

/**
 * The part of each held-out row, by number. What is fitted to the predictions for the other parts is judged on this part. The parts
 * are the divisions that held the rows out; the rows of a single one are dealt out, those of a group together.
 */
export function partsOfRows(divisions: readonly Predicted[]): Uint32Array {
  if (divisions.length > 1)
    return Uint32Array.from(divisions.flatMap(({ truths }, part) => new Array<number>(truths.length).fill(part)));
  const [{ truths, groups }] = divisions as [Predicted];
  if (!groups) return Uint32Array.from(truths, (_, row) => row % partsOfOne);
  const places = new Map(Array.from(new Set(groups), (group, place) => [group, place]));
  return Uint32Array.from(groups, (group) => places.get(group)! % partsOfOne);
}

/** The rows of each part, and all others. */
export function eachPart(parts: Uint32Array): { own: Uint32Array; others: Uint32Array }[] {
  const rows = Uint32Array.from(parts.keys());
  return [...new Set(parts)].map((part) => ({
    own: rows.filter((row) => parts[row] === part),
    others: rows.filter((row) => parts[row] !== part),
  }));
}

/** The values of some rows. */
export const pick = (values: Float64Array, rows: Uint32Array): Float64Array =>
  Float64Array.from(rows, (row) => values[row]!);

/** The groups and weights of some rows. */
export const pickSampling = ({ groups, weights }: Sampling, rows: Uint32Array): Sampling => ({
  groups: groups && pick(groups, rows),
  weights: weights && pick(weights, rows),
});
