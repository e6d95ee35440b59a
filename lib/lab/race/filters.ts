import type { Network, Random } from '../../index.js';

/** The filters of a network: the weights into each unit. */
export interface Filters {
  readonly count: number;
  /** The number of each parameter's filter. −1 for biases, which belong to none. */
  readonly of: Int32Array;
}

/** The filters of a network of dense layers, whose weights have a column for each unit. */
export function filtersOf(model: Network): Filters {
  const of = new Int32Array(model.parameters.length).fill(-1);
  let count = 0;
  for (const { data, shape } of model.tensors.values()) {
    if (shape.length === 1) continue;
    const first = (data.byteOffset - model.parameters.byteOffset) / data.BYTES_PER_ELEMENT;
    const units = shape[1]!;
    for (let i = 0; i < data.length; ++i) of[first + i] = count + (i % units);
    count += units;
  }
  return { of, count };
}

/**
 * A direction whose filters are as long as those of the parameters, d ← d·‖θᵢ‖/‖dᵢ‖ for each filter i, so that a unit
 * of length has the same meaning in every network. Biases do not move.
 *
 * @see Li, Xu, Taylor, Studer & Goldstein 2018, https://arxiv.org/abs/1712.09913, section 4
 */
export function filterNormalised(
  direction: ArrayLike<number>,
  parameters: ArrayLike<number>,
  filters: Filters,
): Float64Array {
  const lengths = lengthsOf(direction, filters);
  const goals = lengthsOf(parameters, filters);
  return Float64Array.from(direction, (d, i) => {
    const filter = filters.of[i]!;
    return filter < 0 || d === 0 ? 0 : (d * goals[filter]!) / lengths[filter]!;
  });
}

export const randomDirection = (parameters: ArrayLike<number>, filters: Filters, random: Random): Float64Array =>
  filterNormalised(random.normals(parameters.length), parameters, filters);

function lengthsOf(values: ArrayLike<number>, { of, count }: Filters): Float64Array {
  const squares = new Float64Array(count);
  for (let i = 0; i < values.length; ++i) if (of[i]! >= 0) squares[of[i]!]! += values[i]! ** 2;
  return squares.map(Math.sqrt);
}
