import type { Model } from '../../models/model.js';
import type { Random } from '../../numbers/random.js';

/** For each parameter, the number of its filter: the weights and the bias of one unit. */
export interface Filters {
  readonly of: Uint32Array;
  readonly count: number;
}

/** The filters of a network of dense layers, whose weights have a column for each unit. */
export function filtersOf(model: Model): Filters {
  const of = new Uint32Array(model.parameters.length);
  let count = 0;
  for (const [name, { data, shape }] of model.tensors) {
    const first = (data.byteOffset - model.parameters.byteOffset) / data.BYTES_PER_ELEMENT;
    const units = shape.at(-1)!;
    if (name.endsWith('weight')) count += units;
    for (let i = 0; i < data.length; ++i) of[first + i] = count - units + (i % units);
  }
  return { of, count };
}

/**
 * A direction whose filters are as long as those of the parameters, so that a unit of length means as much in every
 * network: d ← d·‖θᵢ‖/‖dᵢ‖ for each filter i (Li, Xu, Taylor, Studer & Goldstein 2018, arXiv:1712.09913, section 4).
 */
export function filterNormalised(
  direction: ArrayLike<number>,
  parameters: ArrayLike<number>,
  { of, count }: Filters,
): Float64Array {
  const lengths = lengthsOf(direction, of, count);
  const goals = lengthsOf(parameters, of, count);
  return Float64Array.from(direction, (d, i) => (d === 0 ? 0 : (d * goals[of[i]!]!) / lengths[of[i]!]!));
}

export const randomDirection = (parameters: ArrayLike<number>, filters: Filters, random: Random): Float64Array =>
  filterNormalised(random.normals(parameters.length), parameters, filters);

function lengthsOf(values: ArrayLike<number>, of: Uint32Array, count: number): Float64Array {
  const squares = new Float64Array(count);
  for (let i = 0; i < values.length; ++i) squares[of[i]!]! += values[i]! ** 2;
  return squares.map(Math.sqrt);
}
