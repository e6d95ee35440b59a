import { Dataset } from '../../lib/data/dataset';
import { detach } from '../support/buffers';
import { inputsOf, targetsOf } from '../support/contents';
import { expectRefusal } from '../support/refusals';

const data = new Dataset({ inputs: [[10], [11], [12], [13]], targets: [0, 1, 2, 3] });

describe('the rows selected from a dataset', () => {
  test('are the listed ones, in their order', () => {
    const chosen = data.select([3, 1]);
    expect(chosen).toMatchObject({ rows: 2, columns: 1, targetColumns: 1 });
    expect(inputsOf(chosen)).toEqual([[13], [11]]);
    expect(targetsOf(chosen)).toEqual([3, 1]);
  });

  test('can be listed several times', () => {
    expect(inputsOf(data.select([2, 2, 0, 2]))).toEqual([[12], [12], [10], [12]]);
  });

  test('can be given as a Uint32Array, which can change afterwards', () => {
    const rows = new Uint32Array([1, 2]);
    const chosen = data.select(rows);
    rows.fill(3);
    expect(inputsOf(chosen)).toEqual([[11], [12]]);
  });

  test('can be selected from again, by their new numbers', () => {
    expect(inputsOf(data.select([3, 2, 1]).select([0, 2]))).toEqual([[13], [11]]);
    expectRefusal(() => data.select([3, 2, 1]).select([3]), 'ERR_OUT_OF_RANGE', 'rows[0]', '3');
  });

  test('must exist', () => {
    for (const row of [-1, 4, 1.5, NaN])
      expectRefusal(() => data.select([0, row]), 'ERR_OUT_OF_RANGE', 'rows[1]', String(row));
    expectRefusal(() => data.select(new Uint32Array([0, 4])), 'ERR_OUT_OF_RANGE', 'rows[1]', '4');
    expectRefusal(() => data.select(['0' as never]), 'ERR_INVALID_ARGUMENT', 'rows[0]', '"0"');
  });

  test('must not be empty', () => {
    expectRefusal(() => data.select([]), 'ERR_SHAPE', 'empty', 'rows');
    expectRefusal(() => data.select(new Uint32Array(0)), 'ERR_SHAPE', 'empty', 'rows');
    expectRefusal(() => data.select(detach(new Uint32Array(2))), 'ERR_DETACHED', 'rows');
  });

  test.each([[undefined], [null], [1], ['01'], [{}]])('must be a list, not %p', (rows) => {
    expectRefusal(() => data.select(rows as never), 'ERR_INVALID_ARGUMENT', 'rows');
  });
});
