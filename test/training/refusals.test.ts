import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { type FitOptions, network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const make = () => network({ inputs: 2, layers: [dense(3)], seed: 1 });
const inputs = range(10).map((i) => [i, -i]);
const data = new Dataset({ inputs, targets: range(10).map((i) => i % 3) });
const good = { loss: 'crossEntropy', optimizer: adam() } as const;

type Refusal = Parameters<typeof expectRefusal>[1];

/** Expects that `fit` throws before any training. */
function expectRefused(given: unknown, changes: object, code: Refusal, ...names: string[]): void {
  const model = make();
  expectRefusal(() => model.fit(given as Dataset, { ...good, ...changes } as FitOptions), code, ...names);
  expectSameBits(model.parameters, make().parameters);
}

const withTargets = (targets: number[] | number[][]) => new Dataset({ inputs, targets });
const ones = (length: number) => new Array<number>(length).fill(1);

describe('the data of a run', () => {
  test('must be a dataset', () => {
    for (const given of [undefined, null, inputs, new Float32Array(20), { rows: 10, columns: 2 }])
      expectRefused(given, {}, 'ERR_INVALID_ARGUMENT', 'training data', 'Dataset');
  });

  test('must have as many columns as the network has inputs', () => {
    expectRefused(
      new Dataset({ inputs: [[1, 2, 3]], targets: [0] }),
      {},
      'ERR_SHAPE',
      'training data',
      '3 columns',
      '2 inputs',
    );
  });

  test('must have targets', () => {
    expectRefused(new Dataset({ inputs }), {}, 'ERR_INVALID_ARGUMENT', 'targets');
  });

  test('are checked for validation too', () => {
    expectRefused(data, { validation: inputs }, 'ERR_INVALID_ARGUMENT', 'validation', 'Dataset');
    expectRefused(
      data,
      { validation: new Dataset({ inputs: [[1]], targets: [0] }) },
      'ERR_SHAPE',
      'validation',
      '1 columns',
      '2 inputs',
    );
    expectRefused(data, { validation: new Dataset({ inputs }) }, 'ERR_INVALID_ARGUMENT', 'targets');
    expectRefused(data, { validation: withTargets([...ones(9), 3]) }, 'ERR_OUT_OF_RANGE', 'targets[9]', '3');
  });
});

describe('classes', () => {
  test('need more than one output', () => {
    const one = network({ inputs: 2, layers: [dense(1)] });
    const zeros = withTargets(range(10).map(() => 0));
    expectRefusal(() => one.fit(zeros, good), 'ERR_SHAPE', 'crossEntropy', '2 outputs', 'logistic');
    expectRefusal(() => one.evaluate(zeros, { loss: 'crossEntropy' }), 'ERR_SHAPE', '2 outputs');
  });

  test.each([3, -1, 0.5, 1e9, -0.001])('must be integers from 0 on, below the number of outputs, not %p', (target) => {
    expectRefused(
      withTargets([...ones(4), target, ...ones(5)]),
      {},
      'ERR_OUT_OF_RANGE',
      'targets[4]',
      'classes',
      '3 outputs',
      'from 0 to 2',
    );
  });

  test.each([
    [3, 'is 3,'],
    [-1, 'is -1,'],
    [0.5, 'is 0.5,'],
    [10, 'is 10,'],
    [100, 'is 100,'],
  ])('are quoted as given: %p', (target, words) => {
    expectRefused(withTargets([...ones(9), target]), {}, 'ERR_OUT_OF_RANGE', words);
  });

  test('are named by their index in a selection', () => {
    const chosen = withTargets([...ones(9), 7]).select([3, 9]);
    expectRefused(chosen, {}, 'ERR_OUT_OF_RANGE', 'targets[1]', '7');
    expect(() => withTargets([...ones(9), 7]).select([3, 8])).not.toThrow();
  });

  test('that a selection leaves out do not matter', async () => {
    await make().fit(withTargets([...ones(9), 7]).select(range(9)), good);
  });

  test.each([
    [NaN, 'NaN'],
    [Infinity, 'infinite'],
    [-Infinity, 'infinite'],
  ])('must be finite, not %p', (target, word) => {
    expectRefused(withTargets([target, ...ones(9)]), {}, 'ERR_NON_FINITE', 'targets[0]', word);
  });
});

describe('targets', () => {
  const rows = (row: number[]) => withTargets([...range(9).map(() => [0, 0, 1]), row]);

  test('must be as many as the outputs', () => {
    for (const loss of ['logistic', 'squared', 'crossEntropy'])
      expectRefused(withTargets(range(10).map(() => [1, 0])), { loss }, 'ERR_SHAPE', '2 columns', '3 outputs');
    for (const loss of ['logistic', 'squared']) expectRefused(data, { loss }, 'ERR_SHAPE', '1 columns', '3 outputs');
  });

  test.each(['logistic', 'crossEntropy'])('must be probabilities for %s', (loss) => {
    expectRefused(rows([0, 1.5, 0]), { loss }, 'ERR_OUT_OF_RANGE', 'targets[9][1]', '1.5', '[0, 1]');
    expectRefused(rows([0, 0, -0.25]), { loss }, 'ERR_OUT_OF_RANGE', 'targets[9][2]', '-0.25', '[0, 1]');
  });

  test('must be distributions for crossEntropy, up to rounding', async () => {
    expectRefused(rows([1, 1, 1]), {}, 'ERR_OUT_OF_RANGE', 'targets[9]', 'sum to 3');
    expectRefused(rows([0, 0, 0]), {}, 'ERR_OUT_OF_RANGE', 'targets[9]', 'sum to 0');
    const bytes = Uint8Array.from([85, 85, 85, 0, 128, 128]); // of 255
    const rounded = Float32Array.from(bytes, (byte) => byte / 255);
    await make().fit(new Dataset({ inputs: inputs.slice(0, 2), targets: rounded }), good);
  });

  test('of validation data are named as such', () => {
    const tooLarge = withTargets([...ones(9), 3]);
    expectRefused(data, { validation: tooLarge }, 'ERR_OUT_OF_RANGE', 'validation: targets[9]');
    expectRefused(data, { validation: new Dataset({ inputs }) }, 'ERR_INVALID_ARGUMENT', 'validation', 'targets');
  });

  test.each(['logistic', 'crossEntropy', 'squared'])('must be finite for %s', (loss) => {
    expectRefused(rows([0, NaN, 0]), { loss }, 'ERR_NON_FINITE', 'targets[9][1]', 'NaN');
    expectRefused(rows([Infinity, 0, 0]), { loss }, 'ERR_NON_FINITE', 'targets[9][0]', 'infinite');
  });

  test('can be any finite numbers for squared', async () => {
    await make().fit(rows([-5, 1000, 0.5]), { ...good, loss: 'squared' });
  });
});

describe('the options of a run', () => {
  test.each(['batchSize', 'epochs'])('have a whole %s of at least 1', (name) => {
    for (const value of [0, -1, 1.5, NaN, Infinity])
      expectRefused(data, { [name]: value }, 'ERR_OUT_OF_RANGE', name, String(value));
    for (const value of ['10', true, [1]]) expectRefused(data, { [name]: value }, 'ERR_INVALID_ARGUMENT', name);
  });

  test('must not exceed the countable number of steps', () => {
    const epochs = Number.MAX_SAFE_INTEGER;
    expectRefused(data, { epochs, batchSize: 1 }, 'ERR_OUT_OF_RANGE', String(epochs), 'epochs', '10 steps');
  });

  test('have a whole seed', () => {
    for (const seed of [-1, 0.5, NaN]) expectRefused(data, { seed }, 'ERR_OUT_OF_RANGE', 'seed', String(seed));
    expectRefused(data, { seed: '1' }, 'ERR_INVALID_ARGUMENT', 'seed', '"1"');
  });

  test('have a boolean shuffle', () => {
    for (const shuffle of [1, 'no']) expectRefused(data, { shuffle }, 'ERR_INVALID_ARGUMENT', 'shuffle', 'boolean');
  });

  test('have a known loss', () => {
    expectRefused(
      data,
      { loss: undefined },
      'ERR_INVALID_ARGUMENT',
      'loss',
      'crossEntropy',
      'logistic',
      'squared',
      'undefined',
    );
    expectRefused(
      data,
      { loss: 'crossEntrpy' },
      'ERR_INVALID_ARGUMENT',
      'loss',
      '"crossEntrpy"',
      'Did you mean "crossEntropy"?',
    );
    expectRefused(data, { loss: 'cubed' }, 'ERR_INVALID_ARGUMENT', '"cubed"');
  });

  test('have an update rule', () => {
    expectRefused(data, { optimizer: undefined }, 'ERR_INVALID_ARGUMENT', 'rule', 'undefined');
    expectRefused(data, { optimizer: 'adam' }, 'ERR_INVALID_ARGUMENT', 'rule', '"adam"');
    expectRefused(data, { optimizer: adam }, 'ERR_INVALID_ARGUMENT', 'rule', 'a function');
    expectRefused(data, { optimizer: { name: 'adma' } }, 'ERR_INVALID_ARGUMENT', '"adma"', 'Did you mean "adam"?');
    expectRefused(
      data,
      { optimizer: { name: 'adam', learningRate: -1 } },
      'ERR_OUT_OF_RANGE',
      'adam.learningRate',
      '-1',
    );
  });

  test('have known metrics that are defined for the loss', () => {
    expectRefused(data, { metrics: ['accurcy'] }, 'ERR_INVALID_ARGUMENT', '"accurcy"', 'Did you mean "accuracy"?');
    expectRefused(data, { metrics: 'accuracy' }, 'ERR_INVALID_ARGUMENT', 'metrics', 'array');
    expectRefused(data, { loss: 'squared', metrics: ['accuracy'] }, 'ERR_INVALID_ARGUMENT', 'accuracy', 'squared');
  });

  test('have a valid signal', () => {
    for (const signal of [null, new AbortController(), {}, 'stop', true])
      expectRefused(data, { signal }, 'ERR_INVALID_ARGUMENT', 'signal', 'AbortSignal');
  });

  test('suggest the right name for a misspelled one', () => {
    for (const [wrong, right] of [
      ['epoch', 'epochs'],
      ['batchsize', 'batchSize'],
      ['optimiser', 'optimizer'],
      ['validaton', 'validation'],
      ['shufle', 'shuffle'],
    ])
      expectRefused(data, { [wrong!]: 1 }, 'ERR_INVALID_ARGUMENT', 'fit', `"${wrong}"`, `"${right}"`);
    expectRefused(data, { learningRate: 1 }, 'ERR_INVALID_ARGUMENT', 'fit', '"learningRate"', 'optimizer');
  });

  test.each([[undefined], [null], ['fast'], [[good]]])('must be an object, not %p', (options) => {
    expectRefusal(() => make().fit(data, options as unknown as FitOptions), 'ERR_INVALID_ARGUMENT', 'fit', 'object');
  });

  test('treat undefined as the default', async () => {
    const [left, given] = [make(), make()];
    await left.fit(data, good);
    const nothing = {
      batchSize: undefined,
      epochs: undefined,
      validation: undefined,
      metrics: undefined,
      shuffle: undefined,
      seed: undefined,
      signal: undefined,
    };
    await given.fit(data, { ...good, ...nothing });
    expectSameBits(given.parameters, left.parameters);
  });
});
