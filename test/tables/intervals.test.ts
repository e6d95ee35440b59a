import '../../lib/definitions';
import { Random } from '../../lib/numbers/random';
import { boundsAt, checkErrorBounds, errorBounds } from '../../lib/tables/intervals';
import { loadTableModel, TableModel } from '../../lib/tables/table_model';
import type { Target } from '../../lib/tables/target';
import { normal, range } from '../support/numbers';
import { modelFor, people } from '../support/people';

const target: Target = { column: 'y', task: 'regression', mean: 0, deviation: 1 };
const ends = (bounds: ReturnType<typeof errorBounds>, level: number) => boundsAt('predict', target, bounds, level);

describe('bounds of errors', () => {
  test('are the errors at the places that finite samples need', () => {
    for (const count of [19, 20, 59, 199, 200, 1000, 1777]) {
      const draw = normal(count);
      const errors = Float64Array.from({ length: count }, draw);
      const sorted = [...errors].sort((a, b) => a - b);
      for (const level of [0.5, 0.8, 0.9, 0.95, 0.99]) {
        const place = Math.ceil((count + 1) * (1 - (1 - level) / 2) - 1e-9);
        if (place > count) {
          expect(() => ends(errorBounds(errors, {}), level)).toThrow(
            'is too high, because it would take more held-out rows',
          );
          continue;
        }
        const { low, high } = ends(errorBounds(errors, {}), level);
        expect(high).toBeCloseTo(sorted[place - 1]!, 4);
        expect(low).toBeCloseTo(sorted[count - place]!, 4);
        expect(high).toBeGreaterThanOrEqual(sorted[place - 1]!); // rounded outwards
        expect(low).toBeLessThanOrEqual(sorted[count - place]!);
      }
    }
  });

  test('count a row of weight 2 as two, and groups as equal', () => {
    const draw = normal(5);
    const errors = Float64Array.from({ length: 400 }, draw);
    const weights = errors.map((_, row) => (row % 2 === 0 ? 1.5 : 0.5));
    const thrice = Float64Array.from(range(400).flatMap((row) => range(row % 2 === 0 ? 3 : 1).map(() => errors[row]!)));
    const [weighted, repeated] = [ends(errorBounds(errors, { weights }), 0.8), ends(errorBounds(thrice, {}), 0.8)];
    expect(weighted.high).toBeCloseTo(repeated.high, 1);
    // A group of 100 equal errors beside 99 groups of one row: one in a hundred groups, not half of the rows.
    const groups = Float64Array.from({ length: 199 }, (_, row) => Math.max(0, row - 99));
    const large = errors.slice(0, 199).fill(50, 0, 100);
    expect(ends(errorBounds(large, { groups }), 0.9).high).toBeLessThan(5);
    expect(ends(errorBounds(large, {}), 0.9).high).toBe(50);
  });

  test('of few groups allow no high level', () => {
    const errors = Float64Array.from({ length: 100 }, normal(1));
    const groups = Float64Array.from({ length: 100 }, (_, row) => row % 10);
    expect(() => ends(errorBounds(errors, { groups }), 0.9)).toThrow('the most is 0.818');
    expect(() => ends(errorBounds(errors.slice(0, 1), {}), 0.5)).toThrow('too few held-out rows or groups for any');
    expect(() => ends(errorBounds(errors, {}), 0.9999)).toThrow('the most is 0.98');
  });

  test('cover new rows as often as they say, for any level', () => {
    for (const level of [0.5, 0.8, 0.9]) {
      let covered = 0;
      const trials = 800;
      for (let trial = 0; trial < trials; ++trial) {
        const random = new Random(trial + 1);
        const draw = () => Math.exp(2 * random.uniform()) * (random.uniform() - 0.3); // not symmetric
        const { low, high } = ends(errorBounds(Float64Array.from({ length: 39 }, draw), {}), level);
        const fresh = draw();
        if (fresh >= low && fresh <= high) covered += 1 / trials;
      }
      expect(Math.abs(covered - level)).toBeLessThan(0.035);
    }
  });

  test.each([0, 0.5, 1])(
    'cover rows of new groups as often as they say, where groups share %d of the variance',
    (share) => {
      let covered = 0;
      const trials = 150;
      for (let trial = 0; trial < trials; ++trial) {
        const draw = normal(trial + 1);
        const group = () => {
          const common = Math.sqrt(share) * draw();
          return range(5).map(() => common + Math.sqrt(1 - share) * draw());
        };
        const errors = Float64Array.from(range(39).flatMap(group));
        const { low, high } = ends(errorBounds(errors, { groups: errors.map((_, row) => Math.floor(row / 5)) }), 0.8);
        const fresh = range(20).flatMap(group);
        covered += fresh.filter((error) => error >= low && error <= high).length / fresh.length / trials;
      }
      expect(Math.abs(covered - 0.8)).toBeLessThan(0.02);
    },
  );

  test('draw the rows of a group by their weights', () => {
    const groups = Float64Array.from({ length: 400 }, (_, row) => Math.floor(row / 2));
    const errors = groups.map((group, row) => (row % 2 === 0 ? group : -1000));
    const weights = errors.map((_, row) => (row % 2 === 0 ? 1 : 0));
    const alone = errorBounds(
      errors.filter((_, row) => row % 2 === 0),
      {},
    );
    expect(errorBounds(errors, { groups, weights })).toEqual(alone);
    const few = errorBounds(
      errors,
      { groups, weights: weights.map((weight) => weight || 0.01) }, // one draw in a hundred
    );
    expect(ends(few, 0.9).low).toBeGreaterThan(-1);
    expect(ends(errorBounds(errors, { groups }), 0.9).low).toBe(-1000);
  });

  test.each([
    [{ low: [1], high: 3 }],
    [{ low: [-1, -2], high: [1, 1] }],
    [{ low: [-1], high: [1, 1] }],
    [{ low: ['a'], high: [1] }],
    [{ low: [], high: [] }],
    [3],
  ])('in a file are checked: %j', (json) => {
    expect(() => checkErrorBounds(json)).toThrow('the error bounds of the model are damaged');
  });
});

describe('a model', () => {
  const rows = people(20, 9);
  let price: TableModel;
  let plan: TableModel;
  beforeAll(async () => {
    [price, plan] = [await modelFor('price'), await modelFor('plan')];
  });

  test('predicts intervals of the level that is requested, from its file as well', async () => {
    const plain = price.predict(rows) as number[];
    const { low, high } = (price.about.report as { intervals: { low: number; high: number } }).intervals;
    const found = price.predict(rows, { interval: 0.9 });
    expect(found.map(({ prediction }) => prediction)).toEqual(plain);
    for (const [i, one] of found.entries())
      expect(one).toEqual({ prediction: plain[i], low: plain[i]! + low, high: plain[i]! + high });
    expect(price.predict(rows[0]!, { interval: 0.9 })).toEqual(found[0]);
    const narrow = price.predict(rows[0]!, { interval: 0.5 });
    expect(narrow.high - narrow.low).toBeLessThan(high - low);
    const again = await loadTableModel(price.toBytes());
    expect(again.predict(rows, { interval: 0.9 })).toEqual(found);
    const chunks: number[][] = [];
    for await (const chunk of price.predictChunks(rows, { interval: 0.9 }))
      chunks.push([...chunk.low!], [...chunk.high!]);
    expect(chunks).toEqual([found.map((one) => one.low), found.map((one) => one.high)]);
    for await (const chunk of price.predictChunks(rows)) expect(chunk.low).toBeUndefined();
  });

  test.each<[object, string]>([
    [{ interval: 1 }, 'for interval but received 1'],
    [{ interval: '0.9' }, 'for interval but received "0.9"'],
    [{ interval: 0.9, threshold: 0.5 }, 'the model predicts a number'],
    [{ interval: 0.9999 }, 'an interval of 0.9999 is too high'],
  ])('refuses %j', (options, message) => {
    expect(() => price.predict(rows, options)).toThrow(message);
  });

  test('of classes, and one that was made without train, have no intervals', () => {
    expect(() => plan.predict(rows, { interval: 0.9 })).toThrow('interval is for numbers');
    const quantiles = { ...target, quantiles: [0.1, 0.9] };
    expect(() => boundsAt('predict', quantiles, undefined, 0.9)).toThrow('the model predicts quantiles');
    const alone = new TableModel(price.network, price.pipeline);
    expect(() => alone.predict(rows, { interval: 0.9 })).toThrow('the model has no intervals');
    const wrong = () => new TableModel(price.network, price.pipeline, {}, { errorBounds: { low: [2], high: [] } });
    expect(wrong).toThrow('the error bounds of the model are damaged');
  });
});
