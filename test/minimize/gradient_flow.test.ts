import { Dataset } from '../../lib/data/dataset';
import { type GradientFlowOptions, gradientFlow } from '../../lib/minimize/gradient_flow';
import { minimize } from '../../lib/minimize/minimize';
import type { Objective } from '../../lib/minimize/problem';
import { gradientDescent } from '../../lib/optimizers/gradient_descent';
import { sgd } from '../../lib/optimizers/sgd';
import { linear } from '../../lib/training/linear';
import { expectSameBits } from '../support/bits';
import { floatClass, range } from '../support/numbers';
import { distanceTo, landscape, ofOne, quadratic, rosenbrock, watched } from '../support/objectives';
import { endless } from '../support/progress';
import { expectRefusal } from '../support/refusals';

const eigenvalues = [0.5, 1, 3];
const problem = quadratic(eigenvalues, [1, -2, 3]);
/** θ_i e^{−λt}. */
const exactly = (time: number) => eigenvalues.map((eigenvalue, i) => problem.start[i]! * Math.exp(-eigenvalue * time));

/** θ̇ = −θ³/2 from 1: θ = 1/√(1 + t). */
const quartic = ofOne(
  (x) => x ** 4 / 8,
  (x) => x ** 3 / 2,
);
const quarticAt = (time: number) => 1 / Math.sqrt(1 + time);

/** The orders p of errors ∝ hᵖ, from each step size h to the next. */
const ordersOf = (errors: readonly number[], ratio = 2) =>
  errors.slice(1).map((error, i) => Math.log(errors[i]! / error) / Math.log(ratio));

describe('gradientFlow', () => {
  test('follows the closed form on a quadratic', () => {
    const { times, thetas, losses, at } = gradientFlow(problem, {
      time: 4,
      tolerance: { relative: 1e-10, absolute: 1e-12 },
    });
    expect(times[0]).toBe(0);
    expect(times.at(-1)).toBe(4);
    for (const [i, time] of times.entries()) {
      expect(distanceTo(thetas[i]!, exactly(time))).toBeLessThan(1e-9);
      expect(losses[i]).toBeCloseTo(
        eigenvalues.reduce((sum, eigenvalue, k) => sum + (eigenvalue * exactly(time)[k]! ** 2) / 2, 0),
        8,
      );
    }
    for (const i of range(101)) expect(distanceTo(at(i / 25), exactly(i / 25))).toBeLessThan(1e-8);
  });

  test('is as accurate as the tolerance', () => {
    const errors = [1e-4, 1e-6, 1e-8, 1e-10].map((relative) => {
      const flow = gradientFlow(quartic, [1], { time: 5, tolerance: { relative, absolute: relative / 100 } });
      const error = Math.abs(flow.thetas.at(-1)![0]! - quarticAt(5));
      expect(error).toBeLessThan(relative);
      return error;
    });
    for (const i of range(3)) expect(errors[i + 1]).toBeLessThan(errors[i]! / 10);
  });

  test('has separate absolute and relative tolerances', () => {
    const steps = (options: GradientFlowOptions['tolerance']) =>
      gradientFlow(problem, { time: 10, tolerance: options }).times.length;
    expect(steps({ relative: 1e-10 })).toBeGreaterThan(1.5 * steps({}));
    expect(steps({ relative: 0, absolute: 1e-12 })).toBeGreaterThan(1.5 * steps({ relative: 0, absolute: 1e-9 }));
  });

  test('takes steps of order 5', () => {
    const errors = [4, 8, 16, 32].map((steps) => {
      const { thetas, times } = gradientFlow(quartic, [1], { time: 4, stepSize: 4 / steps });
      expect(times).toHaveLength(steps + 1);
      return Math.abs(thetas.at(-1)![0]! - quarticAt(4));
    });
    for (const order of ordersOf(errors)) expect(order).toBeGreaterThan(4.6);
  });

  test('interpolates with order 4, which has an error of order 5 for a single step', () => {
    const errors = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16].map((stepSize) => {
      const { at } = gradientFlow(quadratic([1]), { time: stepSize, stepSize });
      return Math.max(...range(20).map((i) => Math.abs(at((i / 20) * stepSize)[0]! - Math.exp((-i / 20) * stepSize))));
    });
    const orders = ordersOf(errors);
    for (const order of orders) expect(order).toBeGreaterThan(5);
    expect(orders.at(-1)).toBeLessThan(5.15);
  });

  test('interpolates the ends of its steps smoothly', () => {
    const { times, thetas, at } = gradientFlow(problem, { time: 3, stepSize: 0.25 });
    for (const [i, time] of times.entries()) expect(distanceTo(at(time), thetas[i]!)).toBeLessThan(1e-15);
    // The slope on either side is −∇R.
    const h = 1e-5;
    for (const time of times.slice(1, -1))
      for (const [from, to] of [
        [time - h, time],
        [time, time + h],
      ] as const)
        for (const [i, eigenvalue] of eigenvalues.entries())
          expect((at(to)[i]! - at(from)[i]!) / h).toBeCloseTo(-eigenvalue * at(time)[i]!, 3);
  });

  test('needs six evaluations per step, and reuses the last one', () => {
    const { objective, thetas } = watched(problem.objective);
    const { evaluations, times, rejected } = gradientFlow(objective, [1, -2, 3], { time: 1, stepSize: 0.1 });
    expect({ evaluations, steps: times.length - 1, rejected }).toEqual({ evaluations: 61, steps: 10, rejected: 0 });
    expect(thetas).toHaveLength(61);
    const adaptive = gradientFlow(rosenbrock, [-1.2, 1], { time: 1 });
    expect(adaptive.evaluations).toBe(2 + 6 * (adaptive.times.length - 1 + adaptive.rejected));
  });

  test('rejects steps with too large an error', () => {
    // The function is nearly straight up to a steep wall.
    const wall = ofOne(
      (x) => -x + Math.exp(50 * (x - 2)) / 50,
      (x) => -1 + Math.exp(50 * (x - 2)),
    );
    const { rejected, thetas } = gradientFlow(wall, [0], { time: 5 });
    expect(rejected).toBeGreaterThan(0);
    expect(thetas.at(-1)![0]).toBeCloseTo(2, 5);
  });

  test('hardly ever rejects steps if only stability limits their size', () => {
    const { rejected, times } = gradientFlow(quadratic([1, 100]), { time: 5 });
    expect(times.length).toBeGreaterThan(100);
    expect(rejected).toBeLessThan(times.length / 50);
  });

  test('begins with a short step if the objective is not finite nearby', () => {
    const edge = ofOne(
      (x) => (x < 100.5 ? (x - 100.1) ** 2 / 2 : NaN),
      (x) => (x < 100.5 ? x - 100.1 : NaN),
    );
    expect(gradientFlow(edge, [100], { time: 20 }).thetas.at(-1)![0]).toBeCloseTo(100.1, 3);
  });

  test('loses energy along the path, at the rate ‖∇R‖²', () => {
    for (const seed of range(5)) {
      const objective = landscape(3, 5, seed);
      const gradient = new Float64Array(3);
      const energy = (theta: Float64Array | Float32Array) => objective(theta, gradient) as number;
      const flow = gradientFlow(objective, [1, 2, -1], { time: 5, tolerance: { relative: 1e-9 } });
      for (const i of range(flow.losses.length - 1))
        expect(flow.losses[i + 1]).toBeLessThanOrEqual(flow.losses[i]! + 1e-9);
      const h = 1e-4;
      for (const time of [0.5, 1, 2]) {
        const slope = (energy(flow.at(time + h)) - energy(flow.at(time - h))) / (2 * h);
        energy(flow.at(time));
        expect(slope).toBeCloseTo(-gradient.reduce((sum, g) => sum + g * g, 0), 3);
      }
    }
  });

  test('rests at a minimum', () => {
    const { thetas, times } = gradientFlow(problem, { start: [0, 0, 0], time: 1e6 });
    expect(thetas.at(-1)).toEqual(new Float64Array(3));
    expect(times.length).toBeLessThan(30);
  });

  test('runs in the type of the start', () => {
    for (const type of ['float32', 'float64'] as const) {
      const start = floatClass[type].of(1, -2, 3);
      const { thetas, at } = gradientFlow(problem.objective, start, { time: 2 });
      for (const theta of [...thetas, at(0.3)]) expect(theta).toBeInstanceOf(floatClass[type]);
      expect(distanceTo(at(2), exactly(2))).toBeLessThan(type === 'float32' ? 1e-3 : 1e-6);
      expectSameBits(start, floatClass[type].of(1, -2, 3));
    }
  });

  test('leaves the model at the end of the flow', () => {
    const model = linear({ inputs: 2, type: 'float64' });
    const data = new Dataset({ inputs: [[1, 2], [3, 4], [5, 7]], targets: [1, 2, 0] }); // biome-ignore format: one line
    const { thetas, losses } = gradientFlow({ model, data, loss: 'squared' }, { time: 0.5 });
    expectSameBits(model.parameters, thetas.at(-1)!);
    expect(model.evaluate(data, { loss: 'squared' }).loss).toBeCloseTo(losses.at(-1)!, 12);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });

  test('refuses a model that is being trained', async () => {
    const model = linear({ inputs: 1 });
    const data = new Dataset({ inputs: [[1], [2]], targets: [1, 2] });
    const run = model.fit(endless(data), { loss: 'squared', optimizer: sgd({ learningRate: 1e-3 }) });
    expectRefusal(() => gradientFlow({ model, data, loss: 'squared' }, { time: 1 }), 'ERR_BUSY');
    run.stop();
    await run;
  });
});

describe("Euler's method", () => {
  const euler = (stepSize: number, time = 2) => gradientFlow(problem, { method: 'euler', stepSize, time });

  test('is gradient descent, bit for bit', () => {
    const { thetas, times, losses, evaluations } = gradientFlow(rosenbrock, [-1.2, 1], {
      method: 'euler',
      stepSize: 1e-3,
      time: 0.3,
    });
    const rule = gradientDescent({ learningRate: 1e-3 });
    const { trajectory } = minimize(rosenbrock, [-1.2, 1], { rule, maxSteps: 300, trajectory: true });
    expect(thetas).toHaveLength(301);
    for (const [i, theta] of thetas.entries()) expectSameBits(theta, trajectory!.thetas[i]!);
    expect(losses).toEqual(trajectory!.losses);
    expect(evaluations).toBe(301);
    for (const [i, time] of times.entries()) expect(time).toBeCloseTo(i / 1000, 12);
  });

  test('is gradient descent if rounding extends the steps a little beyond the time', () => {
    const { thetas } = euler(0.1, 0.3); // 3 · 0.1 > 0.3
    const { theta } = minimize(problem, { rule: gradientDescent({ learningRate: 0.1 }), maxSteps: 3 });
    expectSameBits(thetas.at(-1)!, theta);
  });

  test('has an error of O(η)', () => {
    const errors = [0.1, 0.05, 0.025, 0.0125].map((stepSize) => distanceTo(euler(stepSize).thetas.at(-1)!, exactly(2)));
    for (const order of ordersOf(errors)) expect(order).toBeCloseTo(1, 0);
    expect(ordersOf(errors).at(-1)).toBeCloseTo(1, 1);
  });

  test('interpolates linearly', () => {
    const { at, thetas } = euler(0.5);
    for (const share of [0, 0.25, 0.75, 1])
      for (const i of range(3))
        expect(at(0.5 + share * 0.5)[i]).toBeCloseTo((1 - share) * thetas[1]![i]! + share * thetas[2]![i]!, 14);
  });

  test('ends with a shorter step if the time is not a multiple of the step size', () => {
    const { times, thetas } = euler(0.3, 1);
    expect(times).toHaveLength(5);
    expect(times.at(-1)).toBe(1);
    for (const [i, eigenvalue] of eigenvalues.entries())
      expect(thetas.at(-1)![i]).toBeCloseTo(thetas[3]![i]! * (1 - 0.1 * eigenvalue), 14);
  });

  test('takes the right number of steps, whatever the rounding', () => {
    for (const [stepSize, time, steps] of [
      [0.1, 0.3, 3],
      [0.1, 0.7, 7],
      [1 / 3, 1, 3],
      [0.07, 0.7, 10],
      [0.3, 2.7, 9],
      [2, 1, 1],
    ] as const)
      expect(euler(stepSize, time).times).toHaveLength(steps + 1);
  });
});

describe('gradientFlow refuses', () => {
  const loose = gradientFlow as (...given: unknown[]) => unknown;

  test.each([
    [{}, 'ERR_INVALID_ARGUMENT', 'time'],
    [{ time: 0 }, 'ERR_OUT_OF_RANGE', 'time'],
    [{ time: Infinity }, 'ERR_OUT_OF_RANGE', 'time'],
    [{ time: 1, method: 'Euler', stepSize: 1 }, 'ERR_INVALID_ARGUMENT', '"euler"'],
    [{ time: 1, method: 'euler' }, 'ERR_INVALID_ARGUMENT', 'stepSize'],
    [{ time: 1, stepSize: 0 }, 'ERR_OUT_OF_RANGE', 'stepSize'],
    [{ time: 1, stepSize: 1, tolerance: {} }, 'ERR_INVALID_ARGUMENT', 'tolerance'],
    [{ time: 1, tolerance: 1e-3 }, 'ERR_INVALID_ARGUMENT', 'tolerance'],
    [{ time: 1, tolerance: { relative: -1 } }, 'ERR_OUT_OF_RANGE', 'tolerance.relative'],
    [{ time: 1, tolerance: { absolute: 0 } }, 'ERR_OUT_OF_RANGE', 'tolerance.absolute'],
    [{ time: 1, tolerance: { relativ: 1 } }, 'ERR_INVALID_ARGUMENT', '"relative"'],
    [{ time: 1, maxSteps: 0 }, 'ERR_OUT_OF_RANGE', 'maxSteps'],
    [{ time: 1, steps: 5 }, 'ERR_INVALID_ARGUMENT', 'steps'],
  ] as const)('%p', (options, code, name) => {
    expectRefusal(() => loose(problem, options), code, name);
  });

  test('the objectives, starts and gradients that minimize refuses', () => {
    expectRefusal(() => gradientFlow(() => 1, [1], { time: 1 }), 'ERR_INVALID_ARGUMENT', '{ loss, gradient }');
    expectRefusal(() => gradientFlow(rosenbrock, [NaN, 1], { time: 1 }), 'ERR_NON_FINITE', 'start[0]');
    expectRefusal(() => gradientFlow(() => ({ loss: 1, gradient: [1] }), [1, 2], { time: 1 }), 'ERR_SHAPE', '1', '2');
    expectRefusal(() => loose(undefined, { time: 1 }), 'ERR_INVALID_ARGUMENT', 'gradientFlow');
  });

  test.each([-1e-9, 1.0001, NaN])('times outside the path: %d', (time) => {
    expectRefusal(() => gradientFlow(problem, { time: 1 }).at(time), 'ERR_OUT_OF_RANGE', 'from 0 to 1');
  });

  test('changes through the points that it returns', () => {
    const { at } = gradientFlow(problem, { time: 1 });
    at(1).fill(0);
    at(0.5).fill(0);
    expect(at(1)[0]).not.toBe(0);
    expect(at(0.5)[0]).not.toBe(0);
  });

  test('a stiff flow that needs more than maxSteps', () => {
    const stiff = quadratic([1, 1e6]);
    expectRefusal(
      () => gradientFlow(stiff, { time: 10, maxSteps: 1000 }),
      'ERR_OUT_OF_RANGE',
      'maxSteps',
      '1000',
      'stiff',
    );
    const euler = { time: 10, method: 'euler', stepSize: 1e-6, maxSteps: 1000 } as const;
    expectRefusal(() => gradientFlow(stiff, euler), 'ERR_OUT_OF_RANGE', 'maxSteps', '1000');
  });

  // θ̇ = θ²: infinite at t = 1.
  const runaway = ofOne(
    (x) => -(x ** 3) / 3,
    (x) => -(x ** 2),
  );

  test.each(['euler', 'rungeKutta'] as const)('a flow that overflows with a fixed step size, by %s', (method) => {
    expectRefusal(() => gradientFlow(runaway, [1], { method, stepSize: 0.1, time: 50 }), 'ERR_NON_FINITE', 'time');
  });

  test('a flow that diverges in finite time', () => {
    expectRefusal(() => gradientFlow(runaway, [1], { time: 50 }), 'ERR_OUT_OF_RANGE', 'after time', 'short');
  });

  test('a flow that reaches a point with a non-finite objective', () => {
    const edge = ofOne(
      (x) => (x < 2 ? -x : NaN),
      () => -1,
    );
    expectRefusal(() => gradientFlow(edge, [0], { time: 50 }), 'ERR_NON_FINITE', 'after time 1.99999');
    expect(gradientFlow(edge, [0], { time: 1.9 }).thetas.at(-1)![0]).toBeCloseTo(1.9, 12);
  });

  test('Euler with steps beyond 2/L', () => {
    const options = { time: 1000, method: 'euler', stepSize: 0.7 } as const;
    expectRefusal(() => gradientFlow(quadratic([1, 3]), { ...options, time: 1e4 }), 'ERR_NON_FINITE', 'steps of 0.7');
  });

  test('a noisy gradient, for which no step is short enough', () => {
    let call = 0;
    const noise: Objective = ([x = 0], gradient) => {
      gradient[0] = x < 1 ? -1 : ++call % 2 ? 1e20 : -1e20;
      return 0;
    };
    expectRefusal(() => gradientFlow(noise, [0], { time: 2 }), 'ERR_OUT_OF_RANGE', 'short enough');
  });

  test("none of the objective's errors, which it passes on", () => {
    const mine = new Error('mine');
    let calls = 0;
    const objective: Objective = (theta, gradient) => {
      if (++calls === 9) throw mine;
      return rosenbrock(theta, gradient);
    };
    expect(() => gradientFlow(objective, [-1.2, 1], { time: 1 })).toThrow(mine);
  });
});
