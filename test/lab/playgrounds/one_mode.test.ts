import { oneMode } from '../../../lib/lab/playgrounds/one_mode';
import type { Figure, Line, Path, Point } from '../../../lib/pages/figure';

const sigma = 1.5;
const eta = 0.08;
const starts: Point[] = [[0.3, 0.1], [-1.2, 0.9], [2, -0.5]]; // biome-ignore format: short
const [plane, strength, conserved] = oneMode.figures({ strength: sigma, rate: eta }, starts);

/** The marks of a start: of the flow, and of gradient descent. */
const marksOf = <Kind extends 'line' | 'path'>({ marks }: Figure, kind: Kind, name: string) =>
  marks.filter((mark) => mark.kind === kind && mark.name === name) as (Kind extends 'line' ? Line : Path)[];

/** (a, b) after a time of the gradient flow of ℓ, by small steps. */
function flowed([a, b]: Point, time: number): Point {
  const steps = 20_000;
  const h = time / steps;
  for (let i = 0; i < steps; ++i) {
    const slope = 2 * (sigma - a * b);
    [a, b] = [a + h * b * slope, b + h * a * slope];
  }
  return [a, b];
}

describe.each(['A', 'B', 'C'].map((name, i) => ({ name, start: starts[i]! })))('from $start', ({ name, start }) => {
  const [flow, descent] = marksOf(plane!, 'path', name);

  test('the flow at step t solves the differential equation at time ηt', () => {
    for (const i of [0, 60, 120, 160]) {
      const [a, b] = flowed(start, eta * flow!.steps![i]!);
      expect(flow!.points[i]![0]).toBeCloseTo(a, 2);
      expect(flow!.points[i]![1]).toBeCloseTo(b, 2);
    }
  });

  test('gradient descent takes steps of −η∇ℓ', () => {
    expect(descent!.points[0]).toEqual(start);
    for (const t of [0, 1, 5]) {
      const [a, b] = descent!.points[t]!;
      expect(descent!.points[t + 1]![0]).toBeCloseTo(a + 2 * eta * b * (sigma - a * b), 12);
      expect(descent!.points[t + 1]![1]).toBeCloseTo(b + 2 * eta * a * (sigma - a * b), 12);
    }
  });

  test('u and a² − b² are those of the paths, and a step changes a² − b² by 1 − 4η²(σ − ab)²', () => {
    const [flowU, descentU] = marksOf(strength!, 'line', name);
    const [flowC, descentC] = marksOf(conserved!, 'line', name);
    for (const [i, [, c]] of flowC!.points.entries()) {
      expect(c).toBeCloseTo(start[0] ** 2 - start[1] ** 2, 10);
      expect(flowU!.points[i]).toEqual([flow!.steps![i], flow!.points[i]![0] * flow!.points[i]![1]]);
    }
    for (const t of [0, 1, 5]) {
      const u = descentU!.points[t]![1];
      const factor = 1 - 4 * eta ** 2 * (sigma - u) ** 2;
      expect(descentC!.points[t + 1]![1]).toBeCloseTo(factor * descentC!.points[t]![1], 12);
    }
  });
});

test('gradient descent stays at a minimum up to the stated η, and not beyond', () => {
  const c = 2.5 ** 2 - (sigma / 2.5) ** 2;
  const near: Point = [2.5, sigma / 2.5 + 0.001];
  const limit = 1 / Math.hypot(2 * sigma, c);
  expect(oneMode.findings({ strength: sigma, rate: 0.1 }, [[2.5, sigma / 2.5]])[1]).toContain(
    `η < ${limit.toFixed(4)}`,
  );
  const distance = (rate: number) => {
    const [figure] = oneMode.figures({ strength: sigma, rate }, [near]);
    const [a, b] = marksOf(figure!, 'path', 'A')[1]!.points[20]!;
    return Math.abs(sigma - a * b);
  };
  expect(distance(0.97 * limit)).toBeLessThan(0.002);
  expect(distance(1.03 * limit)).toBeGreaterThan(0.004);
});

test('a diverging run is reported, and ends at the edge of the plane', () => {
  const values = { strength: 1, rate: 1 };
  expect(oneMode.findings(values, [[2.5, 2.5]])[1]).toMatch(/gradient descent diverges\.$/);
  const [figure] = oneMode.figures(values, [[2.5, 2.5]]);
  const { points } = marksOf(figure!, 'path', 'A')[1]!;
  expect(points).toHaveLength(3);
  expect(Math.max(...points[1]!.map(Math.abs))).toBeCloseTo(3, 12);
  expect(points[2]).toEqual([Number.NaN, Number.NaN]);
});

test('the minima are on the hyperbola, in the plane', () => {
  const lines = marksOf(plane!, 'line', 'minima ab = σ');
  expect(lines).toHaveLength(2);
  for (const { points } of lines)
    for (const [a, b] of points) {
      expect(a * b).toBeCloseTo(sigma, 12);
      expect(Math.max(Math.abs(a), Math.abs(b))).toBeLessThan(3 + 1e-9);
    }
});
