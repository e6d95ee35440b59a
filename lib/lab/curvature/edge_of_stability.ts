import { curvature } from '../../curvature/curvature.js';
import type { Dataset } from '../../data/dataset.js';
import { minimize } from '../../minimize/minimize.js';
import { gradientDescent } from '../../optimizers/gradient_descent.js';
import type { Figure, Line, Point } from '../../pages/figure.js';
import type { Network } from '../../training/network.js';
import { atLeast, atMost, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import { mean } from '../spread.js';
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
  readonly looks: readonly Look[];
  /** The largest factor by which a step raised the loss. Infinity if the run diverged. */
  readonly rise: number;
}

export interface EdgeSettings {
  readonly learningRate: number;
  readonly steps: number;
  /** Steps from one measurement of the curvature to the next. */
  readonly every: number;
}

/** Multiples of the given η. The first three reach the edge of stability, the last stays below it. */
const shares = [1, 0.8, 1.5, 0.2];

/** Full-batch gradient descent on a network, with curvature measured every few steps. */
export async function edgeOfStability(
  newModel: () => Network,
  data: Dataset,
  settings: EdgeSettings,
  trial: Trial,
): Promise<Outcome> {
  const runs: Descent[] = [];
  for (const [i, share] of shares.entries()) {
    const part = trial.within(i / shares.length, (i + 1) / shares.length);
    runs.push(await descend(newModel(), data, { ...settings, learningRate: share * settings.learningRate }, part));
  }
  const [main, calm, edge] = [runs[0]!, runs[3]!, runs.slice(0, 3)];
  const levels = edge.map(({ looks }) =>
    mean(looks.flatMap(({ step, sharpness }) => (step >= settings.steps / 2 ? [sharpness] : []))),
  );
  const highest = ({ looks }: Descent) => Math.max(...looks.map(({ ratio }) => ratio));
  const fall = Math.max(...edge.map(({ looks }) => looks.at(-1)!.loss / looks[0]!.loss));
  return {
    figures: [figure(main, edge, calm)],
    checks: [
      atMost(
        '(η/2)gᵀHg / ‖g‖² ≤ ηλmax/2, at every look of all runs: the largest quotient',
        Math.max(...runs.flatMap(({ looks }) => looks.map(({ ratio, sharpness }) => ratio / sharpness))),
        1 + 1e-4,
      ),
      atMost(
        'λmax comes to 2/η and stays there: ηλmax/2, its mean over the second half less 1, the largest of three η',
        Math.max(...levels.map((level) => Math.abs(level - 1))),
        0.2,
      ),
      atLeast('(η/2)gᵀHg / ‖g‖² comes near 1 at one of these η: the largest', Math.max(...edge.map(highest)), 0.95),
      atMost('and the loss falls nonetheless: in the end / at the start, the largest', fall, 0.1),
      atMost('a fifth of η: the largest (η/2)gᵀHg / ‖g‖²', highest(calm), 1),
      atMost('and the largest loss after / before a step, of all steps', calm.rise, 1),
    ],
    findings: [
      `Gradient descent with η = ${edge.map(({ rate }) => shortened(rate)).join(', ')}: λmax settles at ${levels.map(shortened).join(', ')} times 2/η. (η/2)gᵀHg is up to ${shortened(highest(main))} times ‖g‖², and while the loss falls to ${shortened(fall)} of what it was, single steps raise it by a factor of up to ${shortened(main.rise)}.`,
    ],
  };
}

async function descend(
  model: Network,
  data: Dataset,
  { learningRate, steps, every }: EdgeSettings,
  trial: Trial,
): Promise<Descent> {
  const loss = 'squared';
  const looks: Look[] = [];
  let rise = 0;
  let before = Infinity;
  for (let step = 0; ; ) {
    const report = curvature(model, data, { loss, learningRate, bottom: 0 });
    looks.push({ step, loss: report.loss, ratio: report.ratio!, sharpness: (learningRate * report.top[0]!) / 2 });
    await trial.progress(step / steps);
    if (step >= steps) break;
    const { steps: taken, status } = minimize(
      { model, data, loss },
      {
        rule: gradientDescent({ learningRate }),
        maxSteps: Math.min(every, steps - step),
        tolerance: 0,
        onNonFinite: 'stop',
        onStep({ loss: now }) {
          rise = Math.max(rise, now / before);
          before = now;
        },
      },
    );
    step += taken;
    if (status === 'diverged') {
      looks.push({ step, loss: NaN, ratio: NaN, sharpness: NaN });
      return { rate: learningRate, looks, rise: Infinity };
    }
  }
  return { rate: learningRate, looks, rise };
}

function figure(main: Descent, edge: readonly Descent[], calm: Descent): Figure {
  const colors = ['blue', 'green', 'orange', 'purple'] as const;
  return {
    name: 'edge',
    title: 'The edge of stability',
    caption:
      'λmax in units of 2/η (lines), beyond which gradient descent is unstable: it comes to it and hovers there. (η/2)gᵀHg : ‖g‖² (dots) is never above, and close to it where the iterates swing to and fro.',
    x: { label: 'step t' },
    y: { label: 'ηλmax/2 and (η/2)gᵀHg / ‖g‖²' },
    marks: [
      ...[...edge, calm].map(
        (run, i): Line => ({
          kind: 'line',
          name: `ηλmax/2, η = ${shortened(run.rate)}`,
          color: colors[i]!,
          width: run === main ? 2 : 1,
          points: run.looks.map(({ step, sharpness }): Point => [step, sharpness]),
        }),
      ),
      {
        kind: 'dots',
        name: `(η/2)gᵀHg / ‖g‖², η = ${shortened(main.rate)}`,
        color: 'red',
        radius: 2,
        points: main.looks.flatMap(({ step, ratio }): Point[] => (Number.isFinite(ratio) ? [[step, ratio]] : [])),
      },
      { kind: 'rule', axis: 'y', at: 1, name: 'warning', color: 'gray' },
    ],
  };
}
