import { Lanczos } from '../../lib/curvature/lanczos';
import { Random } from '../../lib/numbers/random';
import { greatestError } from '../support/closeness';
import { range } from '../support/numbers';
import fc from '../support/properties';
import { quadratic, spread } from './quadratic';

function grown(eigenvalues: readonly number[], width: number, size: number, seed = 1) {
  const { hessianVectorProduct, origin } = quadratic(eigenvalues);
  const operator = {
    dimension: eigenvalues.length,
    product: (vector: Float64Array) => hessianVectorProduct(origin, vector),
  };
  const lanczos = new Lanczos(operator, width, new Random(seed));
  for (const _ of range(size)) lanczos.grow();
  return lanczos;
}

const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);

describe('the Lanczos process', () => {
  test.each([1, 2, 3, 7])('with a band of %i ends with all eigenvalues', (width) => {
    const eigenvalues = spread(40, -3, 12);
    const lanczos = grown(eigenvalues, width, 40);
    expect(lanczos.isComplete).toBe(true);
    const { values, errors } = lanczos.ritzValues();
    expect(greatestError(values, eigenvalues)).toBeLessThan(1e-13);
    expect(errors.every((error) => error === 0)).toBe(true);
  });

  test('continues with another vector at an invariant subspace, and finds each eigenvalue with its multiplicity', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(-2, 0, 0, 1, 1e-3, 1e3), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        (eigenvalues, width, seed) => {
          const { values } = grown(eigenvalues, width, eigenvalues.length, seed).ritzValues();
          expect(greatestError(values, ascending(eigenvalues))).toBeLessThan(1e-10);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('bounds the distance of each of its values to an eigenvalue', () => {
    const eigenvalues = spread(120, 0, 1).map((x) => x ** 3);
    for (const size of [1, 3, 10, 40, 119]) {
      const { values, errors } = grown(eigenvalues, 2, size).ritzValues();
      values.forEach((value, k) => {
        const distance = Math.min(...eigenvalues.map((eigenvalue) => Math.abs(eigenvalue - value)));
        expect(distance).toBeLessThanOrEqual(errors[k]! + 1e-14);
      });
    }
  });

  test('never has more values below a number than there are eigenvalues', () => {
    const eigenvalues = spread(120, -1, 2);
    for (const size of [2, 10, 40, 100]) {
      const { values } = grown(eigenvalues, 2, size).ritzValues();
      for (const limit of [-0.9, -0.5, 0, 1])
        expect(values.filter((value) => value < limit).length).toBeLessThanOrEqual(
          eigenvalues.filter((value) => value < limit).length,
        );
    }
  });

  test('weights its values like a Gaussian quadrature: m of them integrate all powers below 2m', () => {
    const eigenvalues = spread(50, -1, 1);
    // Both processes begin with the same vector, so the longer one gives the expected moments.
    const moments = (size: number) => {
      const { values, weights } = grown(eigenvalues, 1, size, 5).ritzValues();
      return range(8).map((power) => values.reduce((sum, value, k) => sum + weights[k]! * value ** power, 0));
    };
    expect(moments(50)[0]).toBeCloseTo(1, 13);
    expect(greatestError(moments(4), moments(50))).toBeLessThan(1e-13);
    expect(Math.abs(moments(3)[6]! - moments(50)[6]!)).toBeGreaterThan(1e-6);
  });
});
