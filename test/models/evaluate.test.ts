import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import type { EvaluateOptions } from '../../lib/models/options';
import { network } from '../../lib/training/network';
import { task } from '../support/examples';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { range } from '../support/numbers';
import { ReferenceNetwork } from '../support/reference_network';
import { expectRefusal } from '../support/refusals';

const make = (type: 'float32' | 'float64' = 'float32') =>
  network({ inputs: 5, layers: [dense(12, { activation: 'relu' }), dense(3)], seed: 2, type });
const { data, examples } = task(777, 5, 3, 'crossEntropy', 'classes');
const options = { loss: 'crossEntropy', metrics: ['accuracy'] } as const;

describe.each(instructionSets)('an evaluation on %s', (instructionSet) => {
  useInstructionSet(instructionSet);

  test.each([
    ['float32', 6],
    ['float64', 13],
  ] as const)('gives the mean loss and the accuracy of the reference, in %s', (type, digits) => {
    const model = make(type);
    const reference = new ReferenceNetwork(model);
    const { loss, accuracy } = model.evaluate(data, options);
    expect(loss).toBeCloseTo(reference.loss(examples, 'crossEntropy'), digits);
    expect(accuracy).toBeCloseTo(reference.accuracy(examples, 'crossEntropy'), digits);
  });

  test('gives the same bits with 1 thread and with 2', async () => {
    const model = make();
    const one = await withThreads(1, () => model.evaluate(data, options));
    expect(await withThreads(2, () => model.evaluate(data, options))).toEqual(one);
  });
});

describe('an evaluation', () => {
  test('has the accuracy on request only', () => {
    expect(Object.keys(make().evaluate(data, { loss: 'crossEntropy' }))).toEqual(['loss']);
    expect(Object.keys(make().evaluate(data, { loss: 'crossEntropy', metrics: [] }))).toEqual(['loss']);
    expect(Object.keys(make().evaluate(data, options)).sort()).toEqual(['accuracy', 'loss']);
  });

  test('of a selection uses its rows only', () => {
    const model = make('float64');
    const odd = range(777).filter((row) => row % 2 === 1);
    const reference = new ReferenceNetwork(model);
    expect(model.evaluate(data.select(odd), options).loss).toBeCloseTo(
      reference.loss(
        odd.map((row) => examples[row]!),
        'crossEntropy',
      ),
      13,
    );
  });

  test('does not change the parameters', () => {
    const model = make();
    const before = model.parameters.slice();
    model.evaluate(data, options);
    expect([...model.parameters]).toEqual([...before]);
  });
});

describe('the arguments of evaluate', () => {
  const evaluating =
    (given: unknown, changes: object = {}) =>
    () =>
      make().evaluate(given as Dataset, { ...options, ...changes } as EvaluateOptions);
  const inputs = [[1, 2, 3, 4, 5]];

  test('must be a dataset with as many columns as the network has inputs', () => {
    for (const given of [undefined, null, inputs, new Float32Array(5), {}])
      expectRefusal(evaluating(given), 'ERR_INVALID_ARGUMENT', 'data', 'Dataset');
    expectRefusal(evaluating(new Dataset({ inputs: [[1, 2]], targets: [0] })), 'ERR_SHAPE', '2 columns', '5 inputs');
  });

  test('must have targets that fit the loss', () => {
    expectRefusal(evaluating(new Dataset({ inputs })), 'ERR_INVALID_ARGUMENT', 'targets');
    expectRefusal(
      evaluating(new Dataset({ inputs, targets: [3] })),
      'ERR_OUT_OF_RANGE',
      'targets[0]',
      '3',
      'from 0 to 2',
    );
    expectRefusal(evaluating(new Dataset({ inputs, targets: [[0, 1]] })), 'ERR_SHAPE', '2 columns', '3 outputs');
    expectRefusal(evaluating(new Dataset({ inputs, targets: [NaN] })), 'ERR_NON_FINITE', 'targets[0]', 'NaN');
  });

  test('must have a known loss and known metrics', () => {
    expectRefusal(
      evaluating(data, { loss: 'crossentropy' }),
      'ERR_INVALID_ARGUMENT',
      'loss',
      '"crossentropy"',
      'Did you mean "crossEntropy"?',
    );
    expectRefusal(evaluating(data, { loss: undefined }), 'ERR_INVALID_ARGUMENT', 'loss', 'undefined');
    expectRefusal(
      evaluating(data, { metrics: ['acuracy'] }),
      'ERR_INVALID_ARGUMENT',
      'metric',
      '"acuracy"',
      'Did you mean "accuracy"?',
    );
    expectRefusal(evaluating(data, { metrics: 'accuracy' }), 'ERR_INVALID_ARGUMENT', 'metrics', 'array');
    expectRefusal(
      evaluating(data, { metric: ['accuracy'] }),
      'ERR_INVALID_ARGUMENT',
      'evaluate',
      '"metric"',
      'Did you mean "metrics"?',
    );
  });

  test('cannot include accuracy if rows are neither right nor wrong', () => {
    const numbers = task(3, 5, 3, 'squared', 'numbers').data;
    expectRefusal(evaluating(numbers, { loss: 'squared' }), 'ERR_INVALID_ARGUMENT', 'accuracy', 'squared');
  });
});
