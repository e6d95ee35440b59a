import { adam, Optimizer, type Rule, sgd } from 'glissade';
import { problems } from 'glissade/lab';
import type { View } from '../../../lib/lab/contours';
import { families } from '../../../lib/lab/zoo/rule_families';
import { arrival, distanceLeft, follow, tolerance, tuned, type Way } from '../../../lib/lab/zoo/ways';

const bowl: View = {
  problem: problems.quadratic([1, 4], { minimum: [1, -1], start: [2, 1], shape: [1, 2] }),
  x: [-3, 3],
  y: [-3, 3],
};
const plain = { name: 'SGD', isTuned: true, rule: (learningRate: number) => sgd({ learningRate }) };
const way = (excess: number[], isAstray = false): Way => ({ rate: 1, points: [], excess, isAstray });

describe('the families', () => {
  test('have all rules of the package', () => {
    const inner = (rule: Rule): string[] => [rule.name, ...(rule.rule ? inner(rule.rule as Rule) : [])];
    const shown = new Set(families.flatMap(({ members }) => members.flatMap((one) => inner(one.rule(0.1, 10)))));
    let message = '';
    try {
      new Optimizer([new Float64Array(1)], { name: 'nothing like any of them' });
    } catch (error) {
      message = (error as Error).message;
    }
    const known = message.match(/Known are: (.*)\.$/)![1]!.split(', ');
    expect(known).toContain('lbfgs');
    expect([...shown].sort()).toEqual([...known].sort());
  });

  test('have no name twice', () => {
    const names = families.flatMap(({ members }) => members.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a way', () => {
  test('arrives with the first step from which on it stays near', () => {
    const [far, near] = [2 * tolerance, tolerance / 2];
    expect(arrival(way([far, near, far, near, near]))).toBe(3);
    expect(arrival(way([near, near]))).toBe(0);
    expect(arrival(way([near, far]))).toBe(Infinity);
    expect(arrival(way([far, NaN, near]))).toBe(2);
    expect(arrival(way([far, near], true))).toBe(Infinity);
  });

  test('goes where the rule leads, and is astray where that is out of sight', () => {
    const { points, excess, isAstray } = follow(bowl, sgd({ learningRate: 0.25 }), 0.25, 3);
    expect(points.map(([x]) => x)).toEqual([2, 1.75, 1.5625, 1.421875]);
    expect(points[1]![1]).toBe(-1);
    expect(excess[0]).toBe(8.5);
    expect(isAstray).toBe(false);
    expect(follow(bowl, sgd({ learningRate: 1 }), 1, 50).isAstray).toBe(true);
  });

  test('is as far as the nearest minimum', () => {
    const end = follow({ problem: problems.himmelblau, x: [-5, 5], y: [-5, 5] }, adam({ learningRate: 0.1 }), 0.1, 300);
    expect(distanceLeft({ problem: problems.himmelblau, x: [-5, 5], y: [-5, 5] }, end)).toBeLessThan(0.1);
  });

  test('is tuned to arrive soon, within sight', () => {
    const { rate } = tuned(bowl, plain, [0.01, 0.1, 0.3, 0.6, 5], 200);
    expect(rate).toBe(0.3);
    expect(tuned(bowl, plain, [1e-4, 1e-3, 5], 10).rate).toBe(1e-3);
  });
});
