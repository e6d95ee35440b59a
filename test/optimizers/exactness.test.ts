import { type FloatType, Optimizer } from 'glissade';
import { expectSameBits } from '../support/bits';
import { instructionSets, useInstructionSet } from '../support/instruction_sets';
import { range } from '../support/numbers';
import { rules } from '../support/rules';
import { displaced, referenceTrajectory, surroundingsAre } from '../support/trajectories';

const types: FloatType[] = ['float32', 'float64'];
const cases = rules.flatMap(([name, rule]) => types.map((type) => ({ name, rule, type })));

const steps = 6;
const filling = 0x5a;
// Of a cache line of 64 bytes, and of the arrays that the optimizer aligns itself. Each length is tried at 0 and at one of
// three others: as three divides no vector's width, each remainder of a length meets all of them.
const displacements = { float32: [4, 12, 20], float64: [8, 24, 40] };

describe.each(cases)('$name over $type', ({ rule, type }) => {
  const short = referenceTrajectory(rule, type, 67, steps);

  describe.each(instructionSets)('on %s', (instructionSet) => {
    useInstructionSet(instructionSet);

    test('equals the scalar reference bit for bit, for all lengths to 67 and wherever the arrays lie', () => {
      for (const length of range(68))
        for (const offset of [0, displacements[type][length % 3]!]) {
          const where = `length ${length}, offset ${offset}`;
          const theta = displaced(short.initial.subarray(0, length), offset, filling);
          const optimizer = new Optimizer([theta], rule);
          for (const gradient of short.gradients)
            optimizer.step([displaced(gradient.subarray(0, length), offset, filling)]);

          expectSameBits(theta, short.parameters.subarray(0, length), where);
          for (const [name, values] of short.states)
            expectSameBits(optimizer.state.get(name)![0]!, values.subarray(0, length), `${name}, ${where}`);
          expect(surroundingsAre(theta, filling)).toBe(true);
        }
    });
  });
});
