import { Dataset } from 'glissade';
import { inputsOf, targetsOf } from '../support/contents';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const data = new Dataset({ inputs: range(100).map((i) => [i]), targets: range(100) });

const numbersOf = (part: Dataset): number[] => inputsOf(part).flat();

describe('a split', () => {
  test.each([
    [0.1, 10],
    [0.25, 25],
    [0.99, 99],
    [1, 1],
    [30, 30],
    [99, 99],
  ])('with validation: %p holds out %i of 100 rows', (validation, held) => {
    const [training, heldOut] = data.split({ validation });
    expect([training.rows, heldOut.rows]).toEqual([100 - held, held]);
  });

  test('puts each row into one part, with its target, in the order of the whole', () => {
    const parts = data.split({ validation: 0.3, seed: 5 });
    for (const part of parts) {
      expect(numbersOf(part)).toEqual(numbersOf(part).sort((a, b) => a - b));
      expect(targetsOf(part)).toEqual(numbersOf(part));
    }
    expect(parts.flatMap(numbersOf).sort((a, b) => a - b)).toEqual(range(100));
  });

  test('is a matter of the seed alone', () => {
    const heldOut = (options: { seed?: number }) => numbersOf(data.split({ validation: 0.2, ...options })[1]);
    expect(heldOut({ seed: 3 })).toEqual(heldOut({ seed: 3 }));
    expect(heldOut({})).toEqual(heldOut({ seed: 0 }));
    expect(heldOut({ seed: 3 })).not.toEqual(heldOut({ seed: 4 }));
  });

  test('holds out each row about equally often', () => {
    const counts = new Array<number>(100).fill(0);
    for (const seed of range(200))
      for (const row of numbersOf(data.split({ validation: 20, seed })[1])) counts[row]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(15); // 40 are expected, with a standard deviation below 6
    expect(Math.max(...counts)).toBeLessThan(70);
  });

  test('can be split again', () => {
    const [training, heldOut] = data.split({ validation: 0.5 });
    const parts = [...training.split({ validation: 0.5 }), heldOut];
    expect(parts.flatMap(numbersOf).sort((a, b) => a - b)).toEqual(range(100));
  });

  test('leaves neither part empty', () => {
    for (const validation of [0, 0.001, -0.5, 100, 1000, 0.999999])
      expectRefusal(() => data.split({ validation }), 'ERR_OUT_OF_RANGE', 'validation', String(validation));
    expectRefusal(() => data.select([0]).split({ validation: 0.5 }), 'ERR_OUT_OF_RANGE', 'validation', '0.5');
  });

  test('needs a share or a whole number of rows, and a whole seed', () => {
    for (const validation of [NaN, Infinity, 1.5])
      expectRefusal(() => data.split({ validation }), 'ERR_OUT_OF_RANGE', 'validation', String(validation));
    expectRefusal(() => data.split({ validation: '10%' as never }), 'ERR_INVALID_ARGUMENT', 'validation', '"10%"');
    expectRefusal(() => data.split({} as never), 'ERR_INVALID_ARGUMENT', 'validation', 'undefined');
    for (const seed of [-1, 0.5, NaN])
      expectRefusal(() => data.split({ validation: 0.5, seed }), 'ERR_OUT_OF_RANGE', 'seed', String(seed));
  });

  test('suggests the right name for a misspelled option', () => {
    expectRefusal(
      () => data.split({ validaton: 0.1 } as never),
      'ERR_INVALID_ARGUMENT',
      'split',
      '"validaton"',
      'Did you mean "validation"?',
    );
  });
});
