import { distance, norm, plus } from '../../lib/numbers/vectors';

describe('the norm', () => {
  test.each([
    [[3, 4], 5],
    [[3e200, -4e200], 5e200],
    [[3e-200, -4e-200], 5e-200],
    [[0, -0], 0],
    [[], 0],
    [[1, -Infinity], Infinity],
    [[1, NaN], NaN],
    [[NaN, 1e200], NaN],
  ])('of %p is %d', (vector, expected) => {
    if (Number.isFinite(expected)) expect(Math.abs(norm(vector) - expected)).toBeLessThanOrEqual(1e-15 * expected);
    else expect(norm(vector)).toBe(expected);
  });

  test('of a difference is a distance', () => {
    expect(distance(Float64Array.of(4, 1), Float64Array.of(1, 5))).toBe(5);
  });
});

test('a sum has the type of its first term', () => {
  expect(plus(Float32Array.of(1, 2), 2, [0.5, 1])).toEqual(Float32Array.of(2, 4));
  expect(plus(Float64Array.of(1), 1e-9, [1])).toEqual(Float64Array.of(1 + 1e-9));
});
