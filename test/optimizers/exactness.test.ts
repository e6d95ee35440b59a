import type { FloatType } from '../../lib/addon';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { expectSameBits } from '../support/bits';
import { instructionSets, useInstructionSet } from '../support/instruction_sets';
import { range } from '../support/numbers';
import { rules } from '../support/rules';
import { displaced, referenceTrajectory, surroundingsAre } from '../support/trajectories';

const types: FloatType[] = ['float32', 'float64'];
const cases = rules.flatMap(([name, rule]) => types.map((type) => ({ name, rule, type })));

const steps = 6;
const filling = 0x5a;
// Byte offsets within a cache line of 64 bytes; arrays that the optimizer allocates are aligned. Each length is tested
// at 0 and at one of these three. As three divides no vector width, each remainder of a length meets all of them.
const displacements = { float32: [4, 12, 20], float64: [8, 24, 40] };

describe.each(cases)('$name over $type', ({ rule, type }) => {
  const trajectories = range(68).map((length) => referenceTrajectory(rule, type, [length], steps));

  describe.each(instructionSets)('on %s', (instructionSet) => {
    useInstructionSet(instructionSet);

    test('equals the scalar reference bit for bit, for all lengths to 67 and any alignment of the arrays', () => {
      let isAround = true;
      for (const [length, expected] of trajectories.entries())
        for (const offset of [0, displacements[type][length % 3]!]) {
          const where = `length ${length}, offset ${offset}`;
          const theta = displaced(expected.initial, offset, filling);
          const optimizer = new Optimizer([theta], rule);
          for (const gradient of expected.gradients) optimizer.step([displaced(gradient, offset, filling)]);

          expectSameBits(theta, expected.parameters, where);
          for (const [name, values] of expected.states)
            expectSameBits(optimizer.state.get(name)![0]!, values, `${name}, ${where}`);
          isAround &&= surroundingsAre(theta, filling);
        }
      expect(isAround).toBe(true);
    });
  });
});
