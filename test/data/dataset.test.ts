import { Dataset } from '../../lib/data/dataset';
import { float32, float64 } from '../../lib/numbers/float_arrays';
import { inputsOf, targetsOf } from '../support/contents';

const rows = [
  [1, 2, 3],
  [4, 5, 6],
];
const flat = rows.flat();

describe('a dataset', () => {
  test('stores an array of rows', () => {
    const data = new Dataset({ inputs: rows, targets: [7, 8] });
    expect(data).toMatchObject({ rows: 2, columns: 3, targetColumns: 1 });
    expect(inputsOf(data)).toEqual(rows);
    expect(targetsOf(data)).toEqual([7, 8]);
  });

  test('stores numbers row after row', () => {
    const data = new Dataset({ inputs: flat, columns: 3 });
    expect(data).toMatchObject({ rows: 2, columns: 3, targetColumns: 0 });
    expect(inputsOf(data)).toEqual(rows);
  });

  test.each([
    Float32Array,
    Float64Array,
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
  ])('stores a %p', (Class) => {
    const data = new Dataset({ inputs: new Class(flat), columns: 3, targets: new Class([7, 8]) });
    expect(inputsOf(data)).toEqual(rows);
    expect(targetsOf(data)).toEqual([7, 8]);
  });

  test.each([Float32Array, Uint8Array, Int16Array])('stores an array of rows that are each a %p', (Class) => {
    const data = new Dataset({ inputs: rows.map((row) => new Class(row)), targets: [new Class([7]), new Class([8])] });
    expect(inputsOf(data)).toEqual(rows);
    expect(targetsOf(data)).toEqual([7, 8]);
  });

  test('stores part of a buffer', () => {
    const inputs = new Float32Array([9, 9, ...flat, 9]).subarray(2, 8);
    expect(inputsOf(new Dataset({ inputs, columns: 3 }))).toEqual(rows);
    const bytes = new Uint8Array([9, ...flat, 9]).subarray(1, 7);
    expect(inputsOf(new Dataset({ inputs: bytes, columns: 3 }))).toEqual(rows);
  });

  test('multiplies its inputs by a scale, but not its targets', () => {
    for (const inputs of [flat, new Uint8Array(flat), new Float32Array(flat), new Int16Array(flat)]) {
      const data = new Dataset({ inputs, columns: 3, scale: 0.5, targets: [7, 8] });
      expect(inputsOf(data)).toEqual(rows.map((row) => row.map((x) => x / 2)));
      expect(targetsOf(data)).toEqual([7, 8]);
    }
  });

  test('stores every byte, scaled to numbers from 0 to 1', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(inputsOf(new Dataset({ inputs: bytes, columns: 1, scale: 1 / 255 })).flat()).toEqual(
      [...bytes].map((byte) => byte * (1 / 255)),
    );
  });

  test('stores plain numbers as floats, or as doubles on request', () => {
    expect(inputsOf(new Dataset({ inputs: [[0.1]] }))).toEqual([[Math.fround(0.1)]]);
    expect(inputsOf(new Dataset({ inputs: [[0.1]], type: 'float64' }))).toEqual([[0.1]]);
    expect(inputsOf(new Dataset({ inputs: new Int32Array([2 ** 24 + 1]), columns: 1, type: 'float64' }))).toEqual([
      [2 ** 24 + 1],
    ]);
  });

  test('keeps doubles and targets unchanged', () => {
    const data = new Dataset({ inputs: new Float64Array([0.1]), columns: 1, targets: [0.3] });
    expect(inputsOf(data)).toEqual([[0.1]]);
    expect(targetsOf(data)[0]).toBeCloseTo(0.3, 14);
  });

  test('accepts several targets for each row', () => {
    expect(new Dataset({ inputs: rows, targets: [1, 2, 3, 4] })).toMatchObject({ targetColumns: 2 });
    expect(new Dataset({ inputs: rows, targets: [[1], [2]] })).toMatchObject({ targetColumns: 1 });
    expect(new Dataset({ inputs: rows, targets: new Uint8Array(6), targetColumns: 3 })).toMatchObject({
      targetColumns: 3,
    });
  });

  test('treats undefined as the default of an option', () => {
    const data = new Dataset({
      inputs: rows,
      targets: undefined,
      columns: undefined,
      targetColumns: undefined,
      scale: undefined,
      type: undefined,
    });
    expect(inputsOf(data)).toEqual(rows);
  });

  test('does not change when its source arrays do', () => {
    const lists = rows.map((row) => row.slice());
    const sources = [new Float32Array(flat), new Float64Array(flat), new Uint8Array(flat), flat.slice()];
    const targets = new Float32Array([7, 8]);
    const datasets = [
      ...sources.map((inputs) => new Dataset({ inputs, columns: 3, targets })),
      new Dataset({ inputs: lists, targets }),
    ];
    for (const source of sources) source.fill(100);
    for (const list of lists) list.fill(100);
    targets.fill(100);
    for (const data of datasets) {
      expect(inputsOf(data)).toEqual(rows);
      expect(targetsOf(data)).toEqual([7, 8]);
    }
  });

  test('uses arrays in shared memory in place', () => {
    const [inputs, targets] = [float32(6), float64(2)];
    inputs.set(flat);
    targets.set([7, 8]);
    const data = new Dataset({ inputs, columns: 3, targets });
    inputs[4] = 50;
    targets[1] = 80;
    expect(inputsOf(data)).toEqual([
      [1, 2, 3],
      [4, 50, 6],
    ]);
    expect(targetsOf(data)).toEqual([7, 80]);
  });

  test('uses shared bytes in place', () => {
    const { buffer, byteOffset } = float32(2);
    const bytes = new Uint8Array(buffer, byteOffset, 6);
    bytes.set(flat);
    const data = new Dataset({ inputs: bytes, columns: 3, scale: 2 });
    bytes[0] = 200;
    expect(inputsOf(data)[0]).toEqual([400, 4, 6]);
  });
});
