import type { Figure } from '../../pages/index.js';
import type { ClassTarget, Trained } from '../../tables/index.js';
import { shortened } from '../../tables/shown_cells.js';
import { counted } from './score_words.js';

/** The most points of a scatter plot. */
const mostPoints = 2000;

type Point = [x: number, y: number];

/** A straight line between two points. */
const segment = (color: 'blue' | 'gray', from: Point, to: Point) => ({
  kind: 'line' as const,
  color,
  points: [from, to],
});

/** Where shares are equal to what was predicted. */
const diagonal = { ...segment('gray', [0, 0], [1, 1]), style: 'dashed' as const };

/** The loss over the epochs: of the models of the folds, or of the model's own training. */
export function learningCurve({ report }: Trained): Figure {
  const { history, foldHistory } = report;
  const { caption, marks } = foldHistory.length > 0 ? curvesOfFolds(report) : curvesOf(history);
  return { name: 'learning-curve', title: 'Loss', caption, x: { label: 'epoch' }, y: { label: 'loss' }, marks };
}

function curvesOf(history: Trained['report']['history']): Pick<Figure, 'caption' | 'marks'> {
  const training = history.map(({ epoch, loss }): Point => [epoch, loss]);
  const stopping = history.flatMap(({ epoch, stopping }): Point[] =>
    stopping === undefined ? [] : [[epoch, stopping]],
  );
  return {
    caption:
      stopping.length > 0
        ? 'The mean loss on the training rows during each epoch, and after it on the rows that were set aside to decide when training ends.'
        : 'The mean loss on the training rows during each epoch.',
    marks: [
      { kind: 'line', name: 'training rows', points: training },
      ...(stopping.length > 0 ? [{ kind: 'line' as const, name: 'rows set aside', points: stopping }] : []),
    ],
  };
}

function curvesOfFolds({ foldHistory, epochs, stopped }: Trained['report']): Pick<Figure, 'caption' | 'marks'> {
  const ofModel = stopped
    ? ''
    : ', which was then trained on all rows for as many epochs as the folds needed on average';
  return {
    caption: `The mean loss of the folds' models: on their training rows during each epoch, and after it on the rows that were set aside to decide when training ends. The band reaches from the best fold to the worst. A fold that has ended keeps the losses of its best epoch. The vertical line is at the ${counted(epochs, 'epoch')} of the model${ofModel}.`,
    marks: [
      {
        kind: 'band',
        color: 'orange',
        points: foldHistory.map(({ epoch, least, greatest }): [number, number, number] => [epoch, least, greatest]),
      },
      {
        kind: 'line',
        name: 'training rows',
        color: 'blue',
        points: foldHistory.map(({ epoch, loss }): Point => [epoch, loss]),
      },
      {
        kind: 'line',
        name: 'rows set aside',
        color: 'orange',
        points: foldHistory.map(({ epoch, stopping }): Point => [epoch, stopping]),
      },
      { kind: 'referenceLine', axis: 'x', at: epochs, color: 'gray' },
    ],
  };
}

/** How much shuffling each column increases the loss. */
export function importanceFigure({ report: { importance } }: Trained): Figure {
  const shown = importance.slice(0, 20);
  return {
    name: 'importance',
    title: 'Feature importance',
    caption:
      'How much the loss on held-out rows increases when the values of a column are shuffled. The lines are 95 % intervals.',
    x: { label: 'increase of the loss' },
    y: { label: 'column', names: shown.map(({ column }) => shortened(column)) },
    marks: [
      {
        kind: 'bars',
        color: 'blue',
        axis: 'x',
        bars: shown.map(({ increase }, i): [number, number, number] => [i + 0.65, i + 1.35, increase.value]),
      },
      ...shown.map(({ increase }, i) => segment('gray', [increase.low, i + 1], [increase.high, i + 1])),
    ],
  };
}

/** Predicted numbers over the true ones, and the distribution of the errors. */
export function numberFigures({ heldOut: { predicted } }: Trained): Figure[] {
  const { predictions, truths } = predicted;
  const distance = Math.max(1, Math.ceil(truths.length / mostPoints));
  const points: Point[] = [];
  for (let row = 0; row < truths.length; row += distance) points.push([truths[row]!, predictions[row]!]);
  const errors = truths.map((truth, row) => predictions[row]! - truth).sort();
  const [least, most] = [errors[0]!, errors.at(-1)!];
  const [low, high] = least < most ? [least, most] : [least - 0.5, least + 0.5];
  const bins = 30;
  const counts = new Array<number>(bins).fill(0);
  for (const error of errors) counts[Math.min(bins - 1, Math.floor(((error - low) / (high - low)) * bins))]! += 1;
  const width = (high - low) / bins;
  const ends = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))] as const;
  return [
    {
      name: 'predicted',
      title: 'Predicted and true values',
      caption: `A dot for each of ${points.length} held-out rows. On the line, the prediction is right.`,
      x: { label: 'true value' },
      y: { label: 'predicted value' },
      marks: [
        { kind: 'dots', color: 'blue', points, radius: 2 },
        { kind: 'line', color: 'gray', style: 'dashed', points: ends.map((x): [number, number] => [x, x]) },
      ],
    },
    {
      name: 'errors',
      title: 'Errors',
      caption: 'The number of held-out rows by error: the prediction minus the true value.',
      x: { label: 'error' },
      y: { label: 'rows' },
      marks: [
        {
          kind: 'bars',
          color: 'blue',
          bars: counts.map((count, i): [number, number, number] => [low + i * width, low + (i + 1) * width, count]),
        },
      ],
    },
  ];
}

/** How often predictions of each probability are true. */
export function calibrationFigure({ heldOut: { predicted, target } }: Trained): Figure {
  const { classes } = target as ClassTarget;
  const bins = 10;
  const fewest = 10; // the share of fewer means little
  const sums = Array.from({ length: bins }, () => ({ rows: 0, said: 0, came: 0 }));
  for (const [row, truth] of predicted.truths.entries())
    for (let j = classes.length === 2 ? 1 : 0; j < classes.length; ++j) {
      const p = predicted.predictions[row * classes.length + j]!;
      const bin = sums[Math.min(bins - 1, Math.floor(p * bins))]!;
      bin.rows += 1;
      bin.said += p;
      bin.came += truth === j ? 1 : 0;
    }
  const points = sums.flatMap(({ rows, said, came }): Point[] => (rows >= fewest ? [[said / rows, came / rows]] : []));
  return {
    name: 'calibration',
    title: 'Calibration',
    caption:
      'Predicted probabilities in ten bins: the mean of each bin, and the share of its held-out rows for which the class is true. Bins with fewer than ten probabilities are left out.',
    x: { label: 'predicted probability', domain: [0, 1] },
    y: { label: 'share that is true', domain: [0, 1] },
    marks: [diagonal, { kind: 'line', color: 'blue', points }, { kind: 'dots', color: 'blue', points }],
  };
}

/** The share of held-out rows below each quantile, over its level. */
export function quantilesFigure({ report }: Trained, levels: readonly number[]): Figure {
  const shares = levels.map((level) => report.scores[report.chosen][`shareBelow ${level}`]!);
  return {
    name: 'quantiles',
    title: 'Quantiles',
    caption:
      'The share of held-out rows whose true value is at most the predicted quantile, with 95 % intervals. On the dashed line it is the level of the quantile.',
    x: { label: 'level of the quantile', domain: [0, 1] },
    y: { label: 'share at or below', domain: [0, 1] },
    marks: [
      diagonal,
      { kind: 'dots', color: 'blue', points: levels.map((level, i): [number, number] => [level, shares[i]!.value]) },
      ...levels.map((level, i) => segment('blue', [level, shares[i]!.low], [level, shares[i]!.high])),
    ],
  };
}
