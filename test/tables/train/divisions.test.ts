import '../../../lib/definitions';
import { Random } from '../../../lib/numbers/random';
import { table } from '../../../lib/tables/open';
import { crossValidate } from '../../../lib/tables/train/cross_validate';
import { studentQuantile } from '../../../lib/tables/train/estimates';
import { expandingParts, heldOutGroups, latestParts, type Parts } from '../../../lib/tables/train/folds';
import { type Predicted, scoresOf } from '../../../lib/tables/train/scores';
import { search } from '../../../lib/tables/train/search';
import { type TrainOptions, train } from '../../../lib/tables/train/train';
import fc from '../../support/properties';

const day = 86_400_000;

/** Ten visits of each patient. The label belongs to the patient, and says nothing about other patients. */
function patients(count: number, seed = 1) {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, patient) => {
    const [age, pressure, weight] = [
      20 + 60 * random.uniform(),
      100 + 60 * random.uniform(),
      50 + 50 * random.uniform(),
    ];
    const ill = random.uniform() < 0.5;
    return Array.from({ length: 10 }, (_, visit) => ({
      patient: `p${patient}`,
      day: new Date(day * (20_000 + 10 * visit + (patient % 7))),
      age: age + 0.05 * visit,
      pressure: pressure + random.uniform(),
      weight: weight + random.uniform(),
      ill,
    }));
  }).flat();
}

const earliest = (times: Float64Array, rows: Uint32Array) => Math.min(...Array.from(rows, (row) => times[row]!));
const latest = (times: Float64Array, rows: Uint32Array) => Math.max(...Array.from(rows, (row) => times[row]!));

const times = fc
  .array(fc.integer({ min: 0, max: 40 }), { minLength: 60, maxLength: 200 })
  .map((list) => Float64Array.from(list));

describe('divisions by time', () => {
  const checkOrder = (of: Float64Array, { training, stopping, heldOut }: Parts, gap: number) => {
    for (const [early, late] of [
      [training, stopping],
      [stopping, heldOut],
      [training, heldOut],
    ] as const)
      if (early.length > 0 && late.length > 0) {
        expect(latest(of, early)).toBeLessThan(earliest(of, late));
        expect(earliest(of, late) - latest(of, early)).toBeGreaterThanOrEqual(gap);
      }
  };

  test('hold out later rows than are trained on, at least a gap later', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 3, max: 8 }), fc.integer({ min: 0, max: 5 }), (of, count, gap) => {
        fc.pre(new Set(of).size > 3 * count);
        const parts = expandingParts(of, count, gap);
        expect(parts).toHaveLength(count);
        for (const each of parts) checkOrder(of, each, gap);
        const held = parts.flatMap(({ heldOut }) => [...heldOut]);
        expect(new Set(held).size).toBe(held.length);
        const first = Math.min(...held.map((row) => of[row]!));
        expect(held).toHaveLength(of.filter((time) => time >= first).length); // all later rows are held out once
        checkOrder(of, latestParts(of, 0.2, gap), gap);
      }),
    );
  });

  test('train on all rows that are early enough', () => {
    const of = Float64Array.from({ length: 100 }, (_, row) => (row * 37) % 100);
    const [first, , third] = expandingParts(of, 3, 0) as [Parts, Parts, Parts];
    expect([...first.heldOut].map((row) => of[row]!).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 25 }, (_, i) => 25 + i),
    );
    expect(first.training.length + first.stopping.length).toBe(25);
    expect(third.training.length + third.stopping.length).toBe(75);
    const apart = expandingParts(of, 3, 5)[2]!;
    expect(latest(of, apart.stopping)).toBe(70);
    expect(latest(of, apart.training)).toBe(earliest(of, apart.stopping) - 5);
  });
});

test('groups that are held out stay whole, and so do those that decide when training ends', () => {
  const keys = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 100, maxLength: 300 });
  fc.assert(
    fc.property(keys, fc.nat(), (of, seed) => {
      const parts = heldOutGroups(of, 0.2, seed);
      const sets = [parts.training, parts.stopping, parts.heldOut].map(
        (rows) => new Set(Array.from(rows, (row) => of[row]!)),
      );
      for (const key of new Set(of)) expect(sets.filter((set) => set.has(key))).toHaveLength(1);
      expect(parts.training.length + parts.stopping.length + parts.heldOut.length).toBe(of.length);
    }),
  );
});

describe('a label that belongs to the patient', () => {
  const options = { target: 'ill', epochs: 100, hidden: [32] } as const;

  test('is known by other visits, but not for other patients', async () => {
    const visits = await table(patients(60));
    const mixed = await train(visits, options);
    const apart = await train(visits, { ...options, by: 'patient' });
    expect(mixed.report.scores.network.accuracy!.value).toBeGreaterThan(0.9);
    const { value, low, high } = apart.report.scores.network.accuracy!;
    expect(value).toBeLessThan(0.7);
    expect([low <= 0.5, high >= 0.5]).toEqual([true, true]);
    expect(high - low).toBeGreaterThan(2 * 1.96 * Math.sqrt(0.25 / 600)); // of 60 patients, not of 600 visits
    expect(apart.report).toMatchObject({ by: 'patient', heldOut: 'cross-validated', worth: false });
    expect(apart.report.leftOut).toContain('patient');
    const { mean } = await crossValidate(visits, { ...options, by: 'patient' });
    expect(mean.accuracy!.low).toBeLessThan(high);
    expect(mean.accuracy!.high).toBeGreaterThan(low);
  });

  test('is judged by later visits with time, and by groups in a search', async () => {
    const visits = await table(patients(60));
    const { report, heldOut } = await train(visits, { ...options, time: 'day', gap: 3, epochs: 5 });
    expect(report).toMatchObject({ time: 'day', gap: 3, heldOut: 'cross-validated' });
    expect(heldOut.predicted.truths.length).toBeLessThan(600);
    const shape = { target: 'ill', epochs: 40, trials: 2, strategy: 'random', hidden: [32] } as const;
    const [mixed, apart] = [await search(visits, shape), await search(visits, { ...shape, by: 'patient' })];
    expect(apart.trials[0]!.loss!).toBeGreaterThan(mixed.trials[0]!.loss! + 0.1);
  });

  test('is judged by a part of the patients with validation', async () => {
    const { report } = await train(await table(patients(60)), { ...options, by: 'patient', validation: 0.3 });
    expect(report).toMatchObject({ by: 'patient', heldOut: 'held out' });
    expect(report.scores.network.accuracy!.low).toBeLessThan(0.55);
  });
});

test('each earlier row is unknown to crossValidate with time, and each later one predicted once', async () => {
  const visits = await table(patients(30));
  const { rowNumbers, predictions } = await crossValidate(visits, { target: 'age', epochs: 2, time: 'day', folds: 4 });
  expect(predictions).toHaveLength(rowNumbers.length);
  const held = new Set(rowNumbers);
  const days = patients(30).map((visit) => Number(visit.day));
  const first = Math.min(...[...held].map((row) => days[row]!));
  expect(days.every((time, row) => held.has(row) === time >= first)).toBe(true);
});

describe('intervals', () => {
  /** The share of intervals of accuracy and area under the curve that have the true value, over rows of groups of equals. */
  function coverage(isGrouped: boolean): number[] {
    const covered = [0, 0];
    const trials = 300;
    for (let trial = 0; trial < trials; ++trial) {
      const random = new Random(trial + 1);
      const [predictions, truths, groups]: number[][] = [[], [], []];
      for (let group = 0; group < 30; ++group) {
        const truth = random.uniform() < 0.5 ? 1 : 0;
        const chance = random.uniform();
        for (let row = 0; row < 8; ++row) {
          predictions!.push(1 - chance, chance);
          truths!.push(truth);
          groups!.push(group);
        }
      }
      const predicted: Predicted = {
        predictions: Float64Array.from(predictions!),
        truths: Float64Array.from(truths!),
        groups: isGrouped ? Float64Array.from(groups!) : undefined,
      };
      const { accuracy, auc } = scoresOf({ column: 'y', task: 'classification', classes: [false, true] }, predicted);
      for (const [i, estimate] of [accuracy!, auc!].entries())
        if (estimate.low <= 0.5 && estimate.high >= 0.5) covered[i]! += 1 / trials;
    }
    return covered;
  }

  test('cover the true value for rows of groups, which those of independent rows do not', () => {
    for (const share of coverage(true)) expect(Math.abs(share - 0.95)).toBeLessThan(0.04);
    for (const share of coverage(false)) expect(share).toBeLessThan(0.65);
  });

  test.each([
    [1, 12.706],
    [7, 2.365],
    [19, 2.093],
    [20, 2.086],
    [40, 2.021],
    [1e6, 1.96],
  ])('Student’s t with %d degrees of freedom has the 0.975 quantile %d', (freedom, expected) => {
    expect(studentQuantile(freedom)).toBeCloseTo(expected, 2);
  });
});

describe('what is refused', () => {
  const visits = table(patients(30));
  test.each<[object, string, string]>([
    [{ by: 'patient', time: 'day' }, 'ERR_INVALID_ARGUMENT', 'train: by and time exclude each other'],
    [{ gap: 1 }, 'ERR_INVALID_ARGUMENT', 'train: gap needs time'],
    [{ by: 'ill' }, 'ERR_INVALID_ARGUMENT', 'by: "ill" is the target'],
    [{ by: 'patent' }, 'ERR_INVALID_ARGUMENT', '"patent"'],
    [{ time: 'patient' }, 'ERR_INVALID_ARGUMENT', 'a time is a date or a number'],
    [{ time: 'day', gap: 10_000 }, 'ERR_SHAPE', 'choose a smaller gap'],
    [{ time: 'day', gap: -1 }, 'ERR_OUT_OF_RANGE', 'gap'],
  ])('%p', async (options, code, message) => {
    await expect(train(await visits, { target: 'ill', ...options } as TrainOptions)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test('a single group, of which none would be left to learn from', async () => {
    const alone = patients(30).map((visit) => ({ ...visit, clinic: 1 }));
    await expect(train(await table(alone), { target: 'ill', by: 'clinic' })).rejects.toMatchObject({
      code: 'ERR_SHAPE',
      message: 'the column "clinic" has only 1 group for 2 folds; leave out by',
    });
  });
});

describe('as many folds as there can be', () => {
  const quick = { hidden: [], warnings: false };

  test('two groups are held out in turn', async () => {
    const pair = patients(10).map((visit, row) => ({ ...visit, clinic: row % 2 }));
    const { heldOut } = await train(await table(pair), { target: 'ill', by: 'clinic', ...quick });
    expect(heldOut.predicted.truths).toHaveLength(100);
    const { folds } = await crossValidate(await table(pair), { target: 'ill', by: 'clinic', folds: 2, hidden: [] });
    expect(folds.map(({ rows }) => rows)).toEqual([50, 50]);
  });

  test('a gap leaves fewer folds, in which all models have rows to learn from', async () => {
    const weeks = Array.from({ length: 200 }, (_, row) => ({ week: row % 20, x: Math.sin(row), y: Math.sin(row) }));
    const { heldOut } = await train(await table(weeks), { target: 'y', time: 'week', gap: 2, ...quick });
    expect(new Set(heldOut.predicted.models).size).toBeLessThan(8);
    const many = crossValidate(await table(weeks), { target: 'y', time: 'week', gap: 2, folds: 8, hidden: [] });
    await expect(many).rejects.toThrow('use fewer folds or choose a smaller gap');
  });
});
