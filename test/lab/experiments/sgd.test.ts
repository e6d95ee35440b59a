import { Random, runExperiment } from '../../../lib/lab';
import { digitTask, digitTrainer, show } from '../../../lib/lab/sgd/digit_classifier';

const measured = async (settings: Record<string, number> = {}) => {
  const { checks } = await runExperiment('sgd', { size: 'small', settings });
  return checks.map(({ measured }) => measured);
};

const failing = async (settings: Record<string, number>) =>
  (await runExperiment('sgd', { size: 'small', settings })).checks
    .filter(({ holds }) => !holds)
    .map(({ claim }) => claim);

describe('sgd', () => {
  test('shows digits in stretches as in one pass, to the same bits', async () => {
    const task = await digitTask(6, 2, new Random(1));
    const order = new Random(2).permutation(task.training.rows);
    const whole = digitTrainer(5, 0.1, 3);
    await show(whole, task.training, order, 4);
    const parts = digitTrainer(5, 0.1, 3);
    for (let at = 0; at < order.length; at += 12) await show(parts, task.training, order.subarray(at, at + 12), 4);
    expect(parts.steps).toBe(whole.steps);
    expect(parts.model.parameters).toEqual(whole.model.parameters);
    task.dispose();
  });

  test('holds out other digits than it trains on, each of its kind', async () => {
    const { training, heldOut, dispose } = await digitTask(20, 30, new Random(1));
    const seen = new Set(training.rowNumbers);
    expect(training.rows).toBe(200);
    expect(heldOut.map(({ rows }) => rows)).toEqual(Array(10).fill(30));
    expect(heldOut.flatMap(({ rowNumbers }) => [...rowNumbers]).filter((row) => seen.has(row))).toEqual([]);
    dispose();
  });

  test('comes to the same numbers again, but for times', async () => {
    expect(await measured()).toEqual(await measured());
  });

  test('finds nothing unlearned where nothing was learned', async () => {
    expect(await failing({ sortedRate: 1e-5 })).toContainEqual(expect.stringContaining('sorted'));
  });

  test('finds no critical size among small ones', async () => {
    expect(await failing({ largestBatch: 8 })).toContainEqual(expect.stringContaining('k = 8 needs so many times the'));
  });

  test('does not call a target reached that is not', async () => {
    const settings = { target: 1e-9, digitsEach: 10, largestBatch: 8, trials: 1 };
    const claims = await failing(settings);
    expect(claims.filter((claim) => claim.includes('k = '))).toHaveLength(3);
  });
});

describe('the measures of sgd', () => {
  let before: number[];
  beforeAll(async () => {
    before = await measured();
  });

  test.each([
    ['examples', 60, 'replacement'],
    ['passes', 80, 'replacement'],
    ['orders', 20, 'replacement'],
    ['digitsEach', 110, 'digits'],
    ['sortedRate', 0.05, 'sorted'],
    ['hidden', 20, 'digits'],
    ['target', 0.4, 'sizes'],
    ['trials', 1, 'sizes'],
    ['largestBatch', 128, 'sizes'],
    ['seed', 2, 'all'],
  ] as const)('heed %s = %p', async (key, value, what) => {
    const after = await measured({ [key]: value });
    const changed = after.map((number, i) => number !== before[i]!);
    const [orders, unlearning, sizes] = [changed.slice(0, 3), changed.slice(3, 5), changed.slice(5)];
    if (what === 'replacement' || what === 'all') expect(orders).toEqual([true, true, true]);
    if (what === 'sorted' || what === 'digits' || what === 'all') expect(unlearning).toEqual([true, true]);
    if (what === 'sizes' || what === 'digits' || what === 'all') expect(sizes).toContain(true);
  });
});
