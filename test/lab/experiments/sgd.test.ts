import type { Check } from '../../../lib/lab/check';
import { batchSizes } from '../../../lib/lab/sgd/batch_sizes';
import { fittedLaw, tradeOff } from '../../../lib/lab/sgd/critical_batch';
import { type DigitTask, digitTask, digitTrainer, show } from '../../../lib/lab/sgd/digit_classifier';
import { samplingOrders } from '../../../lib/lab/sgd/sampling_orders';
import { unlearning } from '../../../lib/lab/sgd/unlearning';
import { Trial } from '../../../lib/lab/trial';
import { Random } from '../../../lib/numbers/random';

const silent = new Trial();
const measured = (checks: readonly Check[]) => checks.map(({ measured }) => measured);
const failing = (checks: readonly Check[]) => checks.filter(({ holds }) => !holds).map(({ claim }) => claim);

let task: DigitTask;
beforeAll(async () => {
  task = await digitTask(20, 10, new Random(1));
});
afterAll(() => task.dispose());

describe('digits', () => {
  test('are trained in pieces to the same bits as in one pass', async () => {
    const order = new Random(2).permutation(task.training.rows);
    const whole = digitTrainer(5, 0.1, 3);
    await show(whole, task.training, order, 4);
    const parts = digitTrainer(5, 0.1, 3);
    for (let at = 0; at < order.length; at += 12) await show(parts, task.training, order.subarray(at, at + 12), 4);
    expect(parts.steps).toBe(whole.steps);
    expect(parts.model.parameters).toEqual(whole.model.parameters);
  });

  test('held out are not among the training digits', () => {
    const { training, heldOut } = task;
    const seen = new Set(training.rowNumbers);
    expect(training.rows).toBe(200);
    expect(heldOut.map(({ rows }) => rows)).toEqual(Array(10).fill(10));
    expect(heldOut.flatMap(({ rowNumbers }) => [...rowNumbers]).filter((row) => seen.has(row))).toEqual([]);
  });
});

describe('sampling orders', () => {
  const checks = async (options: { examples?: number; passes?: number; runs?: number; seed?: number }) => {
    const { examples = 20, passes = 20, runs = 3, seed = 1 } = options;
    return measured((await samplingOrders(1, { examples, passes, runs, random: new Random(seed) }).run(silent)).checks);
  };

  test('give the same numbers when repeated', async () => expect(await checks({})).toEqual(await checks({})));

  test.each([{ examples: 25 }, { passes: 25 }, { runs: 4 }, { seed: 2 }])('heed %p', async (options) => {
    const [before, after] = [await checks({}), await checks(options)];
    for (const [i, value] of after.entries()) expect(value).not.toBe(before[i]);
  });

  test('differ most if examples are sorted', async () => {
    const { figures } = await samplingOrders(1, { examples: 20, passes: 20, runs: 3, random: new Random(1) }).run(
      silent,
    );
    const last = new Map(
      figures[0]!.marks.flatMap((mark) =>
        mark.kind === 'line' && mark.color !== 'gray' ? [[mark.name, mark.points.at(-1)![1]] as const] : [],
      ),
    );
    const order = [...last].sort(([, a], [, b]) => a - b).map(([name]) => name);
    expect(order).toEqual([
      'a new random order for each pass',
      'one random order for all passes',
      expect.stringContaining('sorted'),
      'with replacement',
    ]);
  });
});

describe('unlearning', () => {
  const checks = async (options: { hidden?: number; learningRate?: number; seed?: number }) => {
    const { hidden = 5, learningRate = 0.2, seed = 1 } = options;
    return (await unlearning(1, { task, hidden, learningRate, random: new Random(seed) }).run(silent)).checks;
  };

  test('is not found if nothing was learned', async () => {
    expect(failing(await checks({ learningRate: 1e-5 }))).toContainEqual(expect.stringContaining('sorted:'));
  });

  test.each([{ hidden: 6 }, { learningRate: 0.3 }, { seed: 2 }])('heeds %p', async (options) => {
    const [before, after] = [measured(await checks({})), measured(await checks(options))];
    for (const [i, value] of after.entries()) expect(value).not.toBe(before[i]);
  });
});

describe('the law of batch sizes', () => {
  const sizes = [1, 2, 4, 8, 16, 32, 64];

  test('is fitted to costs that follow it', () => {
    const { critical, least, deviation } = fittedLaw(
      sizes.map((k) => [k, 300 * (1 + k / 8)]),
      tradeOff,
    );
    expect(critical).toBe(8);
    expect(least).toBeCloseTo(300, 9);
    expect(deviation).toBeLessThan(1e-12);
  });

  test('has no fit if a size does not reach the target', () => {
    const { critical, deviation } = fittedLaw(
      sizes.map((k) => [k, k < 64 ? 300 : Infinity]),
      tradeOff,
    );
    expect(critical).toBeNaN();
    expect(deviation).toBe(Infinity);
  });
});

describe('batch sizes', () => {
  interface Options {
    hidden?: number;
    target?: number;
    largest?: number;
    trials?: number;
    seed?: number;
  }
  const outcome = ({ hidden = 5, target = 1, largest = 8, trials = 1, seed = 1 }: Options) =>
    batchSizes(1, { training: task.training, hidden, target, largest, trials, random: new Random(seed) }).run(silent);
  const checks = async (options: Options) => (await outcome(options)).checks;

  test('fail all checks if none reaches the target, and no sentence states a number for them', async () => {
    const { checks, findings } = await outcome({ target: 1e-9, largest: 2 });
    expect(failing(checks)).toHaveLength(4);
    expect(findings.join(' ')).toContain('is not reached with k = 1, 2');
    expect(findings.join(' ')).not.toMatch(/∞|NaN/);
  });

  test('take at least one step', async () => {
    const { figures } = await outcome({ target: 2.29, largest: 64 });
    const steps = figures[0]!.marks.flatMap((mark) =>
      mark.kind === 'line' && mark.name === 'steps' ? mark.points.map(([, count]) => count) : [],
    );
    expect(steps).toHaveLength(7);
    expect(Math.min(...steps)).toBe(1);
  });

  test.each([{ hidden: 6 }, { target: 0.7 }, { largest: 16 }, { trials: 3 }, { seed: 2 }])(
    'heed %p',
    async (options) => {
      expect(measured(await checks(options))).not.toEqual(measured(await checks({})));
    },
  );
});
