import {
  type Dataset,
  gradientDescent,
  type Hyperparameter,
  type MinimizeOptions,
  minimize,
  schedules,
  sgd,
} from '../../index.js';
import type { Color, Figure, Line, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { Values } from '../setting.js';
import { someSteps } from '../some_steps.js';
import { largest } from '../spread.js';
import { clippingDeviation, descentShare, greatestRise, type Run } from './steps.js';
import { largestCurvature, weightProduct } from './weight_product.js';

type RunSettings = Values<'depth' | 'wall' | 'plateau' | 'stepFactor' | 'limit' | 'patience' | 'plateauRate' | 'decay'>;

interface RunOptions extends RunSettings {
  /** The example x = y = 1. */
  readonly one: Dataset;
}

/** The loss at which a run ends. */
const goal = 1e-6;

const shallow = 'two layers, which have no cliff';
const notClipped = 'no clipping';
const byElement = 'clipping of each element in place of the norm';
const tooShort = 'η = 0.4/L';
const fixedRate = 'a fixed η in place of a decaying one';
const counterModels = [shallow, notClipped, byElement, tooShort, fixedRate];

/** Gradient descent on the product of weights, from the wall and from the plateau. */
export const productRuns = part(counterModels, async ({ one, ...settings }: RunOptions, trial) => {
  const { wall, plateau, limit, patience, plateauRate, decay } = settings;
  const depth = trial.instead(shallow, settings.depth, 2);
  const product = weightProduct(depth, one);
  const descend = (weight: number, options: MinimizeOptions): Run => {
    product.model.parameters.fill(weight);
    return minimize(product, {
      tolerance: 0,
      trajectory: true,
      onNonFinite: 'stop',
      onStep: ({ loss }) => loss > goal,
      ...options,
    }) as Run;
  };
  const rate = settings.stepFactor / (2 * depth);
  const thrown = descend(wall, { rule: sgd({ learningRate: rate }) });
  const clip = trial.instead(byElement, { norm: limit }, { value: limit });
  const clipped = descend(wall, {
    rule: sgd({ learningRate: rate }),
    ...trial.instead<MinimizeOptions>(notClipped, { clip }, {}),
  });
  const fromWall: Shown[] = [
    { name: 'GD from the wall', color: 'red', run: thrown },
    { name: 'clipped', color: 'blue', run: clipped },
  ];
  await trial.progress(0.3, () => [figure(fromWall)]);
  const smoothness = largestCurvature(depth, wall);
  const carefulRate = trial.instead(tooShort, 1, 0.4) / smoothness;
  const careful = descend(wall, { rule: gradientDescent({ learningRate: carefulRate }), maxSteps: patience });
  await trial.progress(0.9);
  const fixed = descend(plateau, { rule: sgd({ learningRate: plateauRate }) });
  const schedule = schedules.inverseTime({ from: plateauRate, alpha: decay });
  const decaying = descend(plateau, {
    rule: sgd({ learningRate: trial.instead<Hyperparameter>(fixedRate, schedule, plateauRate) }),
  });
  const [thrownOff, arrives, lengths, lemma, slower, thrownFromBelow, decayed] = [
    claim('gradient descent from the wall: loss after / before a step, the largest').atLeast(
      greatestRise(thrown),
      10,
      shallow,
    ),
    claim('with clipped gradients: the final loss').atMost(clipped.loss, goal, notClipped),
    claim(
      'clipping, on the product: length of a step = η · min(‖g‖, c), the largest deviation in units of ηc, but for the rounding of θ',
    ).atMost(clippingDeviation(clipped, rate, limit), 1e-12, byElement),
    claim('η = 1/L: 2L(R(t+1) − R(t)) / ‖∇R(t)‖², the largest of all t, but for rounding').atMost(
      descentShare(careful, smoothness),
      -1 + 1e-6,
      tooShort,
    ),
    claim('its steps to the same loss, or until the run is given up, over those with clipping').atLeast(
      careful.steps / clipped.steps,
      10,
      shallow,
    ),
    claim('fixed η from the plateau: loss after / before a step, the largest').atLeast(
      greatestRise(fixed),
      10,
      shallow,
    ),
    claim('with η = C·t^−α instead: the final loss').atMost(decaying.loss, goal, fixedRate),
  ] as const;
  const steps = ({ steps, loss }: Run) =>
    loss <= goal ? `arrives in ${counted(steps)}` : `has come to ${shortened(loss)} after ${counted(steps)}`;
  const start = `${depth} layers, from weights of ${shortened(wall)}: one step with η = ${shortened(rate)} takes the loss from ${shortened(thrown.trajectory.losses[0]!)} to ${shortened(thrown.trajectory.losses[1] ?? Infinity)}. Clipped at ${shortened(limit)} the same η ${steps(clipped)}; η = ${shortened(carefulRate)} ${steps(careful)}`;
  const { losses } = fixed.trajectory;
  const falls = losses.findIndex((loss, t) => loss > (losses[t - 1] ?? loss)) - 1;
  return {
    figures: [
      figure([
        ...fromWall,
        { name: 'η = 1/L', color: 'green', run: careful },
        { name: 'GD from the plateau', color: 'orange', run: fixed },
        { name: 'decaying η', color: 'purple', run: decaying },
      ]),
    ],
    checks: [thrownOff, arrives, lengths, lemma, slower, thrownFromBelow, decayed],
    findings: [
      finding(
        [thrownOff, arrives, slower],
        `${start}: steps that are short enough for the wall are slow on the plain.`,
        `${start}.`,
      ),
      finding(
        [thrownFromBelow],
        `From weights of ${shortened(plateau)} the loss falls for ${falls} steps of η = ${shortened(plateauRate)} and then comes to ${shortened(largest(losses))}; with η decaying as t^−${shortened(decay)} the run ${steps(decaying)}.`,
        `From weights of ${shortened(plateau)} a step of η = ${shortened(plateauRate)} multiplies the loss by ${shortened(greatestRise(fixed))} at most; the run ${steps(fixed)}, and with η decaying as t^−${shortened(decay)} it ${steps(decaying)}.`,
      ),
    ],
  };
});

const counted = (steps: number) => `${shortened(steps)} ${steps === 1 ? 'step' : 'steps'}`;

/** A run with its name and colour in the figure. */
interface Shown {
  readonly name: string;
  readonly color: Color;
  readonly run: Run;
}

function figure(runs: readonly Shown[]): Figure {
  const top = 1e20;
  return {
    name: 'runs',
    title: 'Thrown off, or not',
    caption: `The loss of each run until it is ${shortened(goal)}. A cross marks where a run leaves the scale; soon after, its numbers overflow.`,
    x: { label: 'gradients evaluated', scale: 'log' },
    y: { label: 'R(w)', scale: 'log', domain: [goal / 10, top] },
    marks: runs.map(({ name, color, run: { status, trajectory } }): Line => {
      const { losses } = trajectory;
      const lost = losses.findIndex((loss) => loss > top);
      const last = lost < 0 ? losses.length - 1 : lost;
      const points = someSteps(last, 'log').map((t): Point => [t + 1, Math.min(losses[t]!, top)]);
      return line({ name, color }, status === 'diverged' ? [...points, [last + 2, NaN]] : points);
    }),
  };
}
