import { slopeAlong } from './slopes';

const { abs, cos, sin } = Math;

const slopeAt = (x: number, value: (x: number) => number, derivative: (x: number) => number) => {
  const point = Float64Array.of(x);
  const slope = slopeAlong([1], point, () => ({ loss: value(point[0]!), gradient: [derivative(point[0]!)] }));
  expect(point[0]).toBe(x);
  return slope;
};

test('a smooth function is even, and its difference equals its derivative', () => {
  const { difference, derivative, unevenness } = slopeAt(1, sin, cos);
  expect(derivative).toBe(cos(1));
  expect(abs(difference - derivative)).toBeLessThan(1e-10);
  expect(unevenness).toBeLessThan(1e-9);
});

test('a wrong derivative is even, and differs', () => {
  const { difference, derivative, unevenness } = slopeAt(1, sin, (x) => 1.001 * cos(x));
  expect(unevenness).toBeLessThan(1e-9);
  expect(abs(difference - derivative)).toBeGreaterThan(1e-4);
});

test.each([-9e-6, -1e-7, 1e-7, 9e-6])('a nearby kink is uneven (%d)', (x) => {
  expect(slopeAt(x, abs, Math.sign).unevenness).toBe(2);
});
