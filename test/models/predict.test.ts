import type { FloatArray, FloatType } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { type Network, network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { detach, shared } from '../support/buffers';
import { greatestError } from '../support/closeness';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { random, range } from '../support/numbers';
import { ReferenceNetwork } from '../support/reference_network';
import { expectRefusal } from '../support/refusals';

const columns = 20;
const uniform = random(1);
const bytes = Uint8Array.from({ length: 1000 * columns }, () => Math.floor(256 * uniform()));
const scale = 1 / 64; // a power of 2, so that scaled bytes are exact
const floats = Float32Array.from(bytes, (byte) => byte * scale);
const rowOf = (i: number) => floats.subarray(i * columns, (i + 1) * columns);
const rows = range(1000).map((i) => [...rowOf(i)]);

const make = (type: FloatType = 'float32'): Network =>
  network({
    inputs: columns,
    layers: [dense(33, { activation: 'gelu' }), dense(7, { activation: 'sigmoid' }), dense(3)],
    seed: 1,
    type,
  });

describe.each(instructionSets)('predictions on %s', (instructionSet) => {
  useInstructionSet(instructionSet);

  test.each<FloatType>(['float32', 'float64'])('equal those of the reference, in %s', (type) => {
    const model = make(type);
    const reference = new ReferenceNetwork(model);
    const expected = rows.flatMap((row) => reference.outputs(row));
    expect(greatestError(model.predict(floats), expected)).toBeLessThan({ float32: 1e-6, float64: 1e-13 }[type]);
  });

  test.each<FloatType>(['float32', 'float64'])('have the same bits for rows in any form, in %s', (type) => {
    const model = make(type);
    const expected = model.predict(floats);
    const same = (outputs: FloatArray, where: string) => expectSameBits(outputs, expected, where);
    same(model.predict(Float64Array.from(floats)), 'Float64Array');
    same(model.predict(bytes, { scale }), 'bytes');
    same(model.predict(rows), 'rows');
    same(model.predict(rows.flat()), 'numbers');
    same(model.predict(shared(floats)), 'shared memory');
    same(model.predict(new Dataset({ inputs: floats, columns })), 'a dataset');
    same(model.predict(new Dataset({ inputs: bytes, columns, scale })), 'a dataset of bytes');
    same(model.predict(new Dataset({ inputs: rows }).select(range(1000))), 'a selection');
  });

  test('have the same bits for one row as for a thousand, with 1 thread and with 2', async () => {
    const model = make();
    const expected = model.predict(floats);
    for (const threads of [1, 2])
      await withThreads(threads, () => {
        expectSameBits(model.predict(floats), expected, `${threads} threads`);
        for (const count of [1, 2, 15, 16, 17, 255, 256, 257])
          for (const first of [0, 500]) {
            const some = model.predict(floats.subarray(first * columns, (first + count) * columns));
            expectSameBits(
              some,
              expected.subarray(first * 3, (first + count) * 3),
              `${count} rows from ${first}, ${threads} threads`,
            );
          }
      });
  });
});

describe('a prediction', () => {
  test('has the type of the network', () => {
    expect(make('float32').predict(rows)).toBeInstanceOf(Float32Array);
    expect(make('float64').predict(floats)).toBeInstanceOf(Float64Array);
  });

  test('is a new array each time', () => {
    const model = make();
    const [first, second] = [model.predict(rowOf(0)), model.predict(rowOf(1))];
    expect(first).not.toEqual(second);
    expect(first).toEqual(model.predict(rowOf(0)));
    expect(first.buffer).not.toBe(second.buffer);
  });

  test('multiplies by the scale of the call, and a dataset by its own', () => {
    const model = network({ inputs: 1, layers: [dense(1)] });
    model.parameters.set([1, 0]);
    expect([...model.predict([2, 3], { scale: 10 })]).toEqual([20, 30]);
    expect([...model.predict(new Float32Array([2]), { scale: -1 })]).toEqual([-2]);
    expect([...model.predict(new Dataset({ inputs: [[2]], scale: 4 }))]).toEqual([8]);
  });

  test('requires no targets, and no additional memory', () => {
    const model = make();
    for (const _ of range(200)) model.predict(rowOf(0));
    expect([...model.predict(rowOf(0))]).toEqual([...model.predict(rows[0]!)]);
  });
});

describe('the inputs of predict', () => {
  const model = make();
  const predicting = (x: unknown, options?: unknown) => () => model.predict(x as FloatArray, options as object);

  test('must be whole rows', () => {
    expectRefusal(predicting(new Float32Array(30)), 'ERR_SHAPE', '30', 'number of inputs, 20');
    expectRefusal(predicting(new Float32Array(0)), 'ERR_SHAPE', 'x', 'empty');
    expectRefusal(predicting([]), 'ERR_SHAPE', 'x', 'empty');
    expectRefusal(predicting(new Dataset({ inputs: [[1, 2]] })), 'ERR_SHAPE', '2 columns', '20 inputs');
  });

  test('must be rows with as many numbers as the network has inputs', () => {
    const two = network({ inputs: 2, layers: [dense(1)] });
    expectRefusal(() => two.predict([[1, 2, 3], [4]]), 'ERR_SHAPE', 'x[0]', '3', '2');
    expectRefusal(() => two.predict([[1, 2], [3], [4]]), 'ERR_SHAPE', 'x[1]', '1', '2');
  });

  test('must be numbers', () => {
    const one = network({ inputs: 1, layers: [dense(1)] });
    for (const value of ['1', null, undefined, {}, true]) {
      expectRefusal(() => one.predict([1, value] as never), 'ERR_INVALID_ARGUMENT', 'x[1]');
      expectRefusal(() => one.predict([[1], [value]] as never), 'ERR_INVALID_ARGUMENT', 'x[1]');
    }
  });

  test.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    ['12', '"12"'],
    [{ length: 20 }, 'Object'],
    [new BigInt64Array(20), 'BigInt64Array'],
    [new ArrayBuffer(80), 'ArrayBuffer'],
    [new DataView(new ArrayBuffer(80)), 'DataView'],
  ])('must not be %p', (x, received) => expectRefusal(predicting(x), 'ERR_INVALID_ARGUMENT', 'x', received));

  test('have their own scale if they are a dataset', () => {
    const one = new Dataset({ inputs: [range(20)], scale: 2 });
    expectRefusal(predicting(one, { scale: 2 }), 'ERR_INVALID_ARGUMENT', 'scale', 'dataset');
    expect(predicting(one, { scale: undefined })).not.toThrow();
  });

  test('must fit into memory with the outputs', () => {
    const wide = network({ inputs: 1, layers: [dense(1 << 16)] });
    const many = new Dataset({ inputs: new Float32Array(1), columns: 1 }).select(new Uint32Array(1 << 24));
    expectRefusal(() => wide.predict(many), 'ERR_OUT_OF_RANGE', 'memory', String(2 ** 42));
  });

  test('must not be detached', () => {
    expectRefusal(predicting(detach(new Float32Array(20))), 'ERR_DETACHED', 'x');
  });

  test('must have a finite scale and known options', () => {
    for (const bad of [NaN, Infinity])
      expectRefusal(predicting(floats, { scale: bad }), 'ERR_OUT_OF_RANGE', 'scale', String(bad));
    expectRefusal(predicting(floats, { scale: '2' }), 'ERR_INVALID_ARGUMENT', 'scale', '"2"');
    expectRefusal(
      predicting(floats, { scael: 2 }),
      'ERR_INVALID_ARGUMENT',
      'predict',
      '"scael"',
      'Did you mean "scale"?',
    );
    expectRefusal(predicting(floats, null), 'ERR_INVALID_ARGUMENT', 'predict', 'object');
  });
});
