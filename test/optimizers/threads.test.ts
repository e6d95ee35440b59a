import { type FloatArray, type FloatType, Optimizer } from 'glissade';
import { expectSameBits } from '../support/bits';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { rules } from '../support/rules';
import { referenceTrajectory } from '../support/trajectories';

const types: FloatType[] = ['float32', 'float64'];
const cases = rules.flatMap(([name, rule]) => types.map((type) => ({ name, rule, type })));

/** Above 2^17 elements the engine's threads share a step. No share of theirs ends with one of these arrays. */
const lengths = [70_001, 0, 67, 65_537];

describe.each(cases)('$name over $type', ({ rule, type }) => {
  const long = referenceTrajectory(rule, type, lengths, 3);

  /** The arrays that lie end to end. */
  const pieces = (array: FloatArray): FloatArray[] => {
    let end = 0;
    return lengths.map((length) => {
      end += length;
      return array.subarray(end - length, end);
    });
  };

  describe.each(instructionSets)('on %s', (instructionSet) => {
    useInstructionSet(instructionSet);

    test.each([1, 2])('equals the scalar reference bit for bit with %i thread(s), waiting or not', async (threads) => {
      const theta = pieces(long.initial.slice());
      const optimizer = new Optimizer(theta, rule);
      const [first, second, third] = long.gradients.map(pieces);
      await withThreads(threads, async () => {
        optimizer.step(first!);
        await optimizer.stepAsync(second!);
        optimizer.step(third!);
      });

      for (const [i, expected] of pieces(long.parameters).entries())
        expectSameBits(theta[i]!, expected, `parameters[${i}]`);
      for (const [name, values] of long.states)
        for (const [i, expected] of pieces(values).entries())
          expectSameBits(optimizer.state.get(name)![i]!, expected, `${name}[${i}]`);
    });
  });
});
