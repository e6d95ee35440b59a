import type { FloatType } from '../../lib/addon';
import '../../lib/optimizers';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import papers from '../golden/papers.json';
import { floatClass } from '../support/numbers';

interface Case {
  rule: Rule;
  gradients: 'wandering' | 'steady';
  expected: number[][][];
  evaluation?: number[][][];
}

const bounds: Record<FloatType, number> = { float64: 1e-12, float32: 2e-6 };
const types = Object.keys(bounds) as FloatType[];
const cases = (papers.cases as unknown as Case[]).map((one, i): [string, Case] => [`${i}: ${one.rule.name}`, one]);

describe.each(cases)('case %s', (_, { rule, gradients, expected, evaluation }) => {
  test.each(types)('follows its paper over %s', (type) => {
    const arrays = (numbers: number[][]) => numbers.map((row) => floatClass[type].from(row));
    const theta = arrays(papers.initial);
    const optimizer = new Optimizer(theta, rule);
    const error = (ours: { [i: number]: number }[], theirs: number[][]) =>
      Math.max(...theirs.flatMap((row, k) => row.map((x, i) => Math.abs(ours[k]![i]! - x) / Math.max(1, Math.abs(x)))));

    expect(expected).toHaveLength(10);
    expect(expected[0]!.map((row) => row.length)).toEqual([12, 1, 12]);
    expected.forEach((after, step) => {
      optimizer.step(arrays(papers.gradients[gradients][step]!));
      expect(error(theta, after)).toBeLessThanOrEqual(bounds[type]);
      expect(error(optimizer.evaluationParameters(), (evaluation ?? expected)[step]!)).toBeLessThanOrEqual(
        bounds[type],
      );
    });
  });
});
