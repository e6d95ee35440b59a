import { type MinimizeOptions, minimize, type Problem, sgd } from '../../index.js';
import type { Figure, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { gridValues } from '../grid.js';
import { dots } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { recurrent } from '../problems/recurrent.js';
import type { Values } from '../setting.js';
import { someSteps } from '../some_steps.js';
import { largest } from '../spread.js';
import { clippingDeviation, type Run, stepLengths } from './steps.js';

type UnitSettings = Values<'unrolled' | 'recurrentRate' | 'recurrentLimit' | 'recurrentSteps'>;

const fedBackOnce = 'a unit that is fed back only once';
const notClipped = 'no clipping';
const byElement = 'clipping of each element in place of the norm';

/** Gradient descent on a recurrent unit, with and without clipping. */
export const unitRuns = part([fedBackOnce, notClipped, byElement], (settings: UnitSettings, trial) => {
  const { recurrentRate, recurrentLimit, recurrentSteps } = settings;
  const unit = recurrent(trial.instead(fedBackOnce, settings.unrolled, 1));
  const descend = (options: MinimizeOptions) =>
    minimize(unit, {
      rule: sgd({ learningRate: recurrentRate }),
      maxSteps: recurrentSteps,
      tolerance: 0,
      trajectory: true,
      onNonFinite: 'stop',
      ...options,
    }) as Run;
  const thrown = descend({});
  const clip = trial.instead(byElement, { norm: recurrentLimit }, { value: recurrentLimit });
  const clipped = descend(trial.instead<MinimizeOptions>(notClipped, { clip }, {}));
  const leap = largest(stepLengths(thrown));
  const longest = largest(stepLengths(clipped));
  const [leaps, saved, lengths] = [
    claim('recurrent unit: its longest step over the longest with clipping').atLeast(leap / longest, 10, fedBackOnce),
    claim('its final loss with clipping, over that without').atMost(clipped.loss / thrown.loss, 1e-2, notClipped),
    claim(
      'clipping, on the recurrent unit: length of a step = η · min(‖g‖, c), the largest deviation in units of ηc, but for the rounding of θ',
    ).atMost(clippingDeviation(clipped, recurrentRate, recurrentLimit), 1e-12, byElement),
  ] as const;
  return {
    figures: [figure(unit, thrown, clipped)],
    checks: [leaps, saved, lengths],
    findings: [
      finding(
        [leaps, saved],
        `The recurrent unit is thrown ${shortened(leap)} far in one step and ends with a loss of ${shortened(thrown.loss)}; with clipping no step is longer than ${shortened(longest)}, and the loss ends at ${shortened(clipped.loss)}.`,
        `The longest step of the recurrent unit is ${shortened(leap)}, and its loss ends at ${shortened(thrown.loss)}; with clipping these are ${shortened(longest)} and ${shortened(clipped.loss)}.`,
      ),
    ],
  };
});

function figure({ start, objective }: Problem, thrown: Run, clipped: Run): Figure {
  const w = [3.9, 5.4] as const;
  const b = [-2.9, -1.8] as const;
  const width = 220;
  const lossAt = (...theta: number[]) => objective(Float64Array.of(...theta), new Float64Array(2)) as number;
  const values = gridValues({ x: w, y: b }, { width, height: 160 }, lossAt);
  const path = ({ trajectory: { thetas } }: Run) => {
    const steps = someSteps(thetas.length - 1, 'log');
    return { steps, points: steps.map((t): Point => [thetas[t]![0]!, thetas[t]![1]!]) };
  };
  return {
    name: 'recurrent',
    title: 'A recurrent unit at a wall',
    caption:
      'The loss over weight and bias of a unit that is fed back to itself: two plains, and between them a wall with a minimum on its face. Notice what a step does where a path meets the wall, with clipped gradients and without.',
    x: { label: 'weight w', domain: w },
    y: { label: 'bias b', domain: b },
    equal: true,
    marks: [
      { kind: 'contours', values, width, levels: [0.001, 0.003, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35] },
      { kind: 'path', name: 'gradient descent', color: 'red', ...path(thrown) },
      { kind: 'path', name: 'clipped', color: 'blue', ...path(clipped) },
      dots({ name: 'start', color: 'gray' }, [[start[0]!, start[1]!]]),
    ],
  };
}
