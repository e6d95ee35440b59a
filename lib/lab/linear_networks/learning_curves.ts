import type { Activation, Random } from '../../index.js';
import { Matrix } from '../../numbers/matrices.js';
import type { Color, Dots, Figure, Line, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { band, dots, line } from '../marks.js';
import { finding, type Outcome } from '../outcome.js';
import type { Part } from '../parts.js';
import { someSteps } from '../some_steps.js';
import { median } from '../spread.js';
import type { Trial } from '../trial.js';
import { crossing, type Descent, descend } from './descent.js';
import { balanced, timeTo } from './dynamics.js';
import { layered, matrix, setMatrices, type TwoLayers } from './layers.js';
import { type Modes, someOf, strengthsIn } from './modes.js';

export interface LearningCurvesOptions {
  /** λ. τ is 1/λ steps. */
  readonly rate: number;
  /** N₂. */
  readonly hidden: number;
  /** u₀, for weights that start with variance 2u₀/N₂. */
  readonly start: number;
  /** Number of random starts. */
  readonly starts: number;
  /** Duration of training, in analytic half-times of the last mode that is followed. */
  readonly duration: number;
  readonly random: Random;
}

/** Modes in the paper's figure, numbered from 1. */
const followed = [1, 2, 3, 5, 12, 18, 31];

/** The number of measurements of a network. */
const looks = 250;

/** A map to learn, and the activation, λ and initial weights of the network that learns it. */
interface Learner {
  readonly map: Matrix;
  readonly modes: Modes;
  readonly activation: Activation;
  /** λ. */
  readonly rate: number;
  readonly layers: TwoLayers;
  /** Whether a single layer of weights replaces W³²W²¹. */
  readonly single?: boolean;
}

/** The steps at which the modes of a learner reach half their strength. */
interface HalfTimes {
  readonly measured: readonly number[];
  /** By the formula, with each mode's own u₀. */
  readonly fromOwnStart: readonly number[];
}

/** Where the modes of a network start. */
type Starts = (modes: Modes, layers: TwoLayers) => number[];

/** The measurements so far. */
interface Found {
  readonly linear: Descent;
  readonly tanh?: Descent;
  readonly linearTimes: readonly HalfTimes[];
  readonly tanhTimes?: HalfTimes;
}

/** ¼‖q_r + w_r‖² of each mode: the component of its start that grows. */
const ownStarts: Starts = ({ u, v }, { q, w }) =>
  Matrix.add(u.transpose().mmul(q), w.mmul(v).transpose())
    .pow(2)
    .sum('row')
    .map((square) => square / 4);

/** |q_r·w_r| of each mode: the magnitude of its strength. */
const products: Starts = ({ u, v }, { q, w }) =>
  Matrix.mul(u.transpose().mmul(q), w.mmul(v).transpose()).sum('row').map(Math.abs);

const fromProduct = 'u₀ = |q_r·w_r|, the strength at the start';
const slowFormula = 'a formula in which λ is 10 % smaller';
const fastFormula = 'a formula in which λ is 10 % larger';
const fasterFormula = 'a formula in which λ is 20 % larger';
const singleLayer = 'a single layer of weights, which learns all modes simultaneously';
const slowTanh = 'a λ a third smaller for tanh';

/** Reproduces the paper's figure: networks learn the modes of Σ³¹ from small random weights. */
export function learningCurves(correlation: Matrix, all: Modes, options: LearningCurvesOptions): Part {
  const { rate, hidden, start, starts, duration, random } = options;
  const tau = 1 / rate;
  const numbers = followed.filter((number) => number <= Math.min(hidden, all.strengths.length));
  const modes = someOf(
    all,
    numbers.map((number) => number - 1),
  );
  const rightHalfTimes = modes.strengths.map((strength) => timeTo({ strength, tau }, start));
  const steps = Math.ceil(duration * rightHalfTimes.at(-1)!);

  const draw = ({ rows, columns }: Matrix): TwoLayers => {
    const scale = Math.sqrt((2 * start) / hidden);
    const normals = (rows: number, columns: number) => matrix(rows, columns, random.normals(rows * columns)).mul(scale);
    return { q: normals(rows, hidden), w: normals(hidden, columns) };
  };
  const learn = async (
    { map, modes, activation, rate, layers: { q, w }, single = false }: Learner,
    trial: Trial,
    soFar?: (descent: Descent) => readonly Figure[],
  ): Promise<Descent> => {
    const model = single ? layered([map.columns, map.rows]) : layered([map.columns, hidden, map.rows], activation);
    setMatrices(model, single ? [q.mmul(w)] : [w, q]);
    const options = { rate, steps, looks, trial, ...(soFar && { soFar }) };
    return descend(model, map, options, (seen) => strengthsIn(seen, modes));
  };
  const halfTimesOf = ({ modes, layers }: Learner, descent: Descent, startsOf: Starts): HalfTimes => ({
    measured: modes.strengths.map((strength, i) => crossing(descent, i, strength / 2)),
    fromOwnStart: startsOf(modes, layers).map((own, i) => timeTo({ strength: modes.strengths[i]!, tau }, own)),
  });

  /** Half-times of the other starts, in the coordinates of the modes, which need only as many outputs as modes. */
  const again = async (startsOf: Starts, trial: Trial): Promise<HalfTimes[]> => {
    const map = Matrix.diag([...all.strengths]);
    const axes = Matrix.eye(all.strengths.length);
    const places = numbers.map((number) => number - 1);
    const turned = someOf({ u: axes, strengths: all.strengths, v: axes }, places);
    const found: HalfTimes[] = [];
    for (let i = 1; i < starts; ++i) {
      const learner: Learner = { map, modes: turned, activation: 'identity', rate, layers: draw(map) };
      const descent = await learn(learner, trial.within((i - 1) / (starts - 1), i / (starts - 1)));
      found.push(halfTimesOf(learner, descent, startsOf));
    }
    return found;
  };

  const run = async (trial: Trial): Promise<Outcome> => {
    const startsOf = trial.instead(fromProduct, ownStarts, products);
    const inFormula =
      trial.instead(slowFormula, 1, 0.9) * trial.instead(fastFormula, 1, 1.1) * trial.instead(fasterFormula, 1, 1.2);
    const halfTimes = rightHalfTimes.map((time) => time / inFormula);
    const strongest = modes.strengths[0]!;
    const curve = ({ steps, seen }: Descent, i: number) => steps.map((step, k): Point => [step, seen[k]![i]!]);
    const dotsOf = (name: string, color: Color, times: readonly HalfTimes[]): Dots[] => {
      const points = times.flatMap(({ measured }) => finite(halfTimes, measured));
      return points.length > 0 ? [dots({ name, color, radius: name === 'linear' ? 2.5 : 4 }, points)] : [];
    };
    const figures = (found: Found): Figure[] => [
      {
        name: 'curves',
        title: 'Analytic, linear and tanh learning curves of modes',
        caption: `Notice how long each mode rests, how fast it is learned, and how far the linear network is from the formula, which assumes decoupled modes. The strength of a mode is the diagonal of UᵀΣ³¹V; of tanh, Σ³¹ is the correlation of the network's outputs with its inputs.`,
        x: { label: 'step t', domain: [0, 1.1 * steps] },
        y: { label: 'mode strength u(t)', domain: [-0.03 * strongest, 1.08 * strongest] },
        marks: [
          ...modes.strengths.flatMap((strength, i): Mark[] => {
            const u = balanced({ strength, tau }, start);
            const lines: Line[] = [
              ...(found.tanh ? [line({ name: 'tanh', color: 'green' }, curve(found.tanh, i))] : []),
              line({ name: 'linear', color: 'blue' }, curve(found.linear, i)),
              line({ name: 'analytic', color: 'red', style: 'dashed' }, someSteps(steps), (t) => [t, u(t)]),
            ];
            const label: Mark = {
              kind: 'label',
              at: [1.01 * steps, strength],
              text: `mode ${numbers[i]}`,
              anchor: 'start',
            };
            return [...lines, label];
          }),
        ],
      },
      {
        name: 'half-times',
        title: 'When modes reach half their strength',
        caption: `Half-times of ${starts} random starts of the linear network, and of tanh units from the first of them, against (τ/2s)·ln(s/u₀ − 1).`,
        x: { label: 'analytic half-time, in steps' },
        y: { label: 'measured half-time, in steps' },
        marks: [
          band({ name: '+0 to +20 %', color: 'red' }, [0, halfTimes.at(-1)!], (time) => [time, time, 1.2 * time]),
          line({ name: 'analytic', color: 'red', style: 'dashed' }, [0, halfTimes.at(-1)!], (time) => [time, time]),
          ...dotsOf('linear', 'blue', found.linearTimes),
          ...dotsOf('tanh', 'green', found.tanhTimes ? [found.tanhTimes] : []),
        ],
      },
    ];

    const linear: Learner = { map: correlation, modes, activation: 'identity', rate, layers: draw(correlation) };
    const tanh: Learner = {
      ...linear,
      activation: 'tanh',
      rate: trial.instead(slowTanh, 1, 2 / 3) * rate,
      single: trial.instead(singleLayer, false, true),
    };
    const linearCurves = await learn(linear, trial.within(0, 0.35), (linear) => figures({ linear, linearTimes: [] }));
    const first = { linear: linearCurves, linearTimes: [halfTimesOf(linear, linearCurves, startsOf)] };
    const tanhCurves = await learn(tanh, trial.within(0.35, 0.7), (tanh) => figures({ ...first, tanh }));
    const tanhTimes = halfTimesOf(tanh, tanhCurves, startsOf);
    const linearTimes = [...first.linearTimes, ...(await again(startsOf, trial.within(0.7, 1)))];
    const found = { linear: linearCurves, tanh: tanhCurves, linearTimes, tanhTimes };

    const delays = (i: number) => linearTimes.map(({ measured }) => measured[i]! / halfTimes[i]! - 1);
    const medians = halfTimes.map((_, i) => median(delays(i)));
    const ownDelays = linearTimes.flatMap(({ measured, fromOwnStart }) =>
      measured.map((time, i) => time / fromOwnStart[i]! - 1),
    );
    // The logarithm of ‖q_r + w_r‖², a sum of N₂ squares, has a variance of 2/N₂. A median has π/2 times the variance
    // of a mean.
    const spread = Math.sqrt(Math.PI / hidden / starts) / Math.log(strongest / start);
    const ofTanh = tanhTimes.measured.map((time) => (Number.isNaN(time) ? Infinity : time));
    const slowdowns = ofTanh.map((time, i) => time / first.linearTimes[0]!.measured[i]!);
    const counted = `${starts} ${starts === 1 ? 'start' : 'starts'}`;
    const unreached = ownDelays.filter(Number.isNaN).length;
    const diverged = linearCurves.seen.at(-1)!.some((value, i) => !(Math.abs(value) <= 2 * modes.strengths[i]!));
    const end = `With λ = ${shortened(rate)} = ${shortened(rate * all.strengths[0]!)}/s₁ the linear network ends beyond twice its singular values: where λ > 1/s₁, it cannot settle.`;
    const percents = (list: readonly number[]) =>
      `${shortened(100 * Math.min(...list))} to ${shortened(100 * Math.max(...list))} %`;
    const [later, least, soon, most, order, slower] = [
      claim(
        `no mode of ${starts} random starts is learned before the time of the formula with its own u₀ = ¼‖q_r + w_r‖²: the smallest delay, as a share`,
      ).atLeast(Math.min(...ownDelays), 0, fromProduct),
      claim(
        `half-times against the formula with u₀, the median of all starts: the smallest delay of a mode, as a share, where −3σ = ${shortened(-3 * spread)} is chance`,
      ).atLeast(Math.min(...medians), -3 * spread, slowFormula),
      claim('the same smallest delay, bounded above').atMost(Math.min(...medians), 0.05, fastFormula),
      claim('the same: the largest delay of a mode').atMost(Math.max(...medians), 0.2, fasterFormula),
      claim(
        'tanh learns the modes in the same order: the smallest ratio of a half-time to that of the mode before',
      ).atLeast(Math.min(...ofTanh.slice(1).map((time, i) => time / ofTanh[i]!)), 1.02, singleLayer),
      claim('half-times of tanh against those of the linear network: the largest ratio').atMost(
        Math.max(...slowdowns),
        1.5,
        slowTanh,
      ),
    ] as const;
    return {
      figures: figures(found),
      checks: [later, least, soon, most, order, slower],
      findings: diverged
        ? [end]
        : [
            `Half-times of modes ${numbers.join(', ')}: ${rounded(halfTimes)} steps by the formula, ${rounded(first.linearTimes[0]!.measured)} of the linear network, ${rounded(tanhTimes.measured)} with tanh.`,
            finding(
              [later, least, soon, most],
              `Over ${counted}, a mode's median delay is ${percents(medians)}; single ones are from ${percents(halfTimes.flatMap((_, i) => delays(i)))}: the u₀ of a start is random, so that +0 to +20 % is sure of no single one, and the median is checked.`,
              unreached > 0
                ? `Of the modes of ${counted} ${unreached} have not come to half their strength after ${steps} steps.`
                : `Over ${counted}, a mode's median delay is ${percents(medians)}; the formula with the u₀ of each start is missed by ${percents(ownDelays)}.`,
            ),
          ],
    };
  };
  return {
    effort: 4,
    counterModels: [fromProduct, slowFormula, fastFormula, fasterFormula, singleLayer, slowTanh],
    run,
  };
}

const finite = (x: readonly number[], y: readonly number[]): Point[] =>
  x.map((value, i): Point => [value, y[i]!]).filter(([, value]) => Number.isFinite(value));

const rounded = (values: readonly number[]) =>
  values.map((value) => (Number.isFinite(value) ? Math.round(value) : 'none')).join(', ');
