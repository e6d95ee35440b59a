import type { Axis, Figure, Mark, Point } from '../../pages/index.js';
import { band, line, referenceLine } from '../marks.js';
import { someSteps } from '../some_steps.js';
import { largest, smallest } from '../spread.js';
import {
  arrivalsOf,
  divergedIn,
  estimateAt,
  estimateOf,
  type Lane,
  lengthOf,
  placeOf,
  type Quantity,
} from './lanes.js';
import { type RaceTask, scoreLabels } from './task.js';

/** The palette's first colours, one for each entrant. */
const colors = ['blue', 'orange', 'green', 'red', 'purple', 'teal', 'pink', 'gold'] as const;

/** The colour of an entrant in all figures. */
export const colorOf = (at: number) => colors[at]!;

interface Drawn {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly quantity: Quantity;
  readonly y: Axis;
}

/** The quantities drawn over steps and over time. */
const drawn = ({ score }: RaceTask): readonly Drawn[] => [
  {
    name: 'loss',
    title: 'Training loss',
    about: 'Mean loss over a sample of the training examples',
    quantity: 'loss',
    y: { label: 'loss', scale: 'log' },
  },
  {
    name: 'score',
    title: score === 'r2' ? 'R² on held-out examples' : 'Accuracy on held-out examples',
    about: score === 'r2' ? 'R², 1 minus the squared error over the variance' : 'The share of correct classifications',
    quantity: 'score',
    y: { label: scoreLabels[score] },
  },
  {
    name: 'gradient',
    title: 'Gradient norm',
    about: 'Norm of the gradient of this loss',
    quantity: 'gradientNorm',
    y: { label: '‖∇R‖', scale: 'log' },
  },
];

const places = [
  { axis: 'step', over: 'steps', x: { label: 'step t' } },
  { axis: 'seconds', over: 'time', x: { label: 'time in training, seconds' } },
] as const;

/** Loss, score and norm of the gradient over steps and over time, with intervals. */
export function courseFigures(lanes: readonly Lane[], task: RaceTask): Figure[] {
  const { length } = lanes[0]!.courses;
  const some = lanes.some((lane) => divergedIn(lane) > 0) ? ' that have not diverged' : '';
  const spread = length > 1 ? `: mean of the ${length} networks${some}, and its 95 % interval` : '';
  return drawn(task).flatMap(({ name, title, about, quantity, y }) =>
    places.map(
      ({ axis, over, x }): Figure => ({
        name: `${name}-${over}`,
        title: `${title} over ${over}`,
        caption:
          `${about}${spread}. ${axis === 'seconds' ? 'The time includes only the training steps, on this machine.' : ''}`.trim(),
        x,
        y,
        marks: [...lanes.entries()].flatMap(([at, lane]) => curve(lane, at, quantity, axis)),
      }),
    ),
  );
}

function curve(lane: Lane, at: number, quantity: Quantity, axis: 'step' | 'seconds'): Mark[] {
  const { name } = lane.entrant;
  const points = someSteps(lengthOf(lane) - 1).map((k) => {
    const { mean, low, high } = estimateAt(lane, quantity, k);
    return { x: placeOf(lane, axis, k), mean, low, high };
  });
  const look = { name, color: colorOf(at) };
  const means = line(look, points, ({ x, mean }) => [x, mean]);
  if (lane.courses.length === 1) return [means];
  const finite = points.filter(({ mean }) => Number.isFinite(mean));
  return [band(look, finite, ({ x, low, high }) => [x, low, high]), means];
}

/** The number of scores for which times are drawn. */
const targets = 40;

/** The time to reach each score that all networks of an entrant have reached. */
export function targetFigure(lanes: readonly Lane[], task: RaceTask, target: number): Figure {
  const all = lanes.flatMap(({ courses }) =>
    courses.flatMap(({ measurements }) => measurements.map(({ score }) => score)),
  );
  const scores = all.filter(Number.isFinite);
  const [least, most] = [smallest(scores), largest(scores)];
  const label = scoreLabels[task.score];
  return {
    name: 'target-time',
    title: `Time to reach any ${label}`,
    caption: `Mean training time until the score on the held-out examples is reached, for scores that all networks of an entrant reach, with linear interpolation between measurements.`,
    x: { label: `${label} to reach` },
    y: { label: 'time in training, seconds' },
    marks: [
      ...lanes.map((lane, at) =>
        line(
          { name: lane.entrant.name, color: colorOf(at) },
          Array.from({ length: targets }, (_, i) => least + ((most - least) * i) / (targets - 1)).flatMap(
            (score): Point[] => {
              const arrivals = arrivalsOf(lane, score);
              return arrivals.length === lane.courses.length ? [[score, estimateOf(arrivals, 'seconds').mean]] : [];
            },
          ),
        ),
      ),
      referenceLine('x', target, { name: 'target', color: 'gray' }),
    ],
  };
}
