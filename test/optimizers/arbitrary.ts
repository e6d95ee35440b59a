import type { FloatArray, FloatType } from '../../lib/addon';
import { floatClass } from '../support/numbers';
import fc from '../support/properties';

/** Initial parameters, and gradients for some steps. */
export interface Course {
  type: FloatType;
  initial: FloatArray;
  gradients: FloatArray[];
}

/** The largest relative error of one rounding. */
export const unitRoundoff: Record<FloatType, number> = { float32: 2 ** -24, float64: 2 ** -53 };

/** 0, or a number of either sign with powers far from the limits of any type. */
const number = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.boolean(), fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -4, max: 2 }))
      .map(([isNegative, digits, exponent]) => (isNegative ? -1 : 1) * digits * 10 ** exponent),
  },
);

/** Multiples of 2⁻⁴ below 16. Sums of some gradients are exact. */
const dyadic = fc.integer({ min: -255, max: 255 }).map((n) => n / 16);

const coursesOf = (element: fc.Arbitrary<number>, steps: fc.Arbitrary<number>): fc.Arbitrary<Course> =>
  fc
    .tuple(fc.constantFrom<FloatType>('float32', 'float64'), fc.integer({ min: 1, max: 40 }), steps)
    .chain(([type, length, count]) => {
      const array = fc
        .array(element, { minLength: length, maxLength: length })
        .map((numbers) => floatClass[type].from(numbers) as FloatArray);
      return fc.record({
        type: fc.constant(type),
        initial: array,
        gradients: fc.array(array, { minLength: count, maxLength: count }),
      });
    });

export const courses = coursesOf(number, fc.integer({ min: 1, max: 8 }));

/** Courses with a number of gradients that is a multiple of `size`. */
export const dyadicCourses = (size: number): fc.Arbitrary<Course> =>
  coursesOf(
    dyadic,
    fc.integer({ min: 1, max: 4 }).map((n) => n * size),
  );

export const rate = fc.double({ min: 1e-4, max: 1, noNaN: true });
/** A decay factor of averages. */
export const kept = fc.double({ min: 0.01, max: 0.99, noNaN: true });
