import { Dataset } from '../../../lib/data/dataset';
import { filterNormalised, filtersOf, randomDirection } from '../../../lib/lab/race/filters';
import { planeFigure, sharpnessFigure } from '../../../lib/lab/race/landscape';
import { Plane, principalDirections } from '../../../lib/lab/race/plane';
import { dense } from '../../../lib/layers/dense';
import { Random } from '../../../lib/numbers/random';
import type { Line } from '../../../lib/pages/figure';
import { network } from '../../../lib/training/network';
import { range } from '../../support/numbers';

const model = () =>
  network({ inputs: 3, layers: [dense(4, { activation: 'relu' }), dense(2)], seed: 5, type: 'float64' });

/** The weights into a unit. */
function filter(values: ArrayLike<number>, layer: number, unit: number): number[] {
  const net = model();
  net.parameters.set(values);
  const { data, shape } = net.tensors.get(`layers.${layer}.weight`)!;
  return range(shape[0]!).map((i) => data[i * shape[1]! + unit]!);
}
const length = (values: number[]) => Math.hypot(...values);

test('the loss around an end is a mean of several directions', async () => {
  const net = model();
  const end = Float64Array.from(net.parameters);
  const path = { name: 'end', at: 0, places: [end], steps: [0], loss: 1 };
  const { marks } = await sharpnessFigure([path], { model: net, of: () => net.parameters[0]! }, 4, async () => {});
  const at = [4, 5, 6].map((seed) => randomDirection(end, filtersOf(net), new Random(seed))[0]!);
  const mean = at.reduce((a, b) => a + b, 0) / 3;
  expect(new Set(at).size).toBe(3);
  expect((marks[0] as Line).points.at(-1)![1]).toBeCloseTo(end[0]! + mean, 10);
});

test('each filter of a normalised direction is as long as that of the parameters, and keeps its direction', () => {
  const net = model();
  const direction = new Random(1).normals(net.parameters.length);
  const normalised = filterNormalised(direction, net.parameters, filtersOf(net));
  for (const [layer, units] of [
    [0, 4],
    [1, 2],
  ] as const)
    for (const unit of range(units)) {
      const [before, after] = [direction, normalised].map((values) => filter(values, layer, unit));
      expect(length(after!)).toBeCloseTo(length(filter(net.parameters, layer, unit)), 12);
      const scale = length(after!) / length(before!);
      for (const [i, value] of after!.entries()) expect(value).toBeCloseTo(scale * before![i]!, 12);
    }
  const biases = model();
  biases.parameters.set(normalised);
  expect(Math.hypot(...biases.tensors.get('layers.0.bias')!.data)).toBe(0);
});

test('the loss around an end does not change if layers of ReLUs are scaled against each other', async () => {
  const random = new Random(3);
  const data = new Dataset({ inputs: random.normals(60), columns: 3, targets: range(20).map((i) => i % 2) });
  const net = model();
  const loss = { model: net, of: () => net.evaluate(data, { loss: 'crossEntropy' }).loss };
  const ends = [1, 10].map((scale) => {
    const end = model();
    for (const [name, { data }] of end.tensors)
      data.forEach((_, i) => {
        if (name.startsWith('layers.0')) data[i]! *= scale;
        else if (name.endsWith('weight')) data[i]! /= scale;
      });
    return Float64Array.from(end.parameters);
  });
  const curveOf = async (end: Float64Array) => {
    const path = { name: 'end', at: 0, places: [end], steps: [0], loss: 1 };
    const { marks } = await sharpnessFigure([path], loss, 1, async () => {});
    return (marks[0] as Line).points.map(([, value]) => value);
  };
  const [one, other] = [await curveOf(ends[0]!), await curveOf(ends[1]!)];
  for (const [i, value] of one.entries()) expect(value / other[i]!).toBeCloseTo(1, 10);
  const plain = (end: Float64Array) => {
    const direction = new Random(1).normals(end.length);
    net.parameters.set(end.map((x, i) => x + 0.5 * direction[i]!));
    return loss.of();
  };
  expect(plain(ends[1]!) / plain(ends[0]!)).toBeGreaterThan(1.25); // without normalisation it does change
});

describe('a plane', () => {
  const random = new Random(2);
  const [centre, d, e] = [random.normals(12), random.normals(12), random.normals(12)];
  const at = (x: number, y: number) => centre.map((c, i) => c + x * d[i]! + y * e[i]!);

  test('has the points that were written at their coordinates', () => {
    const plane = new Plane(centre, [d, e]);
    const written = new Float64Array(12);
    plane.write([0.3, -2], written);
    expect([...written]).toEqual([...at(0.3, -2)]);
    const { points, share } = plane.project([written]);
    expect(points[0]![0]).toBeCloseTo(0.3, 10);
    expect(points[0]![1]).toBeCloseTo(-2, 10);
    expect(share).toBeCloseTo(1, 12);
  });

  test('projects other points, and has their share of squared distances', () => {
    const x = centre.map((c, i) => c + (i === 0 ? 3 : 0));
    const y = centre.map((c, i) => c + (i === 0 ? 3 : i === 1 ? 4 : 0));
    const unit = (at: number) => Float64Array.from({ length: 12 }, (_, i) => (i === at ? 1 : 0));
    const plane = new Plane(centre, [unit(0), unit(2)]);
    expect(plane.project([x, y])).toEqual({
      points: [
        [3, 0],
        [3, 0],
      ],
      share: 18 / 34,
    });
  });

  test('along the principal directions contains all points of a plane, and of others more than any other plane', () => {
    const inPlane = range(9).map((i) => at(Math.sin(i), Math.cos(2 * i)));
    const principal = new Plane(centre, principalDirections(centre, inPlane)!);
    expect(principal.project(inPlane).share).toBeCloseTo(1, 10);
    const anywhere = range(9).map(() => centre.map((c) => c + random.normal()));
    const best = new Plane(centre, principalDirections(centre, anywhere)!).project(anywhere).share;
    for (const _ of range(50)) {
      const other = new Plane(centre, [random.normals(12), random.normals(12)]);
      expect(other.project(anywhere).share).toBeLessThan(best);
    }
  });
});

test('a step along an axis of the plane moves each filter by its own length, and the plane contains the paths', async () => {
  const random = new Random(7);
  const net = model();
  const end = Float64Array.from(net.parameters);
  const path = (at: number) => ({
    name: `path ${at}`,
    at,
    places: [...range(5).map((k) => end.map((x) => x + (0.1 * (5 - k) + at) * random.normal())), end],
    steps: range(6),
    loss: 1 + at,
  });
  const visited: Float64Array[] = [];
  const of = () => {
    visited.push(Float64Array.from(net.parameters));
    return 1 + Math.abs(net.parameters[0]!);
  };
  const { marks, x, y } = (await planeFigure([path(0), path(1)], { model: net, of }, async () => {}))!;
  expect(visited).toHaveLength(31 * 31);
  for (const [axis, next] of [
    [x, 1],
    [y, 31],
  ] as const) {
    const step = (axis.domain![1] - axis.domain![0]) / 30;
    const along = visited[next]!.map((value, i) => (value - visited[0]![i]!) / step);
    for (const [layer, units] of [
      [0, 4],
      [1, 2],
    ] as const)
      for (const unit of range(units))
        expect(length(filter(along, layer, unit))).toBeCloseTo(length(filter(end, layer, unit)), 8);
  }
  const drawn = marks.filter((mark) => mark.kind === 'path');
  for (const { points } of drawn)
    for (const [px, py] of points) {
      expect(px > x.domain![0] && px < x.domain![1]).toBe(true);
      expect(py > y.domain![0] && py < y.domain![1]).toBe(true);
    }
  const contours = marks.find((mark) => mark.kind === 'contours')!;
  expect(contours.values[33]).toBeCloseTo(Math.log10(1 + Math.abs(visited[33]![0]!)), 3);
});

test.each([
  ['one line', [3, 2, 1, 0]],
  ['one place', [0, 0, 0]],
])('there is no plane if all paths are in %s', async (_, distances) => {
  const net = model();
  const end = Float64Array.from(net.parameters);
  const places = distances.map((distance) => end.map((x, i) => x + distance * Math.sin(i)));
  const path = { name: 'path', at: 0, places, steps: distances, loss: 1 };
  expect(await planeFigure([path], { model: net, of: () => 1 }, async () => {})).toBeUndefined();
});

test('a random direction depends on the seed', () => {
  const net = model();
  const [one, other] = [1, 2].map((seed) => randomDirection(net.parameters, filtersOf(net), new Random(seed)));
  expect(one).not.toEqual(other);
});
