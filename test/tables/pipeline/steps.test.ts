import { type Categories, codesOf } from '../../../lib/data/categories';
import { FeatureHasher } from '../../../lib/data/hashing';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import type { FittedPipeline } from '../../../lib/tables/pipeline/fitted_pipeline';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import type { Step } from '../../../lib/tables/pipeline/step';
import { train } from '../../../lib/tables/train/train';
import { random } from '../../support/numbers';

/** The steps of one column, fitted on some values; the target alternates. */
async function fittedOn(step: Step, values: readonly unknown[]): Promise<FittedPipeline> {
  const rows = values.map((x, i) => ({ x, y: i % 2 === 0 ? 'a' : 'b' }));
  return pipeline({ x: step }).fit(await table(rows), { target: 'y' });
}

const encode = (fitted: FittedPipeline, values: readonly unknown[]) => fitted.encode(values.map((x) => ({ x })));

const numbersOf = (fitted: FittedPipeline, values: readonly unknown[]): number[] => [
  ...(encode(fitted, values) as Float32Array),
];

const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;

describe('numbers', () => {
  const draw = random(1);
  const training = Array.from({ length: 3001 }, () => 10 + 4 * draw() ** 3);

  test.each([0, 1e9])('are scaled to mean 0 and deviation 1 over the training rows, %d away from 0', async (shift) => {
    const far = training.map((x) => x + shift);
    const encoded = numbersOf(await fittedOn(columns.number(), far), far);
    expect(mean(encoded)).toBeCloseTo(0, 5);
    expect(mean(encoded.map((z) => z * z))).toBeCloseTo(1, 5);
  });

  test('are scaled by the mean and the deviation of the training rows alone', async () => {
    const fitted = await fittedOn(columns.number(), training);
    const centre = mean(training);
    const deviation = Math.sqrt(mean(training.map((x) => (x - centre) ** 2)));
    const [encoded] = numbersOf(fitted, [50]);
    expect(encoded).toBeCloseTo((50 - centre) / deviation, 4);
  });

  test('are scaled to the range from 0 to 1', async () => {
    const fitted = await fittedOn(columns.number({ scale: 'minMax' }), [3, 5, 11]);
    expect(numbersOf(fitted, [3, 5, 11, 19])).toEqual([0, 0.25, 1, 2]);
  });

  test('stay as they are', async () => {
    expect(numbersOf(await fittedOn(columns.number({ scale: 'none' }), [3, 5]), [7, -1])).toEqual([7, -1]);
  });

  test('are scaled by the quartiles, and bounded by ±3', async () => {
    const fitted = await fittedOn(columns.number({ scale: 'robust' }), [1, 2, 3, 4, 1000]);
    const [lower, centre, far, below] = numbersOf(fitted, [2, 3, 1e9, -1e9]);
    expect(lower).toBeCloseTo(-0.5 / Math.sqrt(1 + (0.5 / 3) ** 2), 6);
    expect(centre).toBe(0);
    expect(far).toBeCloseTo(3, 6);
    expect(below).toBeCloseTo(-3, 6);
    const holed = await fittedOn(columns.number({ scale: 'robust', flag: false }), [1, 2, 3, 4, 1000, null]);
    expect(numbersOf(holed, [null])).toEqual([0]); // the median
    const tiny = await fittedOn(columns.number({ scale: 'robust' }), [1e-20, 2e-20, 3e-20, 4e-20]);
    expect(numbersOf(tiny, [1e300, -1e300])).toEqual([3, -3]); // whose quotients overflow
    const half = await fittedOn(columns.number({ scale: 'robust' }), [...Array(60).fill(5), 3, 9, -1]);
    expect(numbersOf(half, [9])[0]).toBeCloseTo(0.8 / Math.sqrt(1 + (0.8 / 3) ** 2), 6);
  });

  test('become their ranks, evenly from −√3 to √3; equal numbers share the middle rank', async () => {
    const fitted = await fittedOn(columns.number({ scale: 'quantile' }), training);
    const encoded = numbersOf(fitted, training);
    const places = [...training].sort((a, b) => a - b);
    for (const [i, x] of training.entries())
      expect(Math.abs(encoded[i]! - Math.sqrt(12) * (places.indexOf(x) / 3000 - 0.5))).toBeLessThan(0.01);
    expect(numbersOf(fitted, [0, 99])).toEqual([Math.fround(-Math.sqrt(3)), Math.fround(Math.sqrt(3))]);
    const many = await fittedOn(columns.number({ scale: 'quantile' }), [
      ...Array(500).fill(0),
      ...training.slice(0, 500),
    ]);
    expect(numbersOf(many, [0])[0]).toBeCloseTo(Math.sqrt(12) * (0.25 - 0.5), 1);
  });

  test('are compressed, with their signs', async () => {
    const fitted = await fittedOn(columns.number({ log: true, scale: 'none' }), [1, 1000]);
    expect(numbersOf(fitted, [99, -99])).toEqual([Math.fround(Math.log(100)), Math.fround(-Math.log(100))]);
  });

  test.each([
    ['limits', [2, 6], [2, 6]],
    ['quantiles', { quantiles: [0.25, 0.75] }, [2.5, 7.5]],
  ] as const)('are clipped to %s', async (_, clip, [low, high]) => {
    const fitted = await fittedOn(columns.number({ clip, scale: 'none' }), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(numbersOf(fitted, [-5, 5, 50])).toEqual([low, 5, high]);
  });

  test.each([
    ['mean', 3],
    ['median', 2],
    [7, 7],
  ] as const)('are replaced by %s where they are missing, with a flag', async (missing, expected) => {
    const fitted = await fittedOn(columns.number({ missing, scale: 'none' }), [1, 2, 6, null]);
    expect(numbersOf(fitted, [null, 4, Number.NaN, undefined])).toEqual([expected, 1, 4, 0, expected, 1, expected, 1]);
  });

  test.each([
    ['limits', [0, 99], 50],
    ['quantiles', { quantiles: [0, 0.99] }, 50],
  ] as const)('if missing, become the mean of the values that %s clips to', async (_, clip, expected) => {
    const values = [...Array(100).keys(), 1e12, null];
    const missing = async (scale: 'none' | 'standard' | 'minMax') => {
      const [found, flag] = numbersOf(await fittedOn(columns.number({ clip, scale }), values), [null]);
      expect(flag).toBe(1);
      return found!;
    };
    const clippedMean = (mean([...Array(100).keys()]) * 100 + 99) / 101;
    expect(Math.abs((await missing('none')) - clippedMean)).toBeLessThan(0.02);
    expect(Math.abs((await missing('none')) - expected)).toBeLessThan(0.1);
    expect(Math.abs(await missing('standard'))).toBeLessThan(1e-6); // the mean of the network's inputs
    expect(await missing('minMax')).toBeCloseTo(expected / 99, 2);
  });

  test('have a flag if training rows have holes, or on request', async () => {
    expect((await fittedOn(columns.number(), [1, 2, 3])).inputs).toBe(1);
    expect((await fittedOn(columns.number({ flag: true }), [1, 2, 3])).inputs).toBe(2);
    expect((await fittedOn(columns.number({ flag: false }), [1, 2, null])).inputs).toBe(1);
  });

  test('if not numeric, are refused or count as missing', async () => {
    const refused = await fittedOn(columns.number({ scale: 'none' }), [1, 2]);
    expect(() => encode(refused, ['x'])).toThrow('row 1, column "x": Expected a number but received "x"');
    const missing = await fittedOn(columns.number({ scale: 'none', missing: 9, invalid: 'missing' }), [1, 2]);
    expect(numbersOf(missing, ['x', '3'])).toEqual([9, 3]);
  });

  test('that are all equal give no input', async () => {
    await expect(fittedOn(columns.number(), [3, 3, 3])).rejects.toThrow('no column but "y" has anything to learn from');
  });
});

describe('categories', () => {
  const values = ['b', 'a', 'b', 'c', 'b', 'a', null];

  test('have an input each, ordered by frequency, then one for unseen and one for missing values', async () => {
    const fitted = await fittedOn(columns.category(), values);
    expect(numbersOf(fitted, ['b', 'a', 'c', 'z', null])).toEqual(
      [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0], // c occurs once, and counts as unseen
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ].flat(),
    );
  });

  test('count as unseen if they are rare', async () => {
    expect((await fittedOn(columns.category({ rare: 1 }), values)).inputs).toBe(5);
    expect((await fittedOn(columns.category({ rare: 3 }), values)).inputs).toBe(3);
  });

  test('become embeddings if there are more than sixteen', async () => {
    const many = Array.from({ length: 60 }, (_, i) => `w${i % 20}`);
    expect((await fittedOn(columns.category(), many)).inputs).toEqual({ codes: { categories: [22] } });
    expect((await fittedOn(columns.category({ encode: 'oneHot' }), many)).inputs).toBe(22);
  });

  test('are refused if unseen, where the pipeline says so', async () => {
    const fitted = await fittedOn(columns.category({ unseen: 'error' }), ['a', 'b', 'a', 'b']);
    expect(() => encode(fitted, ['a', 'z'])).toThrow('row 2, column "x": no training row has "z"');
  });

  test('can be numbers', async () => {
    const fitted = await fittedOn(columns.category(), [8001, 3000, 8001, 3000, null]);
    expect(numbersOf(fitted, [8001, null])).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
    expect(numbersOf(fitted, ['3000', 8001])).toEqual([1, 0, 0, 0, 0, 1, 0, 0]);
  });

  test('are hashed as FeatureHasher does', async () => {
    const fitted = await fittedOn(columns.category({ encode: 'hash', columns: 64 }), values);
    const { words } = encode(fitted, ['b', 'zebra', null]) as unknown as {
      words: { row(i: number): { indices: Uint32Array } };
    };
    const hasher = new FeatureHasher({ columns: 64, signed: false });
    for (const [i, word] of ['b', 'zebra'].entries())
      expect(words.row(i).indices).toEqual(
        hasher
          .add([['x', word]])
          .build()
          .row(0).indices,
      );
    expect(words.row(2).indices).toHaveLength(0);
  });
});

describe('text', () => {
  const texts = ['Red house, red door', 'a red car', 'the big car', null];
  type Words = { words: { row(i: number): { indices: Uint32Array; values: Float32Array } } };

  test('has weights by inverse document frequency, and length 1', async () => {
    const fitted = await fittedOn(columns.text({ ngrams: 1 }), texts);
    const { words } = encode(fitted, ['red red house', 'RED!', null]) as unknown as Words;
    const weight = (n: number) => Math.log(5 / (1 + n)) + 1;
    const [red, house] = [2 * weight(2), weight(1)];
    const length = Math.hypot(red, house);
    const found = [...words.row(0).values].sort();
    expect(found[0]).toBeCloseTo(house / length, 6);
    expect(found[1]).toBeCloseTo(red / length, 6);
    expect([...words.row(1).values]).toEqual([1]);
    expect(words.row(2).values).toHaveLength(0);
  });

  test('can be sequences of words', async () => {
    const counts = await Promise.all(
      [1, 2, 3].map(async (ngrams) => {
        const fitted = await fittedOn(columns.text({ ngrams, inverseFrequency: false }), texts);
        return (encode(fitted, ['one two three']) as unknown as Words).words.row(0).indices.length;
      }),
    );
    expect(counts).toEqual([3, 5, 6]);
  });
});

describe('dates', () => {
  test('become the parts that vary: time, and points on circles', async () => {
    const fitted = await fittedOn(
      columns.date(),
      ['2020-01-01', '2021-01-01', '2022-07-01'].map((day) => new Date(day)),
    );
    const { steps } = fitted as unknown as { steps: { found: { parts: string[] } }[] };
    expect(steps[0]!.found.parts).toEqual(['time', 'month', 'weekday']);
    const [time, sine, cosine] = numbersOf(fitted, [new Date('2022-07-01')]) as [number, number, number];
    expect(time).toBeGreaterThan(1);
    expect(sine).toBeCloseTo(0, 6); // July is opposite of January
    expect(cosine).toBeCloseTo(-1, 6);
  });

  test('are read from words, and become zero where they are missing', async () => {
    const fitted = await fittedOn(columns.date({ parts: ['hour'] }), ['2020-01-01T06:00', '2020-01-02T18:00', null]);
    expect(numbersOf(fitted, ['2020-05-05T06:00', null])).toEqual([0, 1, Math.fround(Math.cos(Math.PI / 2)), 1, 0, 0]);
    expect(() => encode(fitted, ['soon'])).toThrow('row 1, column "x": Expected a date but received "soon"');
  });
});

describe('intervals of dates', () => {
  const encoded = async (
    step: ReturnType<typeof columns.interval>,
    learnt: readonly (string | null)[],
    asked: readonly (string | null)[],
  ) => {
    const rows = await table(
      learnt.map((when, i) => ({ when: when === null ? null : new Date(when), x: i, y: i % 3 })),
    );
    const fitted = await pipeline({ x: columns.number(), of: step }).fit(rows, { target: 'y', task: 'regression' });
    const { codes } = fitted.encode(
      asked.map((when) => ({ when: when === null ? null : new Date(when), x: 1 })),
    ) as unknown as { codes: Categories };
    return { codes: [...codesOf(codes)], cardinalities: codes.cardinalities };
  };

  test.each([
    ['hour', ['1969-12-31T23:00Z', '1969-12-31T23:59Z', '1970-01-01T00:00Z', '1970-01-01T01:00Z'], [0, 0, 1, 2]],
    ['day', ['1969-12-31T00:00Z', '1969-12-31T23:59Z', '1970-01-01T00:00Z', '1970-01-02T00:00Z'], [0, 0, 1, 2]],
    // 29 December 1969 and 5 January 1970 were Mondays.
    ['week', ['1969-12-28T23:59Z', '1969-12-29T00:00Z', '1970-01-04T23:59Z', '1970-01-05T00:00Z'], [0, 1, 1, 2]],
  ] as const)('are categories: the %s', async (every, dates, codes) => {
    const step = columns.interval('when', { every, rare: 1 });
    expect(await encoded(step, dates, [...dates, '2030-01-01T00:00Z', null])).toEqual({
      codes: [...codes, 3, 4], // unseen, missing
      cardinalities: [5],
    });
  });

  test('count as unseen if they have few rows', async () => {
    const learnt = ['2020-01-01', '2020-01-01', '2020-01-02', '2020-01-03', '2020-01-03', null];
    const { codes } = await encoded(columns.interval('when'), learnt, ['2020-01-01', '2020-01-02', '2020-01-03']);
    expect(codes).toEqual([0, 2, 1]);
  });

  test('are read by the default network for days with many rows, unless it is judged on later ones', async () => {
    const draw = random(3);
    const effects = Array.from({ length: 40 }, () => 3 * draw());
    const rows = Array.from({ length: 1600 }, (_, i) => ({
      when: new Date(Date.UTC(2024, 0, 1) + (i % 40) * 86_400_000 + Math.floor(i / 40) * 60_000),
      x: draw(),
      y: effects[i % 40]! + 0.1 * draw(),
    }));
    const data = await table(rows);
    const options = {
      target: 'y',
      task: 'regression',
      epochs: 30,
      validation: 0.2,
      warnings: false,
      members: 1,
    } as const;
    const stepsOf = async (more: object) => {
      const { model, report } = await train(data, { ...options, ...more });
      return { names: model.pipeline.steps.map(({ name }) => name), r2: report.scores.network.r2!.value };
    };
    const byDay = await stepsOf({});
    expect(byDay.names).toEqual(['when', 'day of when', 'x']);
    expect(byDay.r2).toBeGreaterThan(0.8);
    expect((await stepsOf({ time: 'when', epochs: 1 })).names).toEqual(['when', 'x']);
  });
});

test('a cross distinguishes combinations', async () => {
  const rows = ['a', 'b'].flatMap((one) => ['c', 'd'].map((two) => ({ one, two, y: one === 'a' ? 0 : 1 })));
  const fitted = await pipeline({ cross: columns.cross(['one', 'two'], { columns: 4096 }) }).fit(await table(rows), {
    target: 'y',
  });
  const { words } = fitted.encode(rows) as unknown as { words: { row(i: number): { indices: Uint32Array } } };
  expect(new Set(rows.map((_, i) => words.row(i).indices[0])).size).toBe(4);
  expect(words.row(1)).toEqual(
    (fitted.encode([rows[1]!]) as unknown as typeof words extends never ? never : { words: typeof words }).words.row(0),
  );
});

test.each([
  [() => columns.number({ scale: 'log' as 'none' }), 'unknown columns.number: scale "log"'],
  [() => columns.number({ clip: [3, 1] }), 'Expected low < high'],
  ...[[1], [1, 2, 3], { quantiles: [0, 0.5, 1] }, 'all'].map((clip): [() => Step, string] => [
    () => columns.number({ clip: clip as [number, number] }),
    'Expected [low, high] or { quantiles: [low, high] } for columns.number: clip',
  ]),
  [() => columns.number({ colour: 1 } as object), 'unknown option "colour"'],
  [() => columns.category({ columns: 5 }), "columns is for encode: 'hash'"],
  [() => columns.text({ ngrams: 9 }), 'columns.text: ngrams'],
  [() => columns.date({ parts: [] }), 'columns.date: parts'],
  [() => columns.interval('a', { every: 'year' as 'day' }), 'unknown columns.interval: every "year"'],
  [() => columns.cross(['a']), 'the names of two columns or more'],
  [() => pipeline({ x: { kind: 'nmber' } as unknown as Step }), 'Did you mean "number"?'],
  [() => pipeline({}), 'pipeline has no steps'],
])('refuses wrong options (%#)', (make, message) => {
  expect(make).toThrow(message);
});

test('a pipeline does not read its target, nor columns that do not exist', async () => {
  const rows = await table([
    { a: 1, y: 2.5 },
    { a: 2, y: 3.5 },
  ]);
  await expect(pipeline({ y: columns.number() }).fit(rows, { target: 'y' })).rejects.toThrow('the column to predict');
  const both = { a: columns.number(), both: columns.cross(['a', 'y']) };
  await expect(pipeline(both).fit(rows, { target: 'y' })).rejects.toThrow('the column to predict');
  await expect(pipeline({ b: columns.number() }).fit(rows, { target: 'y' })).rejects.toThrow('rows has no column "b"');
});

test('refusals name the table and the row number in it, also for a selection', async () => {
  const rows = await table(Array.from({ length: 40 }, (_, i) => ({ a: i === 37 ? Infinity : i, b: `w${i}`, y: i })));
  const part = rows.select([1, 37, 5]);
  const toPredict = { target: 'y', task: 'regression' } as const;
  await expect(pipeline({ a: columns.number() }).fit(part, toPredict)).rejects.toThrow(
    'rows, row 38, column "a": Infinity is not finite',
  );
  const fitted = await pipeline({ a: columns.number() }).fit(rows.select([1, 2, 3]), toPredict);
  expect(() => fitted.dataset(part)).toThrow('rows, row 38, column "a": Infinity is not finite');
  await expect(pipeline({ b: columns.number() }).fit(part, toPredict)).rejects.toThrow(
    'rows, row 2, column "b": Expected a number but received "w1"',
  );
});

test.each<[string, (i: number) => unknown]>([
  ['it has dates; use a number', (i) => new Date(2020, i, 1)],
  ['its values are too large; divide them by a power of ten', (i) => i * 1e160],
  ['its values differ too little; subtract 1000000000000000', (i) => 1e15 + i / 8],
  ['all rows have the same value, 3', () => 3],
])('refuses to predict a column: %s', async (message, value) => {
  const rows = await table(Array.from({ length: 40 }, (_, i) => ({ x: i, y: value(i) })));
  const fitting = pipeline({ x: columns.number() }).fit(rows, { target: 'y', task: 'regression' });
  await expect(fitting).rejects.toThrow(`the column "y" can't be predicted: ${message}`);
});

test('refuses an infinite target by its row in the table, although rows without a target are left out', async () => {
  const rows = await table(
    Array.from({ length: 40 }, (_, i) => ({ x: i, y: i < 10 ? null : i === 37 ? -Infinity : i })),
  );
  await expect(train(rows, { target: 'y' })).rejects.toThrow('row 38: the target is -Infinity, which is not finite');
});
