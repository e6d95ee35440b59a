import type { FloatArray, FloatType } from '../../lib/addon';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { expectSameBits } from '../support/bits';
import { inWay, ways } from '../support/instruction_sets';
import { isLongRun } from '../support/long_run';
import { rules } from '../support/rules';
import { scalarRule } from '../support/scalar_rules';
import { referenceTrajectory } from '../support/trajectories';

const types: FloatType[] = ['float32', 'float64'];
// The reference is slow for rules with sums over 135,605 numbers. Only long runs test these with both types.
const cases = rules.flatMap(([name, rule], i) =>
  types
    .filter((type, k) => isLongRun || scalarRule(rule, type).scope === undefined || k === i % 2)
    .map((type) => ({ name, rule, type })),
);

/** Above 2^17 elements the engine's threads share a step. No share ends where one of these arrays does. */
const lengths = [70_001, 0, 67, 65_537];
/** A prime. No share is a multiple of it, so that a number from another share differs. */
const period = 4099;

describe.each(cases)('$name over $type', ({ rule, type }) => {
  const long = referenceTrajectory(rule, type, lengths, 3, period);

  /** Splits concatenated arrays. */
  const pieces = (array: FloatArray): FloatArray[] => {
    let end = 0;
    return lengths.map((length) => {
      end += length;
      return array.subarray(end - length, end);
    });
  };

  test.each(ways)(
    'equals the scalar reference bit for bit on $instructionSet with $threads thread(s), synchronous or not',
    async (way) => {
      const theta = pieces(long.initial.slice());
      const optimizer = new Optimizer(theta, rule);
      const [first, second, third] = long.gradients.map(pieces);
      await inWay(way, async () => {
        optimizer.step(first!);
        await optimizer.stepAsync(second!);
        optimizer.step(third!);
      });

      for (const [i, expected] of pieces(long.parameters).entries())
        expectSameBits(theta[i]!, expected, `parameters[${i}]`);
      for (const [name, values] of long.states)
        for (const [i, expected] of pieces(values).entries())
          expectSameBits(optimizer.state.get(name)![i]!, expected, `${name}[${i}]`);
    },
  );
});
