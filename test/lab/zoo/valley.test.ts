import { bentValley } from '../../../lib/lab/problems/two_dimensional';
import { families, lectureRules } from '../../../lib/lab/zoo/rule_families';
import { descend, noiseOf, tunedRate } from '../../../lib/lab/zoo/valley';
import { adagrad } from '../../../lib/optimizers/adagrad';
import { adam } from '../../../lib/optimizers/adam';
import { lion } from '../../../lib/optimizers/lion';
import { momentum } from '../../../lib/optimizers/momentum';
import { prodigy } from '../../../lib/optimizers/prodigy';
import type { Rule } from '../../../lib/optimizers/rule';
import { sam } from '../../../lib/optimizers/sam';
import { sgd } from '../../../lib/optimizers/sgd';
import { range } from '../../support/numbers';

const start = [-1, 0.5] as const;
const silent = (runs: number, steps: number) => noiseOf(runs, steps, 0, 1);

/** f and its gradient at a point. */
function at(x: number, y: number) {
  const gradient = new Float64Array(2);
  const value = bentValley.objective(Float64Array.of(x, y), gradient);
  return { value, gradient };
}

describe('the bent valley', () => {
  test.each([[-1, 0.5] as const, [0.3, 1.2] as const])('has the gradient of its values at %p, %p', (x, y) => {
    const h = 1e-6;
    const { gradient } = at(x, y);
    expect(gradient[0]).toBeCloseTo((at(x + h, y).value - at(x - h, y).value) / (2 * h), 5);
    expect(gradient[1]).toBeCloseTo((at(x, y + h).value - at(x, y - h).value) / (2 * h), 5);
  });

  test('has its minimum at (1, 1)', () => {
    expect(at(1, 1).value).toBe(0);
    expect([...at(1, 1).gradient].map(Math.abs)).toEqual([0, 0]);
  });
});

describe('a descent', () => {
  test('follows the gradient, and the noise of its run', () => {
    const noise = noiseOf(2, 1, 0.5, 7);
    const { points, excess } = descend(sgd({ learningRate: 0.01 }), start, noise, [0, 1]);
    const { gradient } = at(...start);
    expect(points[0]).toEqual([...start]);
    expect(points[1]![0]).toBeCloseTo(-1 - 0.01 * (gradient[0]! + noise.values[0]!), 14);
    expect(points[1]![1]).toBeCloseTo(0.5 - 0.01 * (gradient[1]! + noise.values[1]!), 14);
    expect(excess[0]![0]).toBe(at(...start).value);
    expect(excess[1]![0]).not.toBe(excess[1]![1]);
  });

  test('does not depend on the number of runs', () => {
    const ends = (runs: number, rule: Rule) => [...descend(rule, start, silent(runs, 40), [40]).excess[0]!];
    for (const rule of [prodigy({ learningRate: 0.1 }), lion({ learningRate: 0.01 }), adam({ learningRate: 0.05 })])
      expect(new Set([...ends(1, rule), ...ends(3, rule)]).size).toBe(1);
  });

  test('takes the gradients of SAM and of Nesterov momentum at their points', () => {
    const end = (rule: Rule) => descend(rule, start, silent(1, 20), [20]).excess[0]![0];
    expect(end(sam(sgd({ learningRate: 0.005 })))).not.toBe(end(sgd({ learningRate: 0.005 })));
    expect(end(momentum({ learningRate: 0.005, nesterov: true }))).not.toBe(end(momentum({ learningRate: 0.005 })));
  });

  test('is marked as astray if it leaves the view, and keeps its last value', () => {
    const { excess, points, astray } = descend(sgd({ learningRate: 0.2 }), start, silent(1, 5), [0, 3, 5]);
    expect(astray).toBe(1);
    expect(points).toHaveLength(1);
    expect(excess.map((values) => values[0])).toEqual(Array(3).fill(at(...start).value));
  });

  test('of AdaGrad does not depend on the scale of the function, that of SGD does', () => {
    const noise = noiseOf(3, 30, 0.5, 2);
    const factor = (rule: Rule) => {
      const [own, scaled] = [1, 9].map((scale) => descend(rule, start, noise, [30], scale).excess[0]!);
      return Math.max(...range(3).map((i) => Math.abs(scaled![i]! / own![i]! - 1)));
    };
    expect(factor(adagrad({ learningRate: 0.1 }))).toBeLessThan(1e-6);
    expect(factor(sgd({ learningRate: 0.001 }))).toBeGreaterThan(0.1);
  });
});

describe('a rate', () => {
  test('is the best of those that stay in view, or the first if none does', () => {
    expect(tunedRate(lectureRules.sgd, [1e-4, 1e-3, 1e-2, 1], start, silent(1, 100))).toBe(1e-2);
    expect(tunedRate(lectureRules.sgd, [1, 10], start, silent(1, 100))).toBe(1);
  });
});

describe('rules', () => {
  test('have unique names', () => {
    const names = [...Object.values(lectureRules), ...families.flatMap(({ members }) => members)].map(
      ({ name }) => name,
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test('are at most five in a family, each with a different path', () => {
    for (const { members } of families) {
      expect(members.length).toBeLessThanOrEqual(5);
      const ends = members.map(({ rule }) => descend(rule(0.01, 50), start, silent(1, 50), [50]).excess[0]![0]);
      expect(new Set(ends).size).toBe(ends.length);
    }
  });
});
