import { contours } from '../../lib/lab/contours';
import { quadratic } from '../../lib/lab/problems/quadratic';

test('contours show the logarithm of the function, row after row from the bottom', () => {
  const { values, width, levels } = contours(
    { problem: quadratic([1, 4], { minimum: [1, -1] }), x: [-3, 3], y: [-3, 3] },
    5,
  );
  expect(values).toHaveLength(width ** 2);
  expect(values[0]).toBeCloseTo(Math.log10(0.5 * (4 ** 2 + 4 * 2 ** 2) + 0.01), 3);
  expect(values[width - 1]).toBeCloseTo(Math.log10(0.5 * (2 ** 2 + 4 * 2 ** 2) + 0.01), 3);
  expect(values.at(-1)).toBeCloseTo(Math.log10(0.5 * (2 ** 2 + 4 * 4 ** 2) + 0.01), 3);
  expect(levels).toHaveLength(5);
  for (const level of levels) expect(level).toBeGreaterThan(Math.min(...values));
});
