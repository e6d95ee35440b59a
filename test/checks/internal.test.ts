import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { adam } from '../../lib/optimizers/adam';
import { linear } from '../../lib/training/linear';
import { expectRefusal } from '../support/refusals';

/** Makes another instance of the class, from any arguments. */
const another = (instance: object, ...given: unknown[]) =>
  new (instance.constructor as new (...given: unknown[]) => unknown)(...given);

describe('constructors that take internals refuse calls from outside', () => {
  test.each([undefined, Symbol('internal'), {}, new Uint32Array(1)])('with %p', async (key) => {
    expectRefusal(() => another(sparse({ columns: 2, rows: [[1]] }), key), 'ERR_INVALID_ARGUMENT', 'use sparse()');
    expectRefusal(() => another(categories({ values: [1] }), key), 'ERR_INVALID_ARGUMENT', 'use categories()');
    const data = new Dataset({ inputs: [[1], [2]], targets: [1, 2] });
    const run = linear({ inputs: 1 }).fit(data, { loss: 'squared', optimizer: adam() });
    expectRefusal(() => another(run, key), 'ERR_INVALID_ARGUMENT', 'use fit()');
    await run;
    expectRefusal(() => another(data, key, data), 'ERR_INVALID_ARGUMENT');
  });
});
