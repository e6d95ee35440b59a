import { type Network, Random } from '../../index.js';
import type { Figure, Line, Path, Point } from '../../pages/index.js';
import { line } from '../marks.js';
import { largest, mean, smallest } from '../spread.js';
import { colorOf } from './figures.js';
import { type Filters, filterNormalised, filtersOf, randomDirection } from './filters.js';
import { type Places, Plane, principalDirections } from './plane.js';

/** The path of one network of an entrant in the space of parameters. */
export interface EntrantPath {
  readonly name: string;
  /** The index of the entrant, which determines the colour. */
  readonly at: number;
  readonly places: Places;
  readonly steps: readonly number[];
  /** The loss at its end. */
  readonly loss: number;
}

/** The loss as a function of the parameters of a network. */
export interface Loss {
  readonly model: Network;
  of(): number;
}

/** Points of the grid in a row, and in a column. */
const side = 31;

/** The largest number of places from which directions are computed. Products of 48 take a second. */
const mostPlaces = 48;

/** The margin of the plane around the paths, as a share of their extent. */
const margin = 0.2;

/**
 * The loss on a plane through the end of the path with the least loss, and the projections of all paths. The plane spans
 * the two directions in which the paths extend farthest, each filter-normalised. Undefined if the paths lie on a line.
 */
export async function planeFigure(
  paths: readonly EntrantPath[],
  loss: Loss,
  progress: (share: number) => Promise<void>,
): Promise<Figure | undefined> {
  const end = paths.reduce((best, one) => (one.loss < best.loss ? one : best));
  const centre = end.places.at(-1)!;
  const filters = filtersOf(loss.model);
  const every = Math.ceil(paths.reduce((sum, { places }) => sum + places.length, 0) / mostPlaces);
  const some = paths.flatMap(({ places }) => places.filter((_, k) => k % every === 0 || k === places.length - 1));
  const principal = principalDirections(centre, some);
  if (!principal) return undefined;
  const plane = new Plane(centre, [
    filterNormalised(principal[0], centre, filters),
    filterNormalised(principal[1], centre, filters),
  ]);
  if (!plane.hasTwoDirections) return undefined;
  const { share } = plane.project(some);
  const trajectories = paths.map(
    ({ name, at, places, steps }): Path => ({
      kind: 'path',
      name,
      color: colorOf(at),
      points: plane.project(places).points,
      steps,
    }),
  );
  const points = trajectories.flatMap((one) => one.points);
  const [x, y] = [0, 1].map((axis) => extent(points.map((point) => point[axis]!)));
  const losses: number[] = [];
  for (let row = 0; row < side; ++row) {
    for (let column = 0; column < side; ++column) {
      plane.write([within(x!, column), within(y!, row)], loss.model.parameters);
      losses.push(loss.of());
    }
    await progress((row + 1) / side);
  }
  const logs = losses.map((value) => Math.log10(Math.max(value, Number.MIN_VALUE)));
  const [least, most] = [smallest(logs), largest(logs.filter(Number.isFinite))];
  return {
    name: 'plane',
    title: `The loss around the end of ${end.name}, and all paths`,
    caption: `Logarithm (base 10) of the loss on a plane through the end of ${end.name}, of the paths shown the one with the least loss, along the two directions in which the paths of one network of each entrant go farthest, each filter-normalised: as long in each filter as the parameters are. Paths are projected to the plane, which holds ${(100 * share).toFixed(0)} % of their squared distances from its centre; beside the plane their losses are others.`,
    x: { label: 'along the first direction', domain: x! },
    y: { label: 'along the second direction', domain: y! },
    marks: [
      {
        kind: 'contours',
        values: logs.map((value) => Number(Math.min(value, most).toFixed(4))),
        width: side,
        levels: Array.from({ length: 16 }, (_, i) => least + ((most - least) * (i + 1)) / 17),
        quantity: 'log₁₀ of the loss',
      },
      ...trajectories,
    ],
  };
}

/** The number of random directions over which the loss around an end is averaged. */
const directions = 3;

/** Distances from an end, in lengths of its filters. */
const distances = Array.from({ length: 41 }, (_, i) => (i - 20) / 20);

/**
 * The loss around the end of each path, along random filter-normalised directions. Directions of this length make ends
 * comparable: a network of ReLUs whose layers are scaled up and down against each other has the same curve.
 */
export async function sharpnessFigure(
  paths: readonly EntrantPath[],
  loss: Loss,
  seed: number,
  progress: (share: number) => Promise<void>,
): Promise<Figure> {
  const filters = filtersOf(loss.model);
  const marks: Line[] = [];
  for (const [i, { name, at, places }] of paths.entries()) {
    const curves: number[][] = [];
    for (let k = 0; k < directions; ++k) {
      curves.push(alongRandom(places.at(-1)!, filters, new Random(seed + k), loss));
      await progress((i * directions + k + 1) / (paths.length * directions));
    }
    const points = distances.map((distance, k): Point => [distance, mean(curves.map((curve) => curve[k]!))]);
    marks.push(line({ name, color: colorOf(at) }, points));
  }
  return {
    name: 'sharpness',
    title: 'How steeply the loss rises around each end',
    caption: `The loss around the end of one network of each entrant, along random directions that have the length of the parameters in each filter: mean of ${directions} directions. At a distance of 1 each filter has moved by its own length.`,
    x: { label: 'distance from the end, in lengths of the filters' },
    y: { label: 'loss', scale: 'log' },
    marks,
  };
}

function alongRandom(end: ArrayLike<number>, filters: Filters, random: Random, { model, of }: Loss): number[] {
  const direction = randomDirection(end, filters, random);
  return distances.map((distance) => {
    for (let i = 0; i < direction.length; ++i) model.parameters[i] = end[i]! + distance * direction[i]!;
    return of();
  });
}

function extent(values: readonly number[]): [number, number] {
  const [low, high] = [smallest(values), largest(values)];
  const more = margin * (high - low) || 1;
  return [low - more, high + more];
}

const within = ([low, high]: readonly [number, number], k: number) => low + ((high - low) * k) / (side - 1);
