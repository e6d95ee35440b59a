import type { FloatArray } from '../../lib/addon';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { expectSameBits } from '../support/bits';
import { lead } from '../support/lead';
import { gradients, parameters, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';
import { rules } from '../support/rules';

const negated = (gradient: FloatArray) => gradient.map((g) => -g) as FloatArray;
const given = range(6).map((step) => gradients('float32', 40, step));
const initial = parameters('float32', 40, 3);

describe.each(rules.filter(([, rule]) => rule.maximize !== true))('%s', (_, rule) => {
  test('ascends as it would descend along the negative gradient, bit for bit', () => {
    const ours = lead(rule, initial, given, { maximize: true });
    const theirs = lead(rule, initial, given.map(negated));
    expectSameBits(ours.theta, theirs.theta);
    for (const [name, [values]] of theirs.optimizer.state)
      expectSameBits(ours.optimizer.state.get(name)![0]!, values!, name);
  });
});

describe('maximising', () => {
  test('finds the top of a hill', () => {
    const theta = Float64Array.of(0);
    const optimizer = new Optimizer([theta], adam({ learningRate: 0.1 }), { maximize: true });
    for (const _ of range(500)) optimizer.step([theta.map((x) => -2 * (x - 3))]); // of −(θ − 3)²
    expect(theta[0]).toBeCloseTo(3, 6);
  });

  test('gives the same results by the option, by the rule, and by both', () => {
    const options = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 };
    const { theta } = lead(sgd(options), initial, given, { maximize: true });
    expectSameBits(lead(sgd({ ...options, maximize: true }), initial, given).theta, theta);
    expectSameBits(lead(sgd({ ...options, maximize: true }), initial, given, { maximize: true }).theta, theta);
  });

  test('does not reverse weight decay', () => {
    const rule: Rule = sgd({ learningRate: 0.5, weightDecay: 0.5 });
    expect(lead(rule, Float64Array.of(8), [Float64Array.of(0)], { maximize: true }).theta[0]).toBe(6);
  });

  test('does not reverse limits', () => {
    const { theta } = lead(sgd({ learningRate: 1 }), Float64Array.of(0, 0), [Float64Array.of(5, -5)], {
      maximize: true,
      clip: { value: 2 },
    });
    expect([...theta]).toEqual([2, -2]);
  });

  test('must be true or false', () => {
    for (const maximize of [1, 'true', null])
      expectRefusal(
        () => lead(sgd(), initial, [], { maximize: maximize as never }),
        'ERR_INVALID_ARGUMENT',
        'maximize',
      );
  });
});
