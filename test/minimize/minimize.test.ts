import type { FloatArray } from '../../lib/addon';
import { type MinimizeReport, minimize } from '../../lib/minimize/minimize';
import { adam } from '../../lib/optimizers/adam';
import { gradientDescent } from '../../lib/optimizers/gradient_descent';
import { lbfgs } from '../../lib/optimizers/lbfgs';
import { muon } from '../../lib/optimizers/muon';
import { sgd } from '../../lib/optimizers/sgd';
import { exponential } from '../../lib/schedules/exponential';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import { expectSameBits } from '../support/bits';
import { floatClass, range } from '../support/numbers';
import { distanceTo, ofOne, quadratic, rosenbrock, watched } from '../support/objectives';

const parabola = ofOne(
  (x) => (x - 3) ** 2,
  (x) => 2 * (x - 3),
);

describe('minimize', () => {
  test('finds the minimum of a function with its defaults', () => {
    const { theta, loss, gradientNorm, status } = minimize(rosenbrock, [-1.2, 1]);
    expect(status).toBe('converged');
    expect(distanceTo(theta, [1, 1])).toBeLessThan(1e-8);
    expect(loss).toBeLessThan(1e-16);
    expect(gradientNorm).toBeLessThanOrEqual(1e-8);
  });

  test.each(['float32', 'float64'] as const)('runs in the type of the start, %s, which does not change', (type) => {
    const Type = floatClass[type];
    const start = Type.of(-1.2, 1);
    const { objective, thetas } = watched(rosenbrock);
    const { theta, gradient, gradientNorm, status } = minimize(objective, start);
    expect(status).toBe('converged');
    for (const array of [theta, gradient, ...thetas]) expect(array).toBeInstanceOf(Type);
    expectSameBits(start, Type.of(-1.2, 1));
    expectSameBits(thetas[0]!, start);
    expect(gradientNorm).toBeLessThanOrEqual(type === 'float32' ? 1e-4 : 1e-8);
  });

  test('accepts numbers as a Float64Array', () => {
    const ends = [[-1.2, 1], Float64Array.of(-1.2, 1)].map((start) => minimize(rosenbrock, start));
    expectSameBits(ends[0]!.theta, ends[1]!.theta);
    expect(ends[0]!.theta).toBeInstanceOf(Float64Array);
  });

  test('accepts returned gradients as well as written ones', () => {
    const returning = (theta: FloatArray) => {
      const gradient = [0, 0];
      return { loss: rosenbrock(theta, gradient as unknown as FloatArray) as number, gradient };
    };
    const [written, returned] = [rosenbrock, returning].map((objective) => minimize(objective, [-1.2, 1]));
    expectSameBits(returned!.theta, written!.theta);
    expect(returned!.evaluations).toBe(written!.evaluations);
  });

  test('accepts an object with the gradient array that it was given', () => {
    const { theta } = minimize(
      (theta, gradient) => ({ loss: rosenbrock(theta, gradient) as number, gradient }),
      [-1.2, 1],
    );
    expectSameBits(theta, minimize(rosenbrock, [-1.2, 1]).theta);
  });

  test('starts a problem at its start, in float64, or at the given one', () => {
    const problem = { ...quadratic([1, 2]), start: Float32Array.of(1, 1) };
    const thetas = [{}, { start: [3, 4] }, { start: Float32Array.of(5, 6) }].map(
      (options) => minimize(problem, { ...options, maxSteps: 0 }).theta,
    );
    expect(thetas).toEqual([Float64Array.of(1, 1), Float64Array.of(3, 4), Float32Array.of(5, 6)]);
  });

  test('uses the shape of a problem for rules that work on matrices', () => {
    const problem = quadratic([1, 2, 3, 4, 5, 6]);
    const rule = muon({ learningRate: 0.1 });
    const whole = minimize({ ...problem, shape: [2, 3] }, { rule, maxSteps: 3 }).theta;
    const flat = minimize({ ...problem, shape: [3, 2] }, { rule, maxSteps: 3 }).theta;
    expect(distanceTo(whole, flat)).toBeGreaterThan(1e-3);
  });

  test('counts every call of the objective', () => {
    for (const rule of [lbfgs(), gradientDescent({ lineSearch: 'armijo' }), adam({ learningRate: 0.1 })]) {
      const { objective, thetas } = watched(rosenbrock);
      expect(minimize(objective, [-1.2, 1], { rule, maxSteps: 20 }).evaluations).toBe(thetas.length);
    }
  });

  test('counts steps for schedules', () => {
    const rate = exponential({ from: 0.2, factor: 0.5 });
    let expected = 1;
    for (const t of range(5)) expected -= rate(t) * 2 * (expected - 3);
    for (const rule of [sgd({ learningRate: rate }), gradientDescent({ learningRate: rate })])
      expect(minimize(parabola, [1], { rule, maxSteps: 5 }).theta[0]).toBeCloseTo(expected, 14);
  });
});

describe('a run of minimize ends', () => {
  const rule = gradientDescent({ learningRate: 0.1 });

  test('when the gradient is as small as the tolerance, and not before', () => {
    const { trajectory, gradientNorm, status } = minimize(parabola, [0], { rule, tolerance: 1e-3, trajectory: true });
    expect(status).toBe('converged');
    expect(gradientNorm).toBeLessThanOrEqual(1e-3);
    expect(Math.min(...trajectory!.gradientNorms.slice(0, -1))).toBeGreaterThan(1e-3);
  });

  test('at once if the start is a minimum', () => {
    const { steps, evaluations, status } = minimize(parabola, [3], { rule, tolerance: 0 });
    expect({ steps, evaluations, status }).toEqual({ steps: 0, evaluations: 1, status: 'converged' });
  });

  test('when a step is as short as the step tolerance, and not before', () => {
    const { trajectory, status } = minimize(parabola, [0], { rule, stepTolerance: 1e-3, trajectory: true });
    expect(status).toBe('converged');
    const lengths = trajectory!.thetas.slice(1).map((theta, t) => Math.abs(theta[0]! - trajectory!.thetas[t]![0]!));
    expect(lengths.at(-1)).toBeLessThanOrEqual(1e-3);
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThan(1e-3);
  });

  test('not when a schedule pauses it', () => {
    const warmup = piecewiseSchedule({ boundaries: [5], values: [0, 0.1] });
    expect(minimize(parabola, [0], { rule: sgd({ learningRate: warmup }) }).theta[0]).toBeCloseTo(3, 7);
  });

  test('after maxSteps', () => {
    const { steps, status, trajectory } = minimize(parabola, [0], { rule, maxSteps: 7, trajectory: true });
    expect({ steps, status }).toEqual({ steps: 7, status: 'maxSteps' });
    expect(trajectory!.losses).toHaveLength(8);
    expect(minimize(parabola, [0], { rule: gradientDescent({ learningRate: 1e-9 }) }).steps).toBe(1000);
  });

  test('after maxSeconds', () => {
    const { steps, status, seconds } = minimize(parabola, [0], {
      rule: gradientDescent({ learningRate: 1e-9 }),
      maxSteps: Number.MAX_SAFE_INTEGER,
      maxSeconds: 0.01,
    });
    expect(status).toBe('maxSeconds');
    expect(steps).toBeGreaterThan(0);
    expect(seconds).toBeGreaterThan(0.01);
  });

  test('when onStep returns false, and for no other value', () => {
    const { steps, status } = minimize(parabola, [0], { rule, onStep: ({ step }) => (step === 4 ? false : undefined) });
    expect({ steps, status }).toEqual({ steps: 4, status: 'stopped' });
    expect(minimize(parabola, [0], { rule, maxSteps: 3, onStep: () => 0 }).status).toBe('maxSteps');
  });

  test('possibly before onStep can stop it', () => {
    expect(minimize(parabola, [3], { onStep: () => false }).status).toBe('converged');
  });
});

describe('minimize reports', () => {
  test('its state to onStep, from the start on', () => {
    const reports: MinimizeReport[] = [];
    const { theta, loss, gradientNorm, evaluations, trajectory } = minimize(rosenbrock, [-1.2, 1], {
      maxSteps: 5,
      trajectory: true,
      onStep: (report) => reports.push(report),
    });
    expect(reports.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(reports[0]).toMatchObject({ theta: Float64Array.of(-1.2, 1), loss: 24.199999999999996, evaluations: 1 });
    expect(reports[5]).toMatchObject({ theta, loss, gradientNorm, evaluations });
    expect(trajectory).toEqual({
      thetas: reports.map(({ theta }) => theta),
      losses: reports.map(({ loss }) => loss),
      gradientNorms: reports.map(({ gradientNorm }) => gradientNorm),
      evaluations: reports.map(({ evaluations }) => evaluations),
      seconds: reports.map(({ seconds }) => seconds),
    });
    for (const t of range(5)) {
      expect(reports[t + 1]!.evaluations).toBeGreaterThan(reports[t]!.evaluations);
      expect(reports[t + 1]!.seconds).toBeGreaterThanOrEqual(reports[t]!.seconds);
    }
  });

  test('the loss and the gradient at its θ', () => {
    const gradient = new Float64Array(2);
    for (const rule of [lbfgs(), adam(), gradientDescent({ lineSearch: 'wolfe' })]) {
      const end = minimize(rosenbrock, [-1.2, 1], { rule, maxSteps: 10 });
      expect(rosenbrock(end.theta, gradient)).toBe(end.loss);
      expectSameBits(end.gradient, gradient);
      expect(end.gradientNorm).toBeCloseTo(Math.hypot(...gradient), 12);
    }
  });

  test('a trajectory on request only', () => {
    expect(minimize(parabola, [0])).not.toHaveProperty('trajectory');
  });
});
