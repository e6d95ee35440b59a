import { Dataset, type DatasetOptions } from '../../lib/data/dataset';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import { float32 } from '../../lib/numbers/float_arrays';
import { inputsOf } from '../support/contents';
import { expectRefusal } from '../support/refusals';

const made = (options: DatasetOptions) => () => new Dataset(options);

describe('inputs that are not finite', () => {
  test('are counted, and the first is named', () => {
    const rows = [
      [1, 2, 3],
      [4, NaN, 6],
      [-Infinity, 8, Infinity],
    ];
    const message = 'inputs has 3 values that are not finite; the first is NaN at row 1, column 1';
    for (const inputs of [rows.flat(), Float32Array.from(rows.flat()), Float64Array.from(rows.flat())])
      expectRefusal(made({ inputs, columns: 3 }), 'ERR_NON_FINITE', message);
    expectRefusal(made({ inputs: rows, type: 'float64' }), 'ERR_NON_FINITE', message);
    expectRefusal(
      made({ inputs: { y: [[1], [2], [3]], x: rows } }),
      'ERR_NON_FINITE',
      message.replace('inputs', 'inputs.x'),
    );
  });

  test('can be a single one, or numbers beyond float32', () => {
    expectRefusal(
      made({ inputs: [[1], [1e39]] }),
      'ERR_NON_FINITE',
      '1 value that is not finite; it is Infinity at row 1, column 0',
    );
    expect(made({ inputs: [[1], [1e39]], type: 'float64' })).not.toThrow();
    const bits = bfloat16(Uint16Array.of(0x3f80, 0xff80));
    expectRefusal(made({ inputs: bits, columns: 2 }), 'ERR_NON_FINITE', '-Infinity at row 0, column 1');
  });

  test('are found beside a scale that makes others infinite', () => {
    expect(made({ inputs: new Float64Array([1e308]), columns: 1, scale: 1e10 })).not.toThrow();
    expectRefusal(made({ inputs: new Float64Array([1e308, NaN]), columns: 1, scale: 1e10 }), 'ERR_NON_FINITE', 'row 1');
    expectRefusal(made({ inputs: [NaN], columns: 1, scale: 0 }), 'ERR_NON_FINITE', 'row 0');
  });

  test('are not checked in shared memory, which can change', () => {
    const inputs = float32(2);
    inputs[1] = Number.NaN;
    const data = new Dataset({ inputs, columns: 1 });
    inputs[1] = 2;
    expect(inputsOf(data)).toEqual([[0], [2]]);
  });
});
