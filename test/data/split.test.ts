import { Dataset } from '../../lib/data/dataset';
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

  test('depends on the seed alone', () => {
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

  test('refuses to leave a part empty', () => {
    for (const validation of [0, 0.001, -0.5, 100, 1000, 0.999999])
      expectRefusal(() => data.split({ validation }), 'ERR_OUT_OF_RANGE', 'validation', String(validation));
    expectRefusal(() => data.select([0]).split({ validation: 0.5 }), 'ERR_OUT_OF_RANGE', 'validation', '0.5');
  });

  test('requires a share or a whole number of rows, and a whole seed', () => {
    for (const validation of [NaN, Infinity, 1.5])
      expectRefusal(() => data.split({ validation }), 'ERR_OUT_OF_RANGE', 'validation', String(validation));
    expectRefusal(() => data.split({ validation: '10%' as never }), 'ERR_INVALID_ARGUMENT', 'validation', '"10%"');
    expectRefusal(() => data.split({} as never), 'ERR_INVALID_ARGUMENT', 'validation', 'undefined');
    for (const seed of [-1, 0.5, NaN])
      expectRefusal(() => data.split({ validation: 0.5, seed }), 'ERR_OUT_OF_RANGE', 'seed', String(seed));
  });

  test('can hold out each class in proportion', () => {
    const classes = range(100).map((i) => (i < 6 ? 2 : i % 3 === 0 ? 0 : -1));
    const all = new Dataset({ inputs: range(100).map((i) => [i]), targets: classes });
    for (const some of [all, all.select(range(100).filter((i) => i % 7 !== 0))]) {
      const has = (part: Dataset, target: number) => targetsOf(part).filter((x) => Math.round(x) === target).length;
      for (const [validation, seed] of [
        [0.2, 1],
        [0.31, 2],
        [1, 3],
        [some.rows - 1, 4],
      ] as const) {
        const [training, held] = some.split({ validation, seed, stratified: true });
        expect(numbersOf(held)).toEqual(numbersOf(held).sort((a, b) => a - b));
        expect([...numbersOf(training), ...numbersOf(held)].sort((a, b) => a - b)).toEqual(numbersOf(some));
        expect(held.rows).toBe(validation < 1 ? Math.round(validation * some.rows) : validation);
        for (const target of [0, -1, 2])
          expect(Math.abs(has(held, target) - (has(some, target) * held.rows) / some.rows)).toBeLessThan(1);
      }
    }
    const heldOut = (seed: number) => numbersOf(all.split({ validation: 0.2, seed, stratified: true })[1]);
    expect(heldOut(3)).toEqual(heldOut(3));
    expect(heldOut(3)).not.toEqual(heldOut(4));
  });

  test('by class requires classes', () => {
    const options = { validation: 1, stratified: true } as const;
    const withTargets = (targets: number[] | number[][] | undefined) => new Dataset({ inputs: [[1], [2]], targets });
    expectRefusal(() => withTargets([0, 0.5]).split(options), 'ERR_INVALID_ARGUMENT', 'classes', 'targets[1] is 0.5');
    expectRefusal(
      () =>
        withTargets([
          [0, 1],
          [1, 0],
        ]).split(options),
      'ERR_INVALID_ARGUMENT',
      'classes',
      '2 columns',
    );
    expectRefusal(() => withTargets(undefined).split(options), 'ERR_INVALID_ARGUMENT', 'classes', 'none');
    expectRefusal(
      () => data.split({ validation: 1, stratified: 1 as never }),
      'ERR_INVALID_ARGUMENT',
      'stratified',
      '1',
    );
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
