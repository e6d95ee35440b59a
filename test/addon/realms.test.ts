import vm from 'node:vm';
import type { BlockInputs, Inputs } from '../../lib/data/blocks';
import { type CategoriesOptions, categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { type HashableExample, hashFeatures } from '../../lib/data/hashing';
import { type SparseArraysOptions, type SparseRowsOptions, sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { inputsOf, targetsOf } from '../support/contents';
import { expectRefusal } from '../support/refusals';

/** The value of an expression in another realm, where Array and Float32Array are different classes. */
const elsewhere = <T>(expression: string): T => vm.runInNewContext(`(${expression})`) as T;

describe('values of another realm', () => {
  test('have other classes', () => {
    expect(elsewhere<unknown>('new Float32Array(1)')).not.toBeInstanceOf(Float32Array);
    expect(elsewhere<unknown>('[]')).not.toBeInstanceOf(Array);
  });

  test('serve an optimizer as parameters, gradients and rule', async () => {
    const weights = elsewhere<Float32Array>('new Float32Array([1, 2])');
    const optimizer = new Optimizer(
      elsewhere<(array: Float32Array) => Float32Array[]>('(array) => [array]')(weights),
      elsewhere<Rule>(`{ name: 'sgd', learningRate: 1 }`),
    );
    optimizer.step(elsewhere<Float32Array[]>('[new Float32Array([1, 1])]'));
    await optimizer.stepAsync(elsewhere<Float32Array[]>('[new Float32Array(new SharedArrayBuffer(8))]'));
    await optimizer.stepAsync([elsewhere<Float32Array>('new Float32Array([0.5, 0])')]);
    expect([...weights]).toEqual([-0.5, 1]);
  });

  test('serve a dataset as blocks of columns', () => {
    const words = sparse(elsewhere<SparseRowsOptions>('{ columns: 10, rows: [[1, [2, 3]], new Uint8Array([4])] }'));
    const arrays = '{ columns: 10, offsets: new BigUint64Array([0n, 2n, 3n]), indices: new Uint32Array([1, 2, 4]) }';
    const places = categories(elsewhere<CategoriesOptions>('{ values: [[1], [2]], cardinalities: [5] }'));
    const hashed = hashFeatures(elsewhere<HashableExample[]>(`[['a', ['b', 2]], { c: 'd', e: ['f'] }]`));
    const make = elsewhere<(...blocks: BlockInputs[]) => Inputs>('(a, b, c, d) => ({ a, b, c, d, e: [[1], [2]] })');
    const inputs = make(words, sparse(elsewhere<SparseArraysOptions>(arrays)), places, hashed);
    expect(new Dataset({ inputs })).toMatchObject({ rows: 2, columns: 10 + 10 + 1 + 2 ** 20 + 1 });
  });

  test('serve an optimizer as saved state', () => {
    const make = () => new Optimizer([new Float64Array(2)], adam());
    const optimizer = make();
    optimizer.step([new Float64Array([1, 2])]);
    const copy = elsewhere<(bytes: Uint8Array) => Uint8Array>('(bytes) => new Uint8Array(bytes)');
    const other = make();
    other.restore(copy(optimizer.save()));
    expect(other.state).toEqual(optimizer.state);
  });

  test.each([
    ['typed arrays', `{ inputs: new Float32Array([1, 2, 3, 4]), columns: 2, targets: new Uint8Array([5, 6]) }`],
    [
      'shared arrays',
      `{ inputs: Object.assign(new Float64Array(new SharedArrayBuffer(32)), [1, 2, 3, 4]), columns: 2, targets: [5, 6] }`,
    ],
    ['bytes', `{ inputs: new Uint8Array([1, 2, 3, 4]), columns: 2, targets: new Int32Array([5, 6]) }`],
    ['arrays of arrays', `{ inputs: [[1, 2], [3, 4]], targets: [[5], [6]] }`],
    ['arrays', `{ inputs: [1, 2, 3, 4], columns: 2, targets: [5, 6] }`],
  ])('serve a dataset as %s', (_, options) => {
    const data = new Dataset(elsewhere(options));
    expect(inputsOf(data)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(targetsOf(data)).toEqual([5, 6]);
    expect(inputsOf(data.select(elsewhere('new Uint32Array([1])')))).toEqual([[3, 4]]);
    expect(inputsOf(data.select(elsewhere('[0, 0]')))).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test('serve a network to predict from', () => {
    const model = network({ inputs: 2, layers: [dense(1)] });
    model.parameters.set([1, 10, 0]);
    for (const x of [
      'new Float32Array([1, 2])',
      'new Float64Array([1, 2])',
      'new Uint8Array([1, 2])',
      '[1, 2]',
      '[[1, 2]]',
    ])
      expect([...model.predict(elsewhere<Float32Array>(x))]).toEqual([21]);
  });

  test('serve a run as options and signal', async () => {
    const data = new Dataset({ inputs: [[1], [2]], targets: [1, 2] });
    const options = elsewhere<(given: object) => never>('(given) => ({ ...given, metrics: [], epochs: 2 })')({
      loss: 'squared',
      optimizer: sgd(),
    });
    expect(await network({ inputs: 1, layers: [dense(1)] }).fit(data, options)).toMatchObject({
      status: 'completed',
      steps: 2,
    });
  });

  test('are refused for the same reasons as local values', () => {
    expectRefusal(
      () => new Optimizer([elsewhere<Float32Array>('new Int32Array(2)')], sgd()),
      'ERR_INVALID_ARGUMENT',
      'parameters[0]',
      'Int32Array',
    );
    expectRefusal(() => new Dataset(elsewhere('{ inputs: [1, 2, 3], columns: 2 }')), 'ERR_SHAPE', 'inputs');
    expectRefusal(() => sgd(elsewhere('{ momentm: 1 }')), 'ERR_INVALID_ARGUMENT', '"momentm"');
  });
});
