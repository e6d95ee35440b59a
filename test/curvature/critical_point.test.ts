import { curvature } from '../../lib/curvature/curvature';
import { range } from '../support/numbers';
import { quadratic, spread } from './quadratic';

type Plane = (x: number, y: number) => { loss: number; gradient: [number, number] };

const of =
  (plane: Plane) =>
  ({ 0: x, 1: y }: ArrayLike<number>) =>
    plane(x!, y!);

const bowl: Plane = (x, y) => ({ loss: x * x + y * y, gradient: [2 * x, 2 * y] });
const dome: Plane = (x, y) => ({ loss: -x * x - 3 * y * y, gradient: [-2 * x, -6 * y] });
const saddle: Plane = (x, y) => ({ loss: x * x - y * y, gradient: [2 * x, -2 * y] });
const monkeySaddle: Plane = (x, y) => ({ loss: x ** 3 - 3 * x * y * y, gradient: [3 * (x * x - y * y), -6 * x * y] });
const trough: Plane = (x, y) => ({ loss: x * x + y ** 4, gradient: [2 * x, 4 * y ** 3] });

describe('a critical point is', () => {
  test.each([
    ['a minimum', bowl, { kind: 'minimum', negativeDirections: 0, flatDirections: 0 }],
    ['a maximum', dome, { kind: 'maximum', negativeDirections: 2, flatDirections: 0 }],
    ['a saddle, of x² − y²', saddle, { kind: 'saddle', negativeDirections: 1, flatDirections: 0 }],
    [
      'degenerate, of the monkey saddle',
      monkeySaddle,
      { kind: 'degenerate', negativeDirections: 0, flatDirections: 2 },
    ],
    ['degenerate, of x² + y⁴', trough, { kind: 'degenerate', negativeDirections: 0, flatDirections: 1 }],
  ])('%s', (_, plane, expected) => {
    expect(curvature(of(plane), [0, 0]).criticalPoint).toEqual({ gradientNorm: 0, ...expected });
  });

  test('none if the gradient is not small, whatever the curvature', () => {
    for (const plane of [bowl, dome, saddle, monkeySaddle, trough]) {
      const { kind, gradientNorm } = curvature(of(plane), [0.5, 1]).criticalPoint!;
      expect(kind).toBe('none');
      expect(gradientNorm).toBeCloseTo(Math.hypot(...plane(0.5, 1).gradient), 14);
    }
  });

  test('dependent on the tolerance', () => {
    const at = (gradientTolerance?: number) =>
      curvature(of(bowl), [1e-5, 0], { gradientTolerance }).criticalPoint!.kind;
    expect(at()).toBe('none');
    expect(at(1e-5)).toBe('none');
    expect(at(2e-5)).toBe('minimum');
    const given = quadratic([1e-7, 1]);
    const with_ = (flatTolerance?: number) => curvature(given, given.origin, { flatTolerance }).criticalPoint!;
    expect(with_()).toMatchObject({ kind: 'degenerate', flatDirections: 1 });
    expect(with_(1e-8)).toMatchObject({ kind: 'minimum', flatDirections: 0 });
  });

  test('recognised by its negative directions even if there are flat ones', () => {
    const given = quadratic([-1, 0, 0, 2]);
    expect(curvature(given, given.origin).criticalPoint).toMatchObject({
      kind: 'saddle',
      negativeDirections: 1,
      flatDirections: 2,
    });
    const withoutAscent = quadratic([-1, 0]);
    expect(curvature(withoutAscent, withoutAscent.origin).criticalPoint!.kind).toBe('degenerate');
  });
});

describe('where the Hessian is large, a critical point is', () => {
  test.each([
    ['minimum', spread(300, 1, 4)],
    ['maximum', spread(300, -4, -1)],
    ['saddle', [...spread(298, 1, 4), -0.5, -1]],
    ['degenerate', range(300).map((i) => Math.max(0, i - 290))],
  ])('a %s by the ends of the spectrum', (kind, eigenvalues) => {
    const given = quadratic(eigenvalues);
    const { criticalPoint, converged } = curvature(given, given.origin);
    expect(converged).toBe(true);
    expect(criticalPoint!.kind).toBe(kind);
    expect(criticalPoint).not.toHaveProperty('flatDirections');
  });

  test('a saddle as soon as there are both signs, with at least the reported number of negative directions', () => {
    const given = quadratic([...spread(100, -1, -0.01), ...spread(200, 0.01, 5)]);
    const { criticalPoint, converged } = curvature(given, given.origin, { maxProducts: 12 });
    expect(converged).toBe(false);
    expect(criticalPoint!.kind).toBe('saddle');
    expect(criticalPoint!.negativeDirections).toBeGreaterThan(0);
    expect(criticalPoint!.negativeDirections).toBeLessThanOrEqual(100);
  });
});

describe('without Hessian-vector products, differences of gradients', () => {
  test('give the eigenvalues to 1e-9', () => {
    // The second derivatives of Σ cosh(kx): k²·cosh(kx).
    const place = [0.3, -0.2, 0.1, 1];
    const objective = (theta: ArrayLike<number>, gradient: { [i: number]: number }) => {
      place.forEach((_, i) => {
        gradient[i] = (i + 1) * Math.sinh((i + 1) * theta[i]!);
      });
      return place.reduce((sum, _, i) => sum + Math.cosh((i + 1) * theta[i]!), 0);
    };
    const { eigenvalues } = curvature(objective, place);
    const expected = place.map((x, i) => (i + 1) ** 2 * Math.cosh((i + 1) * x)).sort((a, b) => a - b);
    eigenvalues!.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!) / expected[3]!).toBeLessThan(1e-9);
    });
  });

  test('do not change θ, and evaluate in float64 even if θ is in float32', () => {
    const theta = Float32Array.of(0.1, 0.2);
    const seen = new Set<string>();
    curvature((at) => {
      seen.add(Object.prototype.toString.call(at));
      return bowl(at[0]!, at[1]!);
    }, theta);
    expect([...seen]).toEqual(['[object Float64Array]']);
    expect([...theta]).toEqual([...Float32Array.of(0.1, 0.2)]);
  });

  test('are accurate far from the origin', () => {
    const { top } = curvature(of(bowl), [1e6, -1e6]);
    expect(top[0]).toBeCloseTo(2, 6);
  });
});
