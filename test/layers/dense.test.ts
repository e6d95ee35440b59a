import type { FloatType } from '../../lib/addon';
import { dense } from '../../lib/layers/dense';
import type { Activation } from '../../lib/layers/layer';
import { adam } from '../../lib/optimizers/adam';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { greatestError } from '../support/closeness';
import { task } from '../support/examples';
import { instructionSets, useInstructionSet } from '../support/instruction_sets';
import { range } from '../support/numbers';
import { ReferenceNetwork, ReferenceTraining } from '../support/reference_network';
import { expectRefusal } from '../support/refusals';

const activations: Activation[] = ['identity', 'relu', 'tanh', 'sigmoid', 'gelu'];
// In float32, approximations of e^x and Φ are accurate to about 1e-7, and sums have rounding errors of that size.
const bounds: Record<FloatType, number> = { float64: 1e-13, float32: 2e-6 };

describe.each(instructionSets)('a dense layer on %s', (instructionSet) => {
  useInstructionSet(instructionSet);

  describe.each(activations)('with the activation %s', (activation) => {
    test.each<FloatType>(['float64', 'float32'])('applies it to each output, over its whole range, in %s', (type) => {
      const model = network({ inputs: 1, layers: [dense(1, { activation })], type });
      model.parameters.set([1, 0]);
      const x = Float32Array.from({ length: 2001 }, (_, i) => (i - 1000) / 50);
      const reference = new ReferenceNetwork(model);
      const expected = Array.from(x, (value) => reference.outputs([value])[0]!);
      expect(greatestError(model.predict(x), expected)).toBeLessThan(bounds[type]);
    });

    test('computes like the reference, for widths on both sides of a vector', () => {
      for (const [inputs, hidden, outputs] of [
        [1, 1, 1],
        [2, 7, 3],
        [5, 16, 8],
        [9, 33, 17],
        [40, 65, 31],
      ] as const) {
        const model = network({
          inputs,
          layers: [dense(hidden, { activation }), dense(outputs, { activation })],
          type: 'float64',
          seed: 2,
        });
        model.parameters.forEach((_, i) => {
          model.parameters[i]! += 0.1 * Math.sin(i); // makes biases nonzero
        });
        const { data, examples } = task(5, inputs, outputs, 'squared', 'numbers');
        const reference = new ReferenceNetwork(model);
        const expected = examples.flatMap((example) => reference.outputs(example.inputs));
        expect(greatestError(model.predict(data), expected)).toBeLessThan(1e-13);
      }
    });

    test.each([
      ['sgd', sgd({ learningRate: 0.02 })],
      ['adam', adam({ learningRate: 0.02 })],
    ])('learns like the reference, with %s', async (_, optimizer) => {
      const make = () =>
        network({
          inputs: 6,
          layers: [dense(9, { activation }), dense(5, { activation }), dense(3)],
          type: 'float64',
          seed: 5,
        });
      const { data, examples } = task(40, 6, 3, 'squared', 'numbers');
      const model = make();
      const training = new ReferenceTraining(make(), 'squared', optimizer);
      await model.fit(data, { loss: 'squared', optimizer, batchSize: 8, epochs: 4, shuffle: false });
      for (const _epoch of range(4)) training.epoch(examples, 8);
      expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-10);
    });
  });
});

describe('a dense layer', () => {
  test('is a frozen description, without an activation by default', () => {
    const defaults = { activation: 'identity', bias: true, initializer: 'automatic' };
    expect(dense(3)).toEqual({ kind: 'dense', outputs: 3, ...defaults });
    expect(dense(3, { activation: undefined })).toEqual(dense(3));
    expect(Object.isFrozen(dense(3, { activation: 'relu' }))).toBe(true);
  });

  test('requires a whole number of outputs', () => {
    for (const outputs of [0, -1, 1.5, NaN, Infinity])
      expectRefusal(() => dense(outputs), 'ERR_OUT_OF_RANGE', 'dense', String(outputs));
    for (const outputs of [undefined, null, '10', [10]])
      expectRefusal(() => dense(outputs as never), 'ERR_INVALID_ARGUMENT', 'dense');
  });

  test('requires a known activation', () => {
    expectRefusal(
      () => dense(1, { activation: 'rleu' as never }),
      'ERR_INVALID_ARGUMENT',
      'activation',
      '"rleu"',
      'Did you mean "relu"?',
    );
    expectRefusal(
      () => dense(1, { activation: 'softmax' as never }),
      'ERR_INVALID_ARGUMENT',
      '"softmax"',
      'a separate layer',
    );
    expectRefusal(() => dense(1, { activation: 'quadratics' as never }), 'ERR_INVALID_ARGUMENT', ...activations);
    expectRefusal(
      () => dense(1, { activation: Math.tanh as never }),
      'ERR_INVALID_ARGUMENT',
      'activation',
      'a function',
    );
  });

  test('suggests the right name for a misspelled option', () => {
    expectRefusal(
      () => dense(1, { activaton: 'relu' } as never),
      'ERR_INVALID_ARGUMENT',
      'dense',
      '"activaton"',
      'Did you mean "activation"?',
    );
    expectRefusal(() => dense(1, 'relu' as never), 'ERR_INVALID_ARGUMENT', 'dense', 'object');
  });
});
