import type { FloatArray } from '../../lib/addon';
import { adam } from '../../lib/optimizers/adam';
import { lookahead } from '../../lib/optimizers/lookahead';
import { momentum } from '../../lib/optimizers/momentum';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import { sam } from '../../lib/optimizers/sam';
import { sgd } from '../../lib/optimizers/sgd';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { normOf } from '../support/composition';
import { gradients, parameters, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const difference = (a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number[][] =>
  a.map((array, k) => Array.from(array, (x, i) => x - b[k]![i]!));

/** Curvatures of ½θᵀDθ. */
const curvatures = Float64Array.of(1, 10, 0.1);
const gradientAt = ([theta]: readonly FloatArray[]): Float64Array[] => [curvatures.map((d, i) => d * theta![i]!)];

describe('sam', () => {
  test('takes the gradient at the distance ρ along the first one, over all arrays', () => {
    const theta = [parameters('float64', 1500, 1), parameters('float64', 7, 2)];
    const given = [gradients('float64', 1500, 3), gradients('float64', 7, 4)];
    const optimizer = new Optimizer(theta, sam(sgd(), { radius: 0.25 }));
    const moved = difference(optimizer.gradientPoints(given), theta);
    expect(normOf(moved)).toBeCloseTo(0.25, 13);
    const scale = 0.25 / normOf(given);
    for (const [i, gradient] of given.entries())
      expect(
        greatestError(
          moved[i]!,
          Array.from(gradient, (g) => scale * g),
        ),
      ).toBeLessThan(1e-15);
  });

  test('descends a quadratic as the formula says', () => {
    const theta = Float64Array.of(1, -1, 2);
    const expected = theta.slice();
    const optimizer = new Optimizer([theta], sam(sgd({ learningRate: 0.05 }), { radius: 0.1 }));
    for (const _ of range(20)) {
      optimizer.step(gradientAt(optimizer.gradientPoints(gradientAt(optimizer.gradientPoints()))));
      // Dθ + ρD²θ/‖Dθ‖
      const norm = Math.hypot(...curvatures.map((d, i) => d * expected[i]!));
      for (const [i, d] of curvatures.entries()) expected[i]! -= 0.05 * d * expected[i]! * (1 + (0.1 * d) / norm);
      expect(greatestError(theta, expected)).toBeLessThan(1e-13);
    }
  });

  test('with radius 0 equals the rule itself, bit for bit', () => {
    const ends = [sgd({ momentum: 0.9 }), sam(sgd({ momentum: 0.9 }), { radius: 0 })].map((rule) => {
      const theta = Float64Array.of(1, -1, 2);
      const optimizer = new Optimizer([theta], rule);
      for (const _ of range(5)) {
        if (rule.name === 'sam') optimizer.gradientPoints(gradientAt([theta]));
        optimizer.step(gradientAt([theta]));
      }
      return theta;
    });
    expectSameBits(ends[1]!, ends[0]!);
  });

  test('does not change the parameters when it computes the point', () => {
    const theta = Float64Array.of(1, -1, 2);
    const optimizer = new Optimizer([theta], sam(adam()));
    const point = optimizer.gradientPoints(gradientAt([theta]));
    expect([...theta]).toEqual([1, -1, 2]);
    expect(point[0]).not.toBe(theta);
    expect(optimizer.steps).toBe(0);
    expect(optimizer.gradientPoints()).toEqual([theta]);
  });

  test('has its point at the parameters if the gradient is zero', () => {
    const theta = parameters('float64', 30, 1).map((x) => x + 0) as FloatArray;
    const optimizer = new Optimizer([theta], sam(sgd()));
    expect(optimizer.gradientPoints([new Float64Array(30)])[0]!.every((x, i) => Math.abs(x - theta[i]!) < 1e-300)).toBe(
      true,
    );
  });

  test('has its point downhill if the rule ascends', () => {
    for (const [rule, options] of [
      [sgd({ maximize: true }), {}],
      [sgd(), { maximize: true }],
    ] as [Rule, object][]) {
      const optimizer = new Optimizer([Float64Array.of(1, 2)], sam(rule, { radius: 5 }), options);
      const [point] = optimizer.gradientPoints([Float64Array.of(30, -40)]);
      expect([...point!]).toEqual([1 - 3, 2 + 4]);
    }
  });

  test('starts from the gradient point of its rule', () => {
    const theta = Float64Array.of(1);
    const optimizer = new Optimizer([theta], sam(momentum({ nesterov: true, learningRate: 0.5, decay: 0.5 })));
    optimizer.gradientPoints([Float64Array.of(2)]);
    optimizer.step([Float64Array.of(4)]); // θ = 1 − ½·4
    expect(theta[0]).toBe(-1);
    const [ahead] = optimizer.gradientPoints(); // by ½·½·4
    expect(ahead![0]).toBe(-2);
    expect(optimizer.gradientPoints([Float64Array.of(-2)])[0]![0]).toBeCloseTo(-2.05, 14);
  });

  test('follows a schedule of radii', () => {
    const radius = linearSchedule({ from: 1, to: 0, steps: 4 });
    const theta = new Float64Array(1);
    const optimizer = new Optimizer([theta], sam(sgd({ learningRate: 0 }), { radius }));
    const distances = range(5).map(() => {
      const [point] = optimizer.gradientPoints([Float64Array.of(9)]);
      optimizer.step([Float64Array.of(0)]);
      return point![0];
    });
    expect(distances).toEqual([1, 0.75, 0.5, 0.25, 0]);
    const negative = linearSchedule({ from: -1, to: 0, steps: 4 });
    const refusing = new Optimizer([theta], sam(sgd(), { radius: negative }));
    expectRefusal(
      () => refusing.gradientPoints([Float64Array.of(9)]),
      'ERR_OUT_OF_RANGE',
      'sam.radius',
      '-1',
      'step 0',
    );
  });

  test('neither moves nor measures frozen parameters', () => {
    const [theta, frozen] = [Float64Array.of(1, 2), Float64Array.of(5)];
    const groups = [{ parameters: [theta] }, { parameters: [frozen], frozen: true }];
    const optimizer = new Optimizer(groups, sam(sgd(), { radius: 5 }));
    const points = optimizer.gradientPoints([Float64Array.of(3, 4), Float64Array.of(1e6)]);
    expect(points.map((point) => [...point])).toEqual([[4, 6], [5]]);
  });

  test('requires a point before each step', () => {
    const theta = Float64Array.of(1, -1, 2);
    const optimizer = new Optimizer([theta], sam(sgd()));
    const stepping = () => optimizer.step(gradientAt([theta]));
    expectRefusal(stepping, 'ERR_INVALID_ARGUMENT', 'sam', 'gradientPoints');
    optimizer.gradientPoints();
    expectRefusal(stepping, 'ERR_INVALID_ARGUMENT', 'sam', 'gradientPoints');
    optimizer.gradientPoints(gradientAt([theta]));
    stepping();
    expectRefusal(stepping, 'ERR_INVALID_ARGUMENT', 'sam', 'gradientPoints');
    expect(optimizer.steps).toBe(1);
  });

  test('is the only rule with points from a gradient', () => {
    const optimizer = new Optimizer([new Float64Array(3)], lookahead(adam()));
    expectRefusal(
      () => optimizer.gradientPoints([new Float64Array(3)]),
      'ERR_INVALID_ARGUMENT',
      'sam',
      'gradientPoints',
    );
    const sharp = new Optimizer([new Float64Array(3)], sam(adam()));
    expectRefusal(() => sharp.gradientPoints([new Float64Array(2)]), 'ERR_SHAPE', 'gradients[0]', '2', '3');
    expectRefusal(() => sharp.gradientPoints([]), 'ERR_SHAPE', '0 gradients');
  });

  test('is a frozen plain object with its rule and a radius', () => {
    expect(sam(adam())).toEqual({ name: 'sam', rule: adam(), radius: 0.05 });
    expect(Object.isFrozen(sam(adam()))).toBe(true);
    for (const radius of [-1, NaN, Infinity])
      expectRefusal(() => sam(adam(), { radius }), 'ERR_OUT_OF_RANGE', 'sam.radius');
    expectRefusal(() => sam(adam(), { rho: 1 } as never), 'ERR_INVALID_ARGUMENT', 'sam', '"rho"', 'radius');
    expectRefusal(() => sam(sam(adam())), 'ERR_INVALID_ARGUMENT', 'sam', 'once');
    expectRefusal(() => sam('adam' as never), 'ERR_INVALID_ARGUMENT', "sam's rule", '"adam"');
  });
});
