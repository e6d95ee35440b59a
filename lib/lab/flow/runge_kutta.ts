import type { FloatArray, GradientFlow } from '../../index.js';
import type { Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { logLogSlope } from '../slope.js';
import { largest } from '../spread.js';
import { distance } from '../vectors.js';
import type { Landscape } from './landscapes.js';

/** Equal intervals of [0, T] at whose ends paths are compared. Most of these times lie between steps. */
const moments = 200;

const looseTolerance = 'an absolute tolerance of 10⁻⁶ for all relative ones';
const classical = 'the classical Runge–Kutta method, of order 4';
const straight = 'straight lines between the steps';
const rateOff = 'dR/dt = −1.01‖∇R‖²';
const counterModels = [looseTolerance, classical, straight, rateOff];

export interface RungeKuttaSettings {
  /** Eigenvalues of the Hessian of the first landscape. */
  readonly eigenvalues: FloatArray;
  /** The first one has a closed form. */
  readonly landscapes: readonly Landscape[];
  /** T, in the unit of each landscape. */
  readonly time: number;
  readonly tolerance: number;
}

/** Measures the error of Runge–Kutta 5(4) along the flow, and tests dR/dt = −‖∇R‖². */
export const rungeKutta = part(counterModels, async (settings: RungeKuttaSettings, trial) => {
  const { eigenvalues, landscapes, time, tolerance } = settings;
  const { flow, solution, unit } = landscapes[0]!;
  const T = time * unit;
  const times = Array.from({ length: moments + 1 }, (_, i) => (T * i) / moments);
  const exact = times.map(solution);
  const errorsOf = (path: GradientFlow) => {
    const at = trial.instead(straight, path.at, interpolation(path));
    return {
      evaluations: path.evaluations,
      end: distance(path.thetas.at(-1)!, exact.at(-1)!),
      between: largest(times.map((t, i) => distance(at(t), exact[i]!))),
    };
  };
  const adaptive = [3, 4, 5, 6, 7, 8, 9, 10]
    .map((digits) => 10 ** -digits)
    .map((tolerance) => ({
      tolerance,
      ...errorsOf(
        flow({
          time: T,
          tolerance: { relative: tolerance, absolute: trial.instead(looseTolerance, tolerance, 1e-6) },
        }),
      ),
    }));
  await trial.progress(0.3);
  const fixed = [12, 24, 48, 96].map((count) => ({ count, ...errorsOf(flow({ time: T, stepSize: T / count })) }));
  const start = exact[0]!;
  const classicalEnd = (count: number) =>
    distance(
      start.map((x, i) => x * classicalFactor((eigenvalues[i]! * T) / count) ** count),
      exact.at(-1)!,
    );
  const euler = [16, 32, 64, 128, 256, 512, 1024].map((count) =>
    errorsOf(flow({ time: T, method: 'euler', stepSize: T / count })),
  );
  await trial.progress(0.6);
  const followed = landscapes.map((landscape) => ({
    name: landscape.name,
    deviation: dissipation(landscape, time, tolerance, trial.instead(rateOff, 1, 1.01)),
  }));

  const power = logLogSlope(adaptive.map(({ tolerance, end }) => [tolerance, end]));
  const orders = {
    end: logLogSlope(fixed.map(({ count, end }) => [1 / count, trial.instead(classical, end, classicalEnd(count))])),
    between: logLogSlope(fixed.map(({ count, between }) => [1 / count, between])),
  };
  const work = (errors: readonly { evaluations: number; end: number }[]) =>
    errors.map(({ evaluations, end }): Point => [evaluations, end]);
  const byTolerance = claim('Runge–Kutta on the quadratic: error at T ∝ toleranceᵖ, p').between(
    power,
    0.8,
    1.2,
    looseTolerance,
  );
  const byStep = [
    claim('with equal steps h: error at T ∝ hᵖ, p').atLeast(orders.end, 4.8, classical),
    claim('with equal steps h: largest error at any time, by dense output, ∝ hᵖ, p').atLeast(
      orders.between,
      4,
      straight,
    ),
  ];
  const falls = followed.map(({ name, deviation }) =>
    claim(`${name}: |dR/dt + ‖∇R‖²| / ‖∇R‖² along the flow, the largest`).atMost(deviation, 1e-3, rateOff),
  );
  return {
    figures: [
      {
        name: 'work',
        title: 'The cost of an exact path',
        caption:
          'Error at time T on the quadratic against e^{−Ht}θ(0), over gradients evaluated. To halve the error takes twice as many gradients by Euler, of order 1, and a seventh more by Runge–Kutta, of order 5.',
        x: { label: 'gradients evaluated', scale: 'log' },
        y: { label: '‖θ − θ(T)‖', scale: 'log' },
        marks: [
          line({ name: 'Euler', color: 'orange' }, work(euler)),
          dots({ color: 'orange' }, work(euler)),
          line({ name: 'Runge–Kutta, equal steps', color: 'teal' }, work(fixed)),
          dots({ color: 'teal' }, work(fixed)),
          line({ name: 'Runge–Kutta 5(4), tolerances 10⁻³ to 10⁻¹⁰', color: 'blue' }, work(adaptive)),
          dots({ color: 'blue' }, work(adaptive)),
        ],
      },
    ],
    checks: [byTolerance, ...byStep, ...falls],
    findings: [
      finding(
        [byTolerance, ...byStep],
        `On the quadratic the error of Runge–Kutta goes as the tolerance to the power of ${shortened(power)}, and with equal steps as h to the power of ${shortened(orders.end)}, between them of ${shortened(orders.between)}.`,
        `On the quadratic the slopes of the error of Runge–Kutta, on log–log axes, are ${shortened(power)} over the tolerance, and over equal steps h ${shortened(orders.end)}, between them ${shortened(orders.between)}: not all are those of its order.`,
      ),
      `For an error of ${shortened(adaptive[2]!.end)} Runge–Kutta takes ${adaptive[2]!.evaluations} gradients; with ${euler.at(-1)!.evaluations} Euler comes to ${shortened(euler.at(-1)!.end)}.`,
      finding(
        falls,
        `Along the flow R falls at the rate ‖∇R‖², up to ${shortened(largest(followed.map(({ deviation }) => deviation)))} of it.`,
        `Followed with a tolerance of ${shortened(tolerance)}, R falls at the rate ‖∇R‖² only up to ${shortened(largest(followed.map(({ deviation }) => deviation)))} of it.`,
      ),
    ],
  };
});

/** The factor of θᵢ in a step of the classical method, with z = hλᵢ: e^{−z} up to its term of order 4. */
const classicalFactor = (z: number): number => 1 - z + z ** 2 / 2 - z ** 3 / 6 + z ** 4 / 24;

/** θ(t) by linear interpolation between the steps of a path. */
function interpolation({ times, thetas }: GradientFlow): (t: number) => FloatArray {
  return (t) => {
    const next = Math.max(
      1,
      times.findIndex((time) => time >= t),
    );
    const [from, to] = [times[next - 1]!, times[next]!];
    const share = (t - from) / (to - from);
    return thetas[next - 1]!.map((x, i) => x + share * (thetas[next]![i]! - x));
  };
}

/** Largest relative deviation of dR/dt along the flow, by central differences, from −factor · ‖∇R‖². */
function dissipation({ flow, at, unit }: Landscape, time: number, tolerance: number, factor: number): number {
  const [T, h] = [time * unit, (time * unit) / 2000];
  const path = flow({ time: T, tolerance: { relative: tolerance, absolute: tolerance } });
  const lossAt = (theta: FloatArray) => at(theta).loss;
  return largest(
    Array.from({ length: 50 }, (_, i) => {
      const t = (T * (i + 1)) / 51;
      const fall = factor * at(path.at(t)).gradientNorm ** 2;
      return Math.abs((lossAt(path.at(t + h)) - lossAt(path.at(t - h))) / (2 * h) + fall) / fall;
    }),
  );
}
