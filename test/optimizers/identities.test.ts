import type { FloatArray } from '../../lib/addon';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { lookahead } from '../../lib/optimizers/lookahead';
import { momentum } from '../../lib/optimizers/momentum';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import { arithmetic } from '../support/arithmetic';
import { expectSameBits } from '../support/bits';
import { lead } from '../support/lead';
import { range } from '../support/numbers';
import fc from '../support/properties';
import { rules } from '../support/rules';
import { scalarRule } from '../support/scalar_rules';
import { type Course, courses, dyadicCourses, kept, rate, unitRoundoff } from './arbitrary';

const epsilon = fc.double({ min: 1e-8, max: 1e-2, noNaN: true });
const decay = fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 0.5, noNaN: true }));

/** Expects that two rules give equal parameters, and equal states of these names, bit for bit. */
function expectSame({ initial, gradients }: Course, one: Rule, other: Rule, states: string[] = []): void {
  const [ours, theirs] = [one, other].map((rule) => lead(rule, initial, gradients));
  expectSameBits(ours!.theta, theirs!.theta, 'parameters');
  for (const name of states)
    expectSameBits(ours!.optimizer.state.get(name)![0]!, theirs!.optimizer.state.get(name)![0]!, name);
}

/**
 * Expects that two rules give equal parameters after T steps, up to rounding. Scalars and state of a step have at most
 * 4T roundings in either rule, so steps and their sums differ by at most 8T roundings.
 */
function expectClose(course: Course, one: Rule, other: Rule, otherGradients = course.gradients): void {
  const { type, initial, gradients } = course;
  const path = range(gradients.length + 1).map((steps) => lead(one, initial, gradients.slice(0, steps)).theta);
  const { theta } = lead(other, initial, otherGradients);
  for (const [i, value] of theta.entries()) {
    const lengths = range(gradients.length).map((t) => Math.abs(path[t + 1]![i]! - path[t]![i]!));
    const size = Math.max(...path.map((point) => Math.abs(point[i]!)));
    const scale = size + lengths.reduce((sum, length) => sum + length, 0);
    const error = Math.abs(value - path.at(-1)![i]!);
    expect({ i, error, isClose: error <= 8 * gradients.length * unitRoundoff[type] * scale }).toMatchObject({
      isClose: true,
    });
  }
}

describe('rmsprop', () => {
  test('with bias correction is adam without a moving average of the gradient, bit for bit', () => {
    fc.assert(
      fc.property(courses, rate, kept, epsilon, decay, (course, learningRate, rho, epsilon, weightDecay) => {
        const options = { learningRate, epsilon, weightDecay };
        const ours = rmsprop({ ...options, decay: rho, biasCorrection: true });
        expectSame(course, ours, adam({ ...options, beta1: 0, beta2: rho }), ['v']);
      }),
    );
  });

  test("over the lecture's sum equals the one over the average with √(1 − ρ) times η and ε", () => {
    fc.assert(
      fc.property(courses, rate, kept, epsilon, (course, learningRate, rho, epsilon) => {
        const shorter = Math.sqrt(1 - rho);
        expectClose(
          course,
          rmsprop({ learningRate, decay: rho, epsilon, normalized: false }),
          rmsprop({ learningRate: learningRate * shorter, decay: rho, epsilon: epsilon * shorter }),
        );
      }),
    );
  });
});

describe('adamw', () => {
  test('without decay is adam, bit for bit', () => {
    fc.assert(
      fc.property(courses, rate, kept, kept, epsilon, fc.boolean(), (course, learningRate, ...others) => {
        const [beta1, beta2, epsilon, amsgrad] = others;
        const options = { learningRate, beta1, beta2, epsilon, amsgrad, weightDecay: 0 };
        expectSame(course, adamw(options), adam(options), ['m', 'v', ...(amsgrad ? ['vMax'] : [])]);
      }),
    );
  });
});

describe("the lecture's momentum", () => {
  test('without bias correction equals sgd with dampening α and (1 − α) times the first gradient, bit for bit', () => {
    fc.assert(
      fc.property(courses, rate, kept, ({ type, initial, gradients }, learningRate, alpha) => {
        const { round, multiply } = arithmetic[type];
        const [first, ...others] = gradients;
        const dampened = first!.map((g) => multiply(round(1 - alpha), g));
        const ours = lead(momentum({ learningRate, decay: alpha, biasCorrection: false }), initial, gradients);
        const theirs = lead(sgd({ learningRate, momentum: alpha, dampening: alpha }), initial, [dampened, ...others]);
        expectSameBits(ours.theta, theirs.theta);
      }),
    );
  });

  test('without bias correction equals sgd with momentum at (1 − α) times the rate', () => {
    fc.assert(
      fc.property(courses, rate, kept, (course, learningRate, alpha) => {
        expectClose(
          course,
          momentum({ learningRate, decay: alpha, biasCorrection: false }),
          sgd({ learningRate: learningRate * (1 - alpha), momentum: alpha }),
        );
      }),
    );
  });

  test('equals sgd with momentum at (1 − α)/(1 − αᵗ) times the rate', () => {
    fc.assert(
      fc.property(courses, rate, kept, (course, learningRate, alpha) => {
        const rates = range(8).map((t) => (learningRate * (1 - alpha)) / (1 - alpha ** (t + 1)));
        const scheduled = piecewiseSchedule({ boundaries: [1, 2, 3, 4, 5, 6, 7], values: rates });
        expectClose(
          course,
          momentum({ learningRate, decay: alpha }),
          sgd({ learningRate: scheduled, momentum: alpha }),
        );
      }),
    );
  });
});

describe.each(rules)('%s', (_, rule) => {
  test.each([1, 2, 4])('over %i accumulated gradients takes one step with their mean, bit for bit', (count) => {
    fc.assert(
      fc.property(dyadicCourses(count), ({ initial, gradients }) => {
        const means = range(gradients.length / count).map((step) =>
          initial.map((_, i) => {
            const group = gradients.slice(step * count, (step + 1) * count);
            return group.reduce((sum, gradient) => sum + gradient[i]!, 0) / count;
          }),
        );
        const ours = lead(rule, initial, gradients, { accumulate: count });
        const theirs = lead(rule, initial, means as FloatArray[]);
        expect(ours.optimizer.steps).toBe(theirs.optimizer.steps);
        expectSameBits(ours.theta, theirs.theta);
      }),
      { numRuns: 20 },
    );
  });

  test('under lookahead with α = 1 is the rule itself, bit for bit', () => {
    fc.assert(
      fc.property(courses, fc.integer({ min: 1, max: 4 }), (course, steps) => {
        expectSame(course, lookahead(rule, { steps, alpha: 1 }), rule, scalarRule(rule, course.type).states);
      }),
      { numRuns: 20 },
    );
  });
});

describe('sgd', () => {
  test('over any number of accumulated gradients takes one step with their mean', () => {
    fc.assert(
      fc.property(courses, rate, ({ type, initial, gradients }, learningRate) => {
        const count = gradients.length;
        const { theta } = lead(sgd({ learningRate }), initial, gradients, { accumulate: count });
        for (const [i, start] of initial.entries()) {
          const terms = gradients.map((gradient) => gradient[i]!);
          const mean = terms.reduce((sum, g) => sum + g, 0) / count;
          const size = terms.reduce((sum, g) => sum + Math.abs(g), 0) / count;
          // Roundings: count − 1 sums, 1/count, its product, η, its product, the difference; as many in the reference.
          const bound = 2 * unitRoundoff[type] * ((count + 4) * learningRate * size + Math.abs(theta[i]!));
          expect(Math.abs(theta[i]! - (start - learningRate * mean))).toBeLessThanOrEqual(bound);
        }
      }),
    );
  });
});

describe.each(rules.filter(([, rule]) => scalarRule(rule, 'float64').scope === undefined))(
  '%s, element by element',
  (_, rule) => {
    test('commutes with permutations of the parameters', () => {
      const permuted = courses.chain((course) =>
        fc.record({
          course: fc.constant(course),
          order: fc.shuffledSubarray(range(course.initial.length), { minLength: course.initial.length }),
        }),
      );
      fc.assert(
        fc.property(permuted, ({ course: { initial, gradients }, order }) => {
          const permute = (array: FloatArray) => array.map((_, i) => array[order[i]!]!) as FloatArray;
          const { theta, optimizer } = lead(rule, initial, gradients);
          const other = lead(rule, permute(initial), gradients.map(permute));
          expectSameBits(other.theta, permute(theta), 'parameters');
          for (const [name, [values]] of optimizer.state)
            expectSameBits(other.optimizer.state.get(name)![0]!, permute(values as FloatArray), name);
        }),
        { numRuns: 20 },
      );
    });
  },
);
