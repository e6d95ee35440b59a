import { EigenvalueDecomposition, Matrix, solve } from '../../numbers/matrices.js';
import type { Point } from '../../pages/index.js';
import { dot } from '../vectors.js';

/** Places in the space of parameters. */
export type Places = readonly ArrayLike<number>[];

/** Differences from a centre. */
const from = (centre: ArrayLike<number>, places: Places): Float64Array[] =>
  places.map((place) => Float64Array.from(place, (x, i) => x - centre[i]!));

/** If the squared distances from a line are a smaller share than this, the places lie on it up to rounding. */
const least = 1e-10;

/**
 * The two directions in which places lie farthest from a centre: principal components, not centred. Undefined if the places
 * lie on a line.
 */
export function principalDirections(
  centre: ArrayLike<number>,
  places: Places,
): [Float64Array, Float64Array] | undefined {
  const offsets = from(centre, places);
  const products = new Matrix(offsets.map((a) => offsets.map((b) => dot(a, b))));
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(products, { assumeSymmetric: true }); // ascending
  const [first = 0, second = 0] = realEigenvalues.toReversed();
  if (!(second > least * first)) return undefined;
  const along = (rank: number) => {
    const shares = eigenvectorMatrix.getColumn(offsets.length - rank);
    const direction = new Float64Array(centre.length);
    for (const [k, offset] of offsets.entries())
      for (let i = 0; i < offset.length; ++i) direction[i]! += shares[k]! * offset[i]!;
    return direction;
  };
  return [along(1), along(2)];
}

/** A plane through a centre, along two directions that need not be perpendicular. */
export class Plane {
  readonly #centre: ArrayLike<number>;
  readonly #directions: readonly [Float64Array, Float64Array];

  constructor(centre: ArrayLike<number>, directions: readonly [Float64Array, Float64Array]) {
    this.#centre = centre;
    this.#directions = directions;
  }

  /** Whether the two directions are linearly independent. */
  get hasTwoDirections(): boolean {
    const [d, e] = this.#directions;
    const lengths = dot(d, d) * dot(e, e);
    return lengths - dot(d, e) ** 2 > 1e-9 * lengths;
  }

  /** Writes the parameters at a point of the plane. */
  write([x, y]: Point, parameters: Float32Array | Float64Array): void {
    const [d, e] = this.#directions;
    for (let i = 0; i < parameters.length; ++i) parameters[i] = this.#centre[i]! + x * d[i]! + y * e[i]!;
  }

  /** The point of the plane that is nearest to each place, and the share of the places' squared distances within it. */
  project(places: Places): { points: Point[]; share: number } {
    const [d, e] = this.#directions;
    const products = new Matrix([
      [dot(d, d), dot(d, e)],
      [dot(e, d), dot(e, e)],
    ]);
    let [within, whole] = [0, 0];
    const points = from(this.#centre, places).map((offset): Point => {
      const right = [dot(d, offset), dot(e, offset)];
      const [x, y] = solve(products, Matrix.columnVector(right)).to1DArray() as [number, number];
      within += x * right[0]! + y * right[1]!;
      whole += dot(offset, offset);
      return [x, y];
    });
    return { points, share: whole === 0 ? 1 : within / whole };
  }
}
