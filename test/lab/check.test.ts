import { boundsOf, claim, shortened } from '../../lib/lab/check';

describe('a check', () => {
  test('passes within its bounds, inclusive', () => {
    expect([claim('').atMost(1, 1, 'c'), claim('').atMost(1.01, 1, 'c')].map(({ holds }) => holds)).toEqual([
      true,
      false,
    ]);
    expect([claim('').atLeast(1, 1, 'c'), claim('').atLeast(0.99, 1, 'c')].map(({ holds }) => holds)).toEqual([
      true,
      false,
    ]);
    expect([0.9, 1, 2, 2.1].map((measured) => claim('').between(measured, 1, 2, 'c').holds)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('never passes for NaN', () => {
    for (const check of [claim('').atMost(Number.NaN, 1, 'c'), claim('').atLeast(Number.NaN, 1, 'c')])
      expect(check.holds).toBe(false);
  });

  test('has its bounds as text', () => {
    expect(boundsOf(claim('').atMost(0, 1e-12, 'c'))).toBe('≤ 1e−12');
    expect(boundsOf(claim('').atLeast(0, 0.5, 'c'))).toBe('≥ 0.5');
    expect(boundsOf(claim('').between(0, -1.2, -0.8, 'c'))).toBe('from −1.2 to −0.8');
  });

  test.each([
    [0, '0'],
    [1.23456, '1.235'],
    [20480, '20,480'],
    [1234567, '1.23e6'],
    [-0.000123, '−1.23e−4'],
    [1e-12, '1e−12'],
    [0.5, '0.5'],
    [-Infinity, '−∞'],
    [Number.NaN, 'NaN'],
  ])('shortens %d to %s', (value, text) => {
    expect(shortened(value)).toBe(text);
  });
});
