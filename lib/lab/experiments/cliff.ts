import { positive, type Range } from '../../checks.js';
import { curvature } from '../../curvature/curvature.js';
import { Dataset } from '../../data/dataset.js';
import { type MinimizeOptions, type Minimum, minimize } from '../../minimize/minimize.js';
import type { Problem } from '../../minimize/problem.js';
import { distance } from '../../minimize/vectors.js';
import { gradientDescent } from '../../optimizers/gradient_descent.js';
import { sgd } from '../../optimizers/sgd.js';
import { inverseTime } from '../../schedules/inverse_time.js';
import { atLeast, atMost, shortened } from '../check.js';
import { largestCurvature, slopeWhereEqual, weightProduct } from '../cliff/weight_product.js';
import { experiment } from '../experiment.js';
import type { Figure, Line, Point } from '../figure.js';
import { recurrent } from '../problems/recurrent.js';
import { real, whole } from '../setting.js';
import { slope } from '../slope.js';
import { someSteps } from '../some_steps.js';

type Run = Required<Minimum>;

const between = (low: number, high: number): Range => ({
  expected: `a number between ${low} and ${high}`,
  allows: (x) => x > low && x < high,
});

const alpha: Range = { expected: 'a number in (½, 1]', allows: (x) => x > 0.5 && x <= 1 };

/** Where a run on the product of weights has arrived. */
const goal = 1e-6;

export const cliff = experiment({
  number: 7,
  name: 'cliff',
  title: 'Sharp non-linearities',
  slides: [
    {
      title: 'Challenge: curvature',
      claim:
        'where many weights are multiplied, the Lipschitz constant is very large; steps short enough for it are very slow; hence gradients are clipped and learning rates decay',
    },
  ],
  question: 'What does a cliff in the loss do to gradient descent, and what helps?',
  formulas: [
    'R(w) = (w₁w₂⋯w_d − 1)²,  ∂R/∂wᵢ = 2(wᵈ − 1)wᵈ⁻¹ where all are w',
    'λmax(∇²R) = 2((2d − 1)w²ᵈ⁻² − (d − 1)wᵈ⁻²) there, which grows by more than w² a layer',
    'clipped:  θ ← θ − ηg · min(1, c/‖g‖)',
    'η = 1/L:  R(θ(t+1)) ≤ R(θ(t)) − ‖∇R(θ(t))‖²/(2L)',
    'f(w, b) = (σ(x_T) − 0.7)²,  x_t = w·σ(x_{t−1}) + b,  x₀ = 0.5',
  ],
  sources: [
    'Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, arXiv:1211.5063',
    'Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.2.4',
  ],
  errata: ['The slide refers to section 8.2.3 of the book; cliffs and exploding gradients are its section 8.2.4.'],
  settings: {
    depth: whole('layers of the product, d', { full: 10, small: 6, least: 2, most: 40 }),
    deepest: whole('layers up to which curvature is followed', { full: 24, small: 10, least: 4, most: 60 }),
    wall: real('each weight, where a run begins above the minimum at 1', { full: 1.5, range: between(1.05, 3) }),
    plateau: real('each weight, where a run begins below it', { full: 0.6, range: between(0, 1) }),
    stepFactor: real('η · λmax at the minimum, of the runs from the wall', { full: 1, range: positive }),
    limit: real('c, to which the norm of gradients is clipped', { full: 1, range: positive }),
    patience: whole('steps that the run with η = 1/L may take', { full: 30_000, small: 3000 }),
    plateauRate: real('η of the first step from the plateau', { full: 0.5, range: positive }),
    decay: real('α of η(t) = C·t^−α, from the plateau', { full: 0.75, range: alpha }),
    unrolled: whole('T, how often the recurrent unit is fed back', { full: 50, small: 25, least: 2, most: 500 }),
    recurrentRate: real('η on the recurrent unit', { full: 0.3, range: positive }),
    recurrentLimit: real('c on the recurrent unit', { full: 0.1, range: positive }),
    recurrentSteps: whole('steps on the recurrent unit', { full: 2000, small: 1000 }),
  },

  async run(settings, progress) {
    const { depth, wall, limit, unrolled, recurrentRate, recurrentLimit } = settings;
    const one = new Dataset({ inputs: Float64Array.of(1), columns: 1, targets: Float64Array.of(1) });
    const depths = [
      ...new Set([2, 5, 10, 20].map((share) => Math.max(2, Math.round((share * settings.deepest) / 20)))),
    ];
    const profiles = depths.map((layers) => profile(layers, one));
    const growth = [1.2, wall, 2].map((weight) => curvatures(weight, settings.deepest, one));
    await progress(0.2);

    const product = weightProduct(depth, one);
    const descend = (weight: number, options: MinimizeOptions): Run => {
      product.model.parameters.fill(weight);
      return minimize(product, {
        tolerance: 0,
        maxSteps: 1000,
        trajectory: true,
        onNonFinite: 'stop',
        onStep: ({ loss }) => loss > goal,
        ...options,
      }) as Run;
    };
    const rate = settings.stepFactor / (2 * depth);
    const whole = descend(wall, { rule: sgd({ learningRate: rate }) });
    const clipped = descend(wall, { rule: sgd({ learningRate: rate }), clip: { norm: limit } });
    const smoothness = largestCurvature(depth, wall);
    const careful = descend(wall, {
      rule: gradientDescent({ learningRate: 1 / smoothness }),
      maxSteps: settings.patience,
    });
    await progress(0.6);
    const fixed = descend(settings.plateau, { rule: sgd({ learningRate: settings.plateauRate }) });
    const decaying = descend(settings.plateau, {
      rule: sgd({ learningRate: inverseTime({ from: settings.plateauRate, alpha: settings.decay }) }),
    });
    one.dispose();

    const unit = recurrent(unrolled);
    const follow = (options: MinimizeOptions): Run =>
      minimize(unit, {
        rule: sgd({ learningRate: recurrentRate }),
        maxSteps: settings.recurrentSteps,
        tolerance: 0,
        trajectory: true,
        onNonFinite: 'stop',
        ...options,
      }) as Run;
    const thrown = follow({});
    const held = follow({ clip: { norm: recurrentLimit } });
    await progress(0.9);

    const leap = Math.max(...lengths(thrown));
    const layerGrowth = growth.map(({ weight, points }) => ({
      weight,
      perLayer: Math.exp(slope(points.map(([layers, { measured }]) => [layers, Math.log(measured)]))),
    }));
    return {
      figures: [
        profileFigure(profiles),
        growthFigure(growth),
        runsFigure([
          { name: 'GD from the wall', run: whole },
          { name: 'clipped', run: clipped },
          { name: 'η = 1/L', run: careful },
          { name: 'GD from the plateau', run: fixed },
          { name: 'decaying η', run: decaying },
        ]),
        recurrentFigure(unit, { thrown, held }),
      ],
      checks: [
        atMost(
          '∂R/∂wᵢ = 2(wᵈ − 1)wᵈ⁻¹ along the diagonal: the largest deviation, in units of its larger term',
          Math.max(...profiles.map(({ deviation }) => deviation)),
          1e-12,
        ),
        atMost(
          'λmax = 2((2d − 1)w²ᵈ⁻² − (d − 1)wᵈ⁻²): the largest relative deviation over depths and weights',
          Math.max(
            ...growth.flatMap(({ points }) => points.map(([, { measured, exact }]) => Math.abs(measured / exact - 1))),
          ),
          1e-10,
        ),
        atLeast(
          'λmax grows exponentially: its factor per layer, by the slope of ln λmax, over w², the least',
          Math.min(...layerGrowth.map(({ weight, perLayer }) => perLayer / weight ** 2)),
          1,
        ),
        atLeast('one step of gradient descent from the wall: loss after / before', jump(whole), 10),
        atMost('with clipped gradients: the loss in the end', clipped.loss, goal),
        atMost(
          'length of a step = η · min(‖g‖, c), on the product: the largest deviation in units of ηc',
          stepDeviation(clipped, rate, limit),
          1e-12,
        ),
        atMost(
          'η = 1/L: 2L(R(t+1) − R(t)) / ‖∇R(t)‖², the largest of all t, but for rounding',
          descentShare(careful, smoothness),
          -1 + 1e-6,
        ),
        atLeast(
          'and its steps to the same loss, or until it was given up, over those with clipping',
          careful.steps / clipped.steps,
          10,
        ),
        atLeast('fixed η from the plateau: the greatest loss after / before a step', jump(fixed), 10),
        atMost('with η = C·t^−α instead: the loss in the end', decaying.loss, goal),
        atLeast(
          'recurrent unit: its longest step over the longest with clipping',
          leap / Math.max(...lengths(held)),
          10,
        ),
        atMost('and its loss in the end with clipping, over that without', held.loss / thrown.loss, 1e-2),
        atMost(
          'length of a step = η · min(‖g‖, c), on the recurrent unit: the largest deviation in units of ηc',
          stepDeviation(held, recurrentRate, recurrentLimit),
          1e-12,
        ),
      ],
      findings: [
        `With ${settings.deepest} layers and weights of ${shortened(wall)} the largest curvature is ${shortened(largestCurvature(settings.deepest, wall))}, with 2 layers ${shortened(largestCurvature(2, wall))}; per layer it grows by a factor of ${shortened(layerGrowth[1]!.perLayer)}.`,
        `${depth} layers, from weights of ${shortened(wall)}: one step with η = ${shortened(rate)} takes the loss from ${shortened(whole.trajectory.losses[0]!)} to ${shortened(whole.trajectory.losses[1] ?? Infinity)}. Clipped at ${shortened(limit)} the same η arrives in ${clipped.steps} steps; η = 1/L = ${shortened(1 / smoothness)} ${careful.loss > goal ? `has come to ${shortened(careful.loss)} after` : 'takes'} ${careful.steps}.`,
        `From weights of ${shortened(settings.plateau)} η = ${shortened(settings.plateauRate)} goes well for ${lengths(fixed).findIndex((_, t) => fixed.trajectory.losses[t + 1]! > fixed.trajectory.losses[t]!)} steps and is then thrown off; decaying as t^−${shortened(settings.decay)} it arrives in ${decaying.steps}.`,
        `The recurrent unit is thrown ${shortened(leap)} far in one step and ends with a loss of ${shortened(thrown.loss)}; no clipped step is longer than ${shortened(recurrentRate * recurrentLimit)}, and the loss ends at ${shortened(held.loss)}.`,
      ],
    };
  },
});

/** R and its slope along the diagonal, where all weights are equal. */
function profile(depth: number, one: Dataset) {
  const { model, data, loss } = weightProduct(depth, one);
  const norms: Point[] = [];
  let deviation = 0;
  for (let i = 0; i <= 150; ++i) {
    const w = 0.5 + i / 100;
    model.parameters.fill(w);
    const { gradient } = model.gradient(data, { loss });
    norms.push([w, Math.hypot(...gradient)]);
    const scale = 2 * (w ** depth + 1) * w ** (depth - 1);
    for (const g of gradient) deviation = Math.max(deviation, Math.abs(g - slopeWhereEqual(depth, w)) / scale);
  }
  return { depth, norms, deviation };
}

/** λmax where all weights are equal, as the number of layers grows. */
function curvatures(weight: number, deepest: number, one: Dataset) {
  const points = Array.from({ length: deepest - 1 }, (_, i) => {
    const depth = i + 2;
    const { model, data, loss } = weightProduct(depth, one);
    model.parameters.fill(weight);
    const measured = curvature(model, data, { loss }).top[0]!;
    return [depth, { measured, exact: largestCurvature(depth, weight) }] as const;
  });
  return { weight, points };
}

const lengths = ({ trajectory: { thetas } }: Run): number[] =>
  thetas.slice(1).map((theta, t) => distance(theta, thetas[t]!));

/** The largest factor by which a step has raised the loss: infinite, where the run diverged. */
const jump = ({ status, trajectory: { losses } }: Run): number =>
  Math.max(...losses.slice(1).map((loss, t) => loss / losses[t]!), status === 'diverged' ? Infinity : 0);

/** How far steps are from η · min(‖g‖, c), in units of ηc. */
const stepDeviation = (run: Run, rate: number, limit: number): number =>
  Math.max(
    ...lengths(run).map((length, t) =>
      Math.abs(length / (rate * limit) - Math.min(run.trajectory.gradientNorms[t]! / limit, 1)),
    ),
  );

/** By the descent lemma no more than −1, where steps are 1/L. */
const descentShare = ({ trajectory: { losses, gradientNorms } }: Run, smoothness: number): number =>
  Math.max(...losses.slice(1).map((loss, t) => (2 * smoothness * (loss - losses[t]!)) / gradientNorms[t]! ** 2));

function profileFigure(profiles: readonly { depth: number; norms: readonly Point[] }[]): Figure {
  return {
    name: 'profile',
    title: 'A plateau and a cliff',
    caption:
      'The norm of the gradient of (w₁⋯w_d − 1)² where all weights are w. The deeper the network, the flatter the plateau and the steeper the wall; between them lies the minimum, at 1.',
    x: { label: 'each weight w' },
    y: { label: '‖∇R‖', scale: 'log', domain: [1e-6, 1e13] },
    marks: profiles.map(
      ({ depth, norms }, i): Line => ({
        kind: 'line',
        name: `${depth} layers`,
        color: (i + 1) / profiles.length,
        points: norms,
      }),
    ),
  };
}

function growthFigure(growth: readonly ReturnType<typeof curvatures>[]): Figure {
  return {
    name: 'lipschitz',
    title: 'The Lipschitz constant grows exponentially with depth',
    caption:
      'The largest eigenvalue of the Hessian where all weights are w, by Hessian-vector products (dots) and by the closed form (lines).',
    x: { label: 'layers d' },
    y: { label: 'λmax of ∇²R', scale: 'log' },
    marks: growth.flatMap(({ weight, points }, i) => {
      const color = (['blue', 'orange', 'green'] as const)[i]!;
      return [
        {
          kind: 'line',
          color,
          style: 'dashed',
          points: points.map(([depth, { exact }]): Point => [depth, exact]),
        },
        {
          kind: 'dots',
          name: `w = ${shortened(weight)}`,
          color,
          points: points.map(([depth, { measured }]): Point => [depth, measured]),
        },
      ] as const;
    }),
  };
}

function runsFigure(runs: readonly { name: string; run: Run }[]): Figure {
  const top = 1e20;
  return {
    name: 'runs',
    title: 'Thrown off, or not',
    caption: `The loss of each run until it is ${shortened(goal)}. A cross: off the scale, and soon not even a number.`,
    x: { label: 'gradients evaluated', scale: 'log' },
    y: { label: 'R(w)', scale: 'log', domain: [goal / 10, top] },
    marks: runs.map(({ name, run: { status, trajectory } }): Line => {
      const { losses } = trajectory;
      const lost = losses.findIndex((loss) => loss > top);
      const last = lost < 0 ? losses.length - 1 : lost;
      const points = someSteps(last, 'log').map((t): Point => [t + 1, Math.min(losses[t]!, top)]);
      return { kind: 'line', name, points: status === 'diverged' ? [...points, [last + 2, NaN]] : points };
    }),
  };
}

function recurrentFigure({ name, start, objective }: Problem, { thrown, held }: { thrown: Run; held: Run }): Figure {
  const [w, b] = [
    [3.6, 6],
    [-3.2, -1.6],
  ] as const;
  const [width, height] = [160, 120];
  const gradient = new Float64Array(2);
  const values = Array.from({ length: width * height }, (_, k) => {
    const x = w[0] + ((w[1] - w[0]) * (k % width)) / (width - 1);
    const y = b[0] + ((b[1] - b[0]) * Math.floor(k / width)) / (height - 1);
    return objective(Float64Array.of(x, y), gradient) as number;
  });
  const path = ({ trajectory: { thetas } }: Run): Point[] =>
    someSteps(thetas.length - 1, 'log').map((t) => [thetas[t]![0]!, thetas[t]![1]!]);
  return {
    name: 'recurrent',
    title: `${name}: thrown off the wall`,
    caption:
      'Loss over weight and bias of a unit that is fed back to itself: two plains, and a wall between them with a minimum on its face. Where plain gradient descent meets the wall, it is thrown off the plot; with clipped gradients it goes on along it.',
    x: { label: 'weight w', domain: w },
    y: { label: 'bias b', domain: b },
    marks: [
      { kind: 'contours', values, width, levels: [0.001, 0.003, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35] },
      { kind: 'trajectory', name: 'gradient descent', color: 'red', points: path(thrown) },
      { kind: 'trajectory', name: 'clipped', color: 'blue', points: path(held) },
      { kind: 'dots', name: 'start', color: 'gray', points: [[start[0]!, start[1]!]] },
    ],
  };
}
