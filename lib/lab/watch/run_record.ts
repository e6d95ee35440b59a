import type { EpochReport, StepCurvature } from '../../index.js';
import type { Axis, Figure, Line, Mark, Point } from '../../pages/index.js';
import { line, referenceLine } from '../marks.js';
import type { Outcome } from '../outcome.js';
import type { Movement } from './movement.js';
import { Thinned } from './thinned.js';

const step: Axis = { label: 'step t' };

/** The keys of an epoch report that are not scores. */
const noScores = ['epoch', 'steps', 'skipped', 'learningRate', 'seconds', 'examplesPerSecond', 'loss', 'validation'];

/** The reports of a run, and figures of them. */
export class RunRecord {
  readonly epochs = new Thinned<EpochReport>();
  readonly curvature = new Thinned<StepCurvature>();
  readonly movements = new Thinned<Movement>();

  /** Figures of all reports so far. */
  get outcome(): Outcome {
    const figures = [this.#loss(), ...this.#scores(), this.#learningRate(), ...this.#alongGradient(), this.#moved()];
    const isLine = (mark: Mark): mark is Line => mark.kind === 'line';
    const hasPoints = (mark: Mark) => !isLine(mark) || mark.points.length > 0;
    return {
      figures: figures
        .map((figure) => ({ ...figure, marks: figure.marks.filter(hasPoints) }))
        .filter(({ marks }) => marks.some(isLine)),
      checks: [],
      findings: this.#findings(),
    };
  }

  #loss(): Figure {
    const epochs = this.epochs.all;
    const validated = epochs.filter(({ validation }) => validation !== undefined);
    return {
      name: 'loss',
      title: 'Loss',
      caption: 'The mean loss over the minibatches of each epoch, and the loss on the validation data at its end.',
      x: step,
      y: { label: 'loss' },
      marks: [
        line({ name: 'training' }, epochs, ({ steps, loss }) => [steps, loss]),
        line({ name: 'validation' }, validated, ({ steps, validation }) => [steps, validation!.loss]),
      ],
    };
  }

  #scores(): Figure[] {
    const values = (report: object) =>
      Object.entries(report).filter(([key, value]) => typeof value === 'number' && !noScores.includes(key));
    const curves = new Map<string, Map<string, Point[]>>();
    for (const { steps, validation, ...training } of this.epochs.all)
      for (const [of, report] of [['training', training], ['validation', validation ?? {}]] as const) // biome-ignore format: short
        for (const [key, value] of values(report)) {
          const lines = curves.get(key) ?? new Map<string, Point[]>();
          const points = lines.get(of) ?? [];
          points.push([steps, value as number]);
          curves.set(key, lines.set(of, points));
        }
    return [...curves].map(([key, lines]) => ({
      name: `score-${key}`,
      title: key,
      caption: `The metric ${key} at the end of each epoch.`,
      x: step,
      y: { label: key },
      marks: [...lines].map(([name, points]) => line({ name }, points)),
    }));
  }

  #learningRate(): Figure {
    const rates = [
      ...this.curvature.all,
      ...this.epochs.all.map(({ steps, learningRate }) => ({ step: steps, learningRate })),
    ].sort((a, b) => a.step - b.step);
    return {
      name: 'learning-rate',
      title: 'Learning rate',
      caption: 'η of the last step of each epoch, and of the steps whose curvature was monitored.',
      x: step,
      y: { label: 'η' },
      marks: [line({ name: 'η' }, rates, ({ step, learningRate }) => [step, learningRate])],
    };
  }

  /** Figures of the reports of a `curvatureMonitor`. */
  #alongGradient(): Figure[] {
    const curvature = this.curvature.all;
    return [
      {
        name: 'gradient-norm',
        title: 'Gradient norm',
        caption: 'On the rows of the curvature monitor.',
        x: step,
        y: { label: '‖g‖', scale: 'log' },
        marks: [
          line({ name: '‖g‖' }, curvature, ({ step, squaredGradientNorm }) => [step, Math.sqrt(squaredGradientNorm)]),
        ],
      },
      {
        name: 'curvature-ratio',
        title: 'Curvature along the gradient',
        caption:
          'Where it is 1 or more, a step of gradient descent with this η does not lower the loss, to second order.',
        x: step,
        y: { label: '(η/2)·gᵀHg / ‖g‖²' },
        marks: [
          line({ name: 'ratio' }, curvature, ({ step, ratio }) => [step, ratio]),
          referenceLine('y', 1, { name: 'the step is too long', color: 'red' }),
        ],
      },
    ];
  }

  #moved(): Figure {
    const movements = this.movements.all;
    const names = [...(movements[0]?.byTensor.keys() ?? [])];
    return {
      name: 'updates',
      title: 'Update-to-parameter ratios',
      caption:
        'How far each array of parameters has moved since the last point, for each step, as a share of its norm.',
      x: step,
      y: { label: '‖Δθ‖/‖θ‖ for each step', scale: 'log' },
      marks: names.map((name) => line({ name }, movements, ({ step, byTensor }) => [step, byTensor.get(name)!])),
    };
  }

  #findings(): string[] {
    const last = this.epochs.last;
    const warning = this.curvature.last?.warning;
    return [
      ...(last
        ? [
            `Epoch ${last.epoch}, step ${last.steps}: ${Math.round(last.examplesPerSecond).toLocaleString('en')} examples per second.`,
          ]
        : []),
      ...(warning === undefined ? [] : [`The curvature monitor: ${warning}`]),
    ];
  }
}
