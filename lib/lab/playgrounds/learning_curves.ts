import type { Color, Figure, Point } from '../../pages/index.js';
import { shortened } from '../check.js';
import { balanced, descended, type ModeDynamics, timeTo } from '../linear_networks/dynamics.js';
import { dots, line } from '../marks.js';
import { someSteps } from '../some_steps.js';
import { type Control, control, playground, type Values } from './playground.js';

const strengthNames = ['s1', 's2', 's3', 's4', 's5'] as const;

type Name = 'modes' | (typeof strengthNames)[number] | 'start' | 'rate';

const strength = (number: number, initial: number): Control =>
  control(`s${'₁₂₃₄₅'[number - 1]}`, `strength of mode ${number}`, { initial, range: [0.25, 8], scale: 'log' });

const controls: Record<Name, Control> = {
  modes: control('N', 'modes', { initial: 4, range: [1, 5], values: 'whole' }),
  s1: strength(1, 6),
  s2: strength(2, 3.5),
  s3: strength(3, 2),
  s4: strength(4, 1.2),
  s5: strength(5, 0.8),
  start: control('u₀', 'strength at the start', { initial: 1e-4, range: [1e-9, 0.1], scale: 'log' }),
  rate: control('η', 'learning rate', { initial: 0.01, range: [0.001, 0.5], scale: 'log' }),
};

const colors: readonly Color[] = ['blue', 'orange', 'green', 'purple', 'teal'];

/** A mode, by the formula and by gradient descent on (a, b) from a = b = √u₀. */
interface Learned extends ModeDynamics {
  readonly name: string;
  readonly color: Color;
  readonly formula: (step: number) => number;
  /** u after each step, up to where it diverges. */
  readonly simulated: readonly number[];
  readonly halfTime: number;
  /** NaN if half of the strength is not reached. */
  readonly measuredHalfTime: number;
}

const used = ({ modes }: Values<Name>): Name[] => ['modes', ...strengthNames.slice(0, modes), 'start', 'rate'];

/** The modes, and the number of steps in which the weakest is learned. */
function learned(values: Values<Name>): { modes: Learned[]; steps: number } {
  const { start, rate } = values;
  const dynamics = strengthNames
    .slice(0, values.modes)
    .map((name): ModeDynamics => ({ strength: values[name], tau: 1 / (2 * rate) }));
  const steps = Math.ceil(Math.max(10, ...dynamics.map((mode) => timeTo(mode, start, 0.99 * mode.strength))) * 1.1);
  const modes = dynamics.map((mode, i) => {
    const simulated = simulate(mode, start, steps);
    return {
      ...mode,
      name: `mode ${i + 1}`,
      color: colors[i]!,
      formula: balanced(mode, start),
      simulated,
      halfTime: timeTo(mode, start),
      measuredHalfTime: crossing(simulated, mode.strength / 2),
    };
  });
  return { modes, steps };
}

function simulate(mode: ModeDynamics, start: number, steps: number): number[] {
  let weights: [number, number] = [Math.sqrt(start), Math.sqrt(start)];
  const strengths = [start];
  while (strengths.length <= steps && strengths.at(-1)! < 100 * mode.strength) {
    weights = descended(mode, weights);
    strengths.push(weights[0] * weights[1]);
  }
  return strengths;
}

/** When values first reach `level`, between steps by a straight line. */
function crossing(values: readonly number[], level: number): number {
  const after = values.findIndex((value) => value >= level);
  if (after <= 0) return Number.NaN;
  const [before, then] = [values[after - 1]!, values[after]!];
  return after - (then - level) / (then - before);
}

/** The points of values that are known for each step. A line through them ends with a cross if they end before the last step. */
function courseOf(values: readonly number[], steps: number): Point[] {
  const points = someSteps(values.length - 1).map((step): Point => [step, values[step]!]);
  return values.length > steps ? points : [...points.slice(0, -1), [values.length - 1, Number.NaN]];
}

function curvesFigure(modes: readonly Learned[], steps: number): Figure {
  const strongest = Math.max(...modes.map((mode) => mode.strength));
  return {
    name: 'curves',
    title: 'Learning curves of the modes',
    caption:
      'u(t) of gradient descent on a and b (solid) and by the formula (dashed). Dots: half-times (τ/2s)·ln(s/u₀ − 1), τ = 1/(2η).',
    x: { label: 'step t', domain: [0, steps] },
    y: { label: 'mode strength u(t)', domain: [0, 1.25 * strongest] },
    marks: [
      ...modes.map(({ name, color, simulated }) => line({ name, color }, courseOf(simulated, steps))),
      ...modes.map(({ formula }) =>
        line({ name: 'formula', color: 'gray', style: 'dashed' }, someSteps(steps), (step) => [step, formula(step)]),
      ),
      ...modes.map(({ halfTime, strength }) => dots({ name: 'half-time', color: 'gray' }, [[halfTime, strength / 2]])),
    ],
  };
}

function riskFigure(modes: readonly Learned[], steps: number): Figure {
  const sumOver = (at: (mode: Learned, step: number) => number, step: number) =>
    modes.reduce((sum, mode) => sum + (mode.strength - at(mode, step)) ** 2, 0);
  const known = Math.min(...modes.map(({ simulated }) => simulated.length));
  const simulated = Array.from({ length: known }, (_, step) => sumOver((mode) => mode.simulated[step]!, step));
  return {
    name: 'risk',
    title: 'The loss',
    caption: 'Σ(s − u)² over the modes. By the formula it falls in steps, one for each mode.',
    x: { label: 'step t', domain: [0, steps] },
    y: { label: 'Σ(s − u)²' },
    marks: [
      line({ name: 'gradient descent', color: 'red' }, courseOf(simulated, steps)),
      line({ name: 'formula', color: 'gray', style: 'dashed' }, someSteps(steps), (step) => [
        step,
        sumOver((mode) => mode.formula(step), step),
      ]),
    ],
  };
}

function halfTimesFigure(modes: readonly Learned[], { start, rate }: Values<Name>): Figure {
  const { least, most } = controls.s1;
  const strengths = Array.from({ length: 81 }, (_, i) => least * (most / least) ** (i / 80));
  return {
    name: 'half-times',
    title: 'Half-times over strengths',
    caption: 'Half-times by the formula (line) and of gradient descent (dots), over the strength s.',
    x: { label: 'strength s', scale: 'log', domain: [least, most] },
    y: { label: 'half-time, in steps', scale: 'log' },
    marks: [
      line({ name: 'formula', color: 'gray', style: 'dashed' }, strengths, (strength) => [
        strength,
        timeTo({ strength, tau: 1 / (2 * rate) }, start),
      ]),
      ...modes.map(({ name, color, strength, measuredHalfTime }) =>
        dots({ name, color, radius: 5 }, [[strength, measuredHalfTime]]),
      ),
    ],
  };
}

export const learningCurves = playground<Name>({
  title: 'Learning curves of a linear network with modes of your choice',
  about:
    'Choose up to five modes, their start and the learning rate. If you halve a strength, its mode is learned about twice as late. Beyond η = 1/(2s) the strongest mode cannot be learned.',
  controls,
  used,
  presets: [
    {
      label: 'largest η that is stable',
      values: (values) => ({ rate: Number((0.99 * limitOf(values)).toPrecision(3)) }),
    },
  ],
  figures(values) {
    const { modes, steps } = learned(values);
    return [curvesFigure(modes, steps), riskFigure(modes, steps), halfTimesFigure(modes, values)];
  },
  findings(values) {
    const { modes } = learned(values);
    const { rate } = values;
    const limit = limitOf(values);
    return [
      ...modes.map(
        ({ name, strength, halfTime, measuredHalfTime }) =>
          `${name[0]!.toUpperCase()}${name.slice(1)}, s = ${shortened(strength)}: half-time ${shortened(halfTime)} steps by the formula, ${Number.isNaN(measuredHalfTime) ? 'not reached' : shortened(measuredHalfTime)} of gradient descent.`,
      ),
      rate < limit
        ? `τ = 1/(2η) is ${shortened(1 / (2 * rate))} steps. The strongest mode can be learned with η up to 1/(2s) = ${shortened(limit)}.`
        : `The strongest mode cannot stay at s: η = ${shortened(rate)} is beyond 1/(2s) = ${shortened(limit)}.`,
    ];
  },
});

/** 1/(2s) of the strongest mode. */
const limitOf = (values: Values<Name>) =>
  1 / (2 * Math.max(...strengthNames.slice(0, values.modes).map((name) => values[name])));
