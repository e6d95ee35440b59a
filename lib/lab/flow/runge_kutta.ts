import type { FloatArray } from '../../addon/index.js';
import type { GradientFlow } from '../../minimize/gradient_flow.js';
import { distance } from '../../numbers/vectors.js';
import type { Point } from '../../pages/figure.js';
import { atLeast, atMost, between, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import { logLogSlope } from '../slope.js';
import { largest } from '../spread.js';
import type { Trial } from '../trial.js';
import type { Landscape } from './landscapes.js';

/** Equal intervals of [0, T] at whose ends paths are compared. Most of these times lie between steps. */
const moments = 200;

export interface RungeKuttaSettings {
  /** The first one has a closed form. */
  readonly landscapes: readonly Landscape[];
  /** T, in the unit of each landscape. */
  readonly time: number;
  readonly tolerance: number;
}

/** Measures the error of Runge–Kutta 5(4) along the flow, and tests dR/dt = −‖∇R‖². */
export async function rungeKutta(settings: RungeKuttaSettings, trial: Trial): Promise<Outcome> {
  const { landscapes, time, tolerance } = settings;
  const { flow, solution, unit } = landscapes[0]!;
  const T = time * unit;
  const times = Array.from({ length: moments + 1 }, (_, i) => (T * i) / moments);
  const exact = times.map(solution);
  const errorsOf = ({ at, thetas, evaluations }: GradientFlow) => ({
    evaluations,
    end: distance(thetas.at(-1)!, exact.at(-1)!),
    between: largest(times.map((t, i) => distance(at(t), exact[i]!))),
  });
  const adaptive = [3, 4, 5, 6, 7, 8, 9, 10]
    .map((digits) => 10 ** -digits)
    .map((tolerance) => ({
      tolerance,
      ...errorsOf(flow({ time: T, tolerance: { relative: tolerance, absolute: tolerance } })),
    }));
  await trial.progress(0.3);
  const fixed = [12, 24, 48, 96].map((count) => ({ count, ...errorsOf(flow({ time: T, stepSize: T / count })) }));
  const euler = [16, 32, 64, 128, 256, 512, 1024].map((count) =>
    errorsOf(flow({ time: T, method: 'euler', stepSize: T / count })),
  );
  await trial.progress(0.6);
  const followed = landscapes.map((landscape) => ({
    name: landscape.name,
    ...dissipation(landscape, time, tolerance),
  }));

  const power = logLogSlope(adaptive.map(({ tolerance, end }) => [tolerance, end]));
  const orders = {
    end: logLogSlope(fixed.map(({ count, end }) => [1 / count, end])),
    between: logLogSlope(fixed.map(({ count, between }) => [1 / count, between])),
  };
  const work = (errors: readonly { evaluations: number; end: number }[]) =>
    errors.map(({ evaluations, end }): Point => [evaluations, end]);
  return {
    figures: [
      {
        name: 'work',
        title: 'What an exact path costs',
        caption:
          'Error at time T on the quadratic against e^{−Ht}θ(0), over gradients evaluated: to halve it takes twice as many by Euler, a seventh more by Runge–Kutta.',
        x: { label: 'gradients evaluated', scale: 'log' },
        y: { label: '‖θ − θ(T)‖', scale: 'log' },
        marks: [
          { kind: 'line', name: 'Euler', color: 'orange', points: work(euler) },
          { kind: 'dots', color: 'orange', points: work(euler) },
          { kind: 'line', name: 'Runge–Kutta, equal steps', color: 'teal', points: work(fixed) },
          { kind: 'dots', color: 'teal', points: work(fixed) },
          { kind: 'line', name: 'Runge–Kutta 5(4), tolerances 10⁻³ to 10⁻¹⁰', color: 'blue', points: work(adaptive) },
          { kind: 'dots', color: 'blue', points: work(adaptive) },
        ],
      },
    ],
    checks: [
      between('Runge–Kutta on the quadratic: error at T ∝ toleranceᵖ, p', power, 0.8, 1.2),
      atLeast('with equal steps h: error at T ∝ hᵖ, p', orders.end, 4.8),
      atLeast('with equal steps h: largest error at any time, by dense output, ∝ hᵖ, p', orders.between, 4),
      ...followed.flatMap(({ name, deviation, climb }) => [
        atMost(`${name}: |dR/dt + ‖∇R‖²| / ‖∇R‖² along the flow, the largest`, deviation, 1e-3),
        atMost(`${name}: R(θ(t)) from step to step of the flow, the largest change`, climb, 0),
      ]),
    ],
    findings: [
      `On the quadratic the error of Runge–Kutta goes as the tolerance to the power of ${shortened(power)}, and with equal steps as h to the power of ${shortened(orders.end)}, between them of ${shortened(orders.between)}. For an error of ${shortened(adaptive[2]!.end)} it takes ${adaptive[2]!.evaluations} gradients; with ${euler.at(-1)!.evaluations} Euler comes to ${shortened(euler.at(-1)!.end)}.`,
    ],
  };
}

/** Largest relative deviation of dR/dt, by central differences, from −‖∇R‖², and largest change of R in a step. */
function dissipation({ flow, at, unit }: Landscape, time: number, tolerance: number) {
  const [T, h] = [time * unit, (time * unit) / 2000];
  const path = flow({ time: T, tolerance: { relative: tolerance, absolute: tolerance } });
  const lossAt = (theta: FloatArray) => at(theta).loss;
  const shares = Array.from({ length: 50 }, (_, i) => {
    const t = (T * (i + 1)) / 51;
    const fall = at(path.at(t)).gradientNorm ** 2;
    return Math.abs((lossAt(path.at(t + h)) - lossAt(path.at(t - h))) / (2 * h) + fall) / fall;
  });
  return {
    deviation: largest(shares),
    climb: largest(path.losses.slice(1).map((loss, i) => loss - path.losses[i]!)),
  };
}
