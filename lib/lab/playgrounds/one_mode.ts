import type { Color, Figure, Mark, Path, Point } from '../../pages/index.js';
import { shortened } from '../check.js';
import { gridValues } from '../grid.js';
import { descended, type ModeDynamics, pathOf } from '../linear_networks/dynamics.js';
import { dots, line, referenceLine } from '../marks.js';
import { untilEdge, untilOutside } from './diverging_path.js';
import { type Control, control, playground, type Values } from './playground.js';

type Name = 'strength' | 'rate';

const controls: Record<Name, Control> = {
  strength: control('σ', 'strength of the mode', { initial: 1, range: [0.2, 4] }),
  rate: control('η', 'step of gradient descent', { initial: 0.1, range: [0.01, 1], scale: 'log' }),
};

/** The plane is shown from −extent to extent. */
const extent = 3;
const plane = [-extent, extent] as const;

const colors: readonly Color[] = ['blue', 'orange', 'green', 'purple', 'teal'];

/** Gradient descent and the flow from a start. The flow is at t = ηk, where gradient descent is after k steps. */
interface Run {
  readonly name: string;
  readonly start: Point;
  readonly color: Color;
  readonly c: number;
  /** Points of the flow, and the step that each belongs to. */
  readonly flow: readonly Point[];
  readonly flowSteps: readonly number[];
  readonly descent: readonly Point[];
  /** The same as drawn in the plane. */
  readonly pathOfDescent: readonly Point[];
}

/** τ in steps, since ȧ = −∂ℓ/∂a = 2b(σ − ab) and t = ηk. */
const modeOf = ({ strength, rate }: Values<Name>): ModeDynamics => ({ strength, tau: 1 / (2 * rate) });

/** Enough steps to learn a mode from near the saddle: a time of about 16/4σ. */
const stepsOf = ({ strength, rate }: Values<Name>) => Math.min(2000, Math.max(20, Math.ceil(4 / (strength * rate))));

function runsFrom(starts: readonly Point[], values: Values<Name>): Run[] {
  const [mode, steps] = [modeOf(values), stepsOf(values)];
  const count = 200;
  // Half of the points are in the first eighth of the time, where the flow can be fast.
  const flowSteps = Array.from({ length: count + 1 }, (_, i) => steps * (i / count) ** 3);
  return starts.map((start, i) => {
    const [a, b] = start;
    const path = pathOf(mode, a, b);
    const descent: Point[] = [start];
    const isLost = () => descent.at(-1)!.some((one) => Math.abs(one) > 1e6);
    for (let step = 0; step < steps && !isLost(); ++step) descent.push(descended(mode, descent.at(-1)!));
    return {
      name: 'ABCDE'[i]!,
      start,
      color: colors[i % colors.length]!,
      c: a ** 2 - b ** 2,
      flow: flowSteps.map(path),
      flowSteps,
      descent: isLost() ? untilOutside(descent, plane, plane) : descent,
      pathOfDescent: isLost() ? untilEdge(descent, plane, plane) : descent,
    };
  });
}

function planeFigure(values: Values<Name>, runs: readonly Run[]): Figure {
  const { strength } = values;
  const width = 121;
  const hyperbola = (sign: number) =>
    line(
      { name: 'minima ab = σ', color: 'red', style: 'dashed' },
      Array.from({ length: 121 }, (_, i): Point => {
        const a = sign * (strength / extent) * (extent ** 2 / strength) ** (i / 120);
        return [a, strength / a];
      }),
    );
  return {
    name: 'plane',
    title: 'The flow over ℓ(a, b), and gradient descent',
    caption:
      'Click to add a start. Lines: the gradient flow, along which a² − b² is conserved; dots: the steps of gradient descent from the same start. The minima are the hyperbola ab = σ, and (0, 0) is a saddle.',
    x: { label: 'a', domain: plane },
    y: { label: 'b', domain: plane },
    equal: true,
    marks: [
      {
        kind: 'contours',
        width,
        values: gridValues({ x: plane, y: plane }, { width, height: width }, (a, b) => (strength - a * b) ** 2),
        levels: [0.25, 1, 4, 9, 16, 25, 49, 81, 121, 169].filter((level) => level !== strength ** 2),
        quantity: 'ℓ',
      },
      hyperbola(1),
      hyperbola(-1),
      ...runs.flatMap(({ name, color, flow, flowSteps, descent, pathOfDescent }): Mark[] => {
        const common = { name, color };
        const path: Path = { kind: 'path', ...common, points: flow, steps: flowSteps };
        const stepped: Path = { kind: 'path', ...common, points: pathOfDescent, style: 'dotted' };
        return [path, stepped, ...(descent.length <= 120 ? [dots({ ...common, radius: 2.5 }, descent)] : [])];
      }),
    ],
  };
}

/** The curves of a quantity of (a, b) over steps. */
const courses = (runs: readonly Run[], of: (point: Point) => number): Mark[] =>
  runs.flatMap(({ name, color, flow, flowSteps, descent }): Mark[] => [
    line({ name, color }, flow, (point, i) => [flowSteps[i]!, of(point)]),
    line({ name, color, style: 'dotted' }, descent, (point, step) => [step, of(point)]),
  ]);

export const oneMode = playground<Name>({
  title: 'One mode: ℓ(a, b) = (σ − ab)²',
  about:
    'Click in the plane, or press “random start”, to start a flow. From a small start it rests near the saddle and then falls suddenly. Make η larger until gradient descent cannot stay at the minimum.',
  controls,
  starts: {
    figure: 'plane',
    symbols: ['a', 'b'],
    range: plane,
    initial: [
      [0.05, 0.1],
      [2.5, 0.3],
      [-1.5, 1.3],
    ],
    most: 5,
  },
  figures(values, starts) {
    const runs = runsFrom(starts, values);
    const x = { label: 'step t', domain: [0, stepsOf(values)] } as const;
    return [
      planeFigure(values, runs),
      {
        name: 'strength',
        title: 'The strength of the mode',
        caption: 'u = ab of the flow by the closed form (lines), and of gradient descent (dotted); dashed: σ.',
        x,
        y: { label: 'u = ab' },
        marks: [referenceLine('y', values.strength, { color: 'red' }), ...courses(runs, ([a, b]) => a * b)],
      },
      {
        name: 'conserved',
        title: 'What the flow conserves',
        caption:
          'The flow conserves a² − b² (lines). A step of gradient descent multiplies it by 1 − 4η²(σ − ab)² (dotted).',
        x,
        y: { label: 'a² − b²' },
        marks: courses(runs, ([a, b]) => a ** 2 - b ** 2),
      },
    ];
  },
  findings(values, starts) {
    const { strength, rate } = values;
    // The largest curvature at the minimum with a² − b² = c is 2(a² + b²) = 2√(4σ² + c²).
    const limitFor = (c: number) => 1 / Math.hypot(2 * strength, c);
    return [
      `At a minimum the largest curvature is 2(a² + b²). Gradient descent stays there if η < 1/(a² + b²), at most 1/(2σ) = ${shortened(limitFor(0))}; η is ${shortened(rate)}.`,
      ...runsFrom(starts, values).map(({ name, start, c, descent }) => {
        const [a, b] = descent.at(-1)!;
        const isLost = !Number.isFinite(a);
        const end = isLost
          ? 'diverges'
          : `ends at ab = ${shortened(a * b)} with a² − b² = ${shortened(a ** 2 - b ** 2)}`;
        return `${name}, from (${start.map(shortened).join(', ')}): the flow keeps a² − b² = ${shortened(c)}, and the minimum that it comes to needs η < ${shortened(limitFor(c))}; gradient descent ${end}.`;
      }),
    ];
  },
});
