import { irisExamples } from '../../../lib/lab/convex/iris';
import { landscape, networkLandscape, quadraticLandscape } from '../../../lib/lab/flow/landscapes';
import { quadratic } from '../../../lib/lab/problems/quadratic';
import { himmelblau } from '../../../lib/lab/problems/two_dimensional';

describe('a landscape', () => {
  test('has a closed form if it is a quadratic, and its flow follows it', () => {
    const eigenvalues = Float64Array.of(2, 0.5);
    const { flow, solution, unit } = quadraticLandscape(quadratic(eigenvalues, { start: [1, -3] }), eigenvalues);
    expect(unit).toBeCloseTo(0.5, 10);
    expect(Array.from(solution(3))).toEqual([Math.exp(-6), -3 * Math.exp(-1.5)]);
    const end = flow({ time: 3, tolerance: { relative: 1e-10, absolute: 1e-12 } }).thetas.at(-1)!;
    for (const [i, x] of solution(3).entries()) expect(end[i]).toBeCloseTo(x, 9);
  });

  test('has R and its gradient at any point', () => {
    const { at } = landscape(himmelblau);
    expect(at(Float64Array.of(3, 2)).loss).toBe(0);
    expect(at(Float64Array.of(0, 0))).toMatchObject({ loss: 170, gradientNorm: Math.hypot(14, 22) });
  });

  test('starts from the same weights each time if it is a network', async () => {
    using tanh = networkLandscape(await irisExamples(), 3, 5);
    const [first, second] = [tanh.flow({ time: 0.1 }), tanh.flow({ time: 0.1 })];
    expect(second.thetas[0]).toEqual(first.thetas[0]);
    expect(second.losses).toEqual(first.losses);
    expect(tanh.at(first.thetas.at(-1)!).loss).toBe(first.losses.at(-1));
    expect(first.losses.at(-1)!).toBeLessThan(first.losses[0]!);
  });
});
