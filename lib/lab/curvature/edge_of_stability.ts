import {
  type Activation,
  curvature,
  type Dataset,
  dense,
  gradientDescent,
  minimize,
  type Network,
  network,
} from '../../index.js';
import type { Figure, Line, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line, referenceLine } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { Values } from '../setting.js';
import { largest, mean } from '../spread.js';
import type { Trial } from '../trial.js';

/** Measurements at one step of gradient descent. */
interface Look {
  readonly step: number;
  readonly loss: number;
  /** (η/2)gᵀHg : ‖g‖². */
  readonly ratio: number;
  /** ηλmax/2. */
  readonly sharpness: number;
}

interface Descent {
  readonly rate: number;
  readonly looks: Look[];
  /** The largest factor by which a step raised the loss. Infinity if the run diverged. */
  rise: number;
}

type EdgeSettings = Values<'units' | 'learningRate' | 'steps' | 'every' | 'seed'>;

interface EdgeOptions extends EdgeSettings {
  readonly data: Dataset;
}

/** Multiples of the given η that reach the edge of stability within the steps of a run. */
const shares = [1, 0.85, 0.75];
/** A multiple of η that stays below it. */
const calmShare = 0.2;

const secondEigenvalue = 'the second eigenvalue in place of λmax';
const twiceTheRate = 'η twice as large';
const linearUnits = 'linear units in place of tanh';
const thirdOfRate = 'η a third as large';
const notCalm = 'the whole η in place of a fifth';
const counterModels = [secondEigenvalue, twiceTheRate, linearUnits, thirdOfRate, notCalm];

/** Full-batch gradient descent on a network, with curvature measured every few steps. */
export const edgeOfStability = part(counterModels, async ({ data, ...settings }: EdgeOptions, trial) => {
  const { units, steps, seed } = settings;
  const learningRate = settings.learningRate * trial.instead(twiceTheRate, 1, 2) * trial.instead(thirdOfRate, 1, 1 / 3);
  const activation = trial.instead<Activation>(linearUnits, 'tanh', 'identity');
  const initializer = 'lecunNormal';
  const layer = dense(units, { activation, initializer });
  const layers = [layer, layer, layer, dense(1, { initializer })];
  const runs: Descent[] = [];
  const all = [...shares, trial.instead(notCalm, calmShare, 1)];
  for (const [i, share] of all.entries()) {
    const run: Descent = { rate: share * learningRate, looks: [], rise: 0 };
    runs.push(run);
    const model = network({ inputs: 1, layers, type: 'float64', seed });
    const part = trial.within(i / all.length, (i + 1) / all.length);
    await descend(run, { model, data }, settings, part, () => [edgeFigure(runs), lossFigure(runs)]);
  }
  const [main, calm, edge] = [runs[0]!, runs[3]!, runs.slice(0, 3)];
  const late = ({ looks }: Descent, key: 'sharpness' | 'ratio') =>
    mean(looks.flatMap((look) => (look.step >= 0.75 * steps ? [look[key]] : [])));
  const starts = edge.map(({ looks }) => looks[0]!.sharpness);
  const ends = edge.map((run) => late(run, 'sharpness'));
  const fall = Math.max(...edge.map(({ looks }) => looks.at(-1)!.loss / looks[0]!.loss));
  const highest = Math.max(...calm.looks.map(({ sharpness }) => sharpness));
  const [bound, begins, sharpens, arrives, swings, falls, stays, descends] = [
    claim('(η/2)gᵀHg / ‖g‖² ≤ ηλmax/2, at every measurement of all runs: the largest quotient').atMost(
      largest(
        runs.flatMap(({ looks }) => looks.map(({ ratio, sharpness }) => ratio / sharpness)).filter(Number.isFinite),
      ),
      1 + 1e-4,
      secondEigenvalue,
    ),
    claim('edge of stability: ηλmax/2 at the start, the largest of three η').atMost(
      Math.max(...starts),
      0.5,
      twiceTheRate,
    ),
    claim('progressive sharpening: λmax, its mean over the last quarter over that at the start, the least').atLeast(
      Math.min(...ends.map((end, i) => end / starts[i]!)),
      1.8,
      linearUnits,
    ),
    claim('up to 2/η, where it stays: |ηλmax/2 − 1|, of the mean over the last quarter, the largest').atMost(
      Math.max(...ends.map((end) => Math.abs(end - 1))),
      0.05,
      thirdOfRate,
    ),
    claim(
      'iterates oscillate along that direction: (η/2)gᵀHg / ‖g‖², its mean over the last quarter, at the largest η',
    ).atLeast(late(main, 'ratio'), 0.9, thirdOfRate),
    claim('the loss falls nonetheless: final over initial, the largest').atMost(fall, 0.2, linearUnits),
    claim('a fifth of η: ηλmax/2, the largest of all measurements').atMost(highest, 0.7, notCalm),
    claim('and the loss after / before a step, the largest of all steps').atMost(calm.rise, 1, notCalm),
  ] as const;
  const list = (values: readonly number[]) =>
    values.map((value) => (Number.isNaN(value) ? 'none' : shortened(value))).join(', ');
  const diverges = (runs: readonly Descent[]) => runs.some(({ rise }) => rise === Infinity);
  const measured = `Gradient descent with η = ${list(edge.map(({ rate }) => rate))}: ηλmax/2 is ${list(starts)} at the start and ${list(ends)} in the last quarter`;
  return {
    figures: [edgeFigure(runs), lossFigure(runs)],
    checks: [bound, begins, sharpens, arrives, swings, falls, stays, descends],
    findings: [
      finding(
        [begins, sharpens, arrives, falls],
        `${measured}. The network grows sharper until the step is as long as it allows, and no longer: the loss falls to ${shortened(fall)} of what it was, though single steps raise it by a factor of up to ${shortened(Math.max(...edge.map(({ rise }) => rise)))}.`,
        `${measured}. ${diverges(edge) ? 'Some run diverges.' : `The loss ends at ${shortened(fall)} of what it was, or less.`}`,
      ),
      finding(
        [stays, descends],
        `With η = ${shortened(calm.rate)} ηλmax/2 is at most ${shortened(highest)}: the edge is not reached, and no step raises the loss.`,
        diverges([calm])
          ? `With η = ${shortened(calm.rate)} the run diverges.`
          : `With η = ${shortened(calm.rate)} ηλmax/2 is up to ${shortened(highest)}, and a step multiplies the loss by ${shortened(calm.rise)} at most.`,
      ),
    ],
  };
});

/** Descends, and adds each measurement to `run`. */
async function descend(
  run: Descent,
  { model, data }: { model: Network; data: Dataset },
  { steps, every }: EdgeSettings,
  trial: Trial,
  soFar: () => readonly Figure[],
): Promise<void> {
  const { rate: learningRate, looks } = run;
  const loss = 'squared';
  const place = trial.instead(secondEigenvalue, 0, 1);
  let before = Infinity;
  for (let step = 0; ; ) {
    const report = curvature(model, data, { loss, learningRate, top: place + 1, bottom: 0 });
    const sharpness = (learningRate * report.top[place]!) / 2;
    looks.push({ step, loss: report.loss, ratio: report.ratio!, sharpness });
    await trial.progress(step / steps, soFar);
    if (step >= steps) break;
    const { steps: taken, status } = minimize(
      { model, data, loss },
      {
        rule: gradientDescent({ learningRate }),
        maxSteps: Math.min(every, steps - step),
        tolerance: 0,
        onNonFinite: 'stop',
        onStep({ loss: now }) {
          run.rise = Math.max(run.rise, now / before);
          before = now;
        },
      },
    );
    step += taken;
    if (status === 'diverged') {
      looks.push({ step, loss: NaN, ratio: NaN, sharpness: NaN });
      run.rise = Infinity;
      return;
    }
  }
}

const colors = ['blue', 'green', 'orange', 'purple'] as const;

const curves = (runs: readonly Descent[], name: string, key: 'sharpness' | 'loss'): Line[] =>
  runs.map(({ rate, looks }, i) =>
    line({ name: `${name}, η = ${shortened(rate)}`, color: colors[i]! }, looks, (look) => [look.step, look[key]]),
  );

function edgeFigure(runs: readonly Descent[]): Figure {
  const [main] = runs as [Descent];
  return {
    name: 'edge',
    title: 'Curvature along a run, and the edge of stability',
    caption:
      'λmax in units of 2/η (lines); above 1 gradient descent is unstable. Notice where it starts, how far it grows, and where it stays. (η/2)gᵀHg : ‖g‖² (dots) equals it when the iterates oscillate along its eigenvector.',
    x: { label: 'step t' },
    y: { label: 'ηλmax/2 and (η/2)gᵀHg / ‖g‖²' },
    marks: [
      ...curves(runs, 'ηλmax/2', 'sharpness'),
      dots(
        { name: `(η/2)gᵀHg / ‖g‖², η = ${shortened(main.rate)}`, color: 'red', radius: 2 },
        main.looks.flatMap(({ step, ratio }): Point[] => (Number.isFinite(ratio) ? [[step, ratio]] : [])),
      ),
      referenceLine('y', 1, { name: 'edge of stability', color: 'gray' }),
    ],
  };
}

const lossFigure = (runs: readonly Descent[]): Figure => ({
  name: 'edge-loss',
  title: 'The loss beneath',
  caption: 'The loss of the same runs at the same steps. Notice what it does where ηλmax/2 passes 1, and afterwards.',
  x: { label: 'step t' },
  y: { label: 'R(θ(t))', scale: 'log' },
  marks: curves(runs, 'R', 'loss'),
});
