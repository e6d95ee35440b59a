import { together } from '../../distributed/ranks.js';
import { concatenated } from '../concatenated.js';
import { ranksOf, type Table } from '../table.js';
import type { Class, Target } from '../target.js';
import type { Prediction } from '../targets/head.js';
import { quantilesOfRows } from '../targets/quantiles_head.js';
import { decidedOf, lossesOf, type Predicted } from './scores.js';

/** A held-out row that is predicted badly. Plain data. */
export interface WorstRow {
  /** The number of the row in the source of the table, from 1, as in messages. */
  readonly row: number;
  readonly truth: number | Class;
  /** A number, a class, or quantiles by their levels. */
  readonly prediction: Prediction;
  /** Of classes: the predicted probability of the true class. */
  readonly probability?: number;
  /** The loss by which models are compared: the squared error or −ln of the probability, or that of the options. */
  readonly loss: number;
}

/** How many rows a report names. */
const mostRows = 10;

/** The numbers of the rows of a table in its source, from 1; of all ranks, if the table is one rank's part. */
export const numbersOfRows = async (table: Table): Promise<Uint32Array> =>
  concatenated(Uint32Array, await together(ranksOf(table), table.rowNumbers)).map((place) => place + 1);

/**
 * The rows with the greatest losses, the worst first; of equal losses, those that come first in the source.
 *
 * @param numbers The number of each predicted row in the source.
 */
export function worstRowsOf(target: Target, predicted: Predicted, numbers: Uint32Array): WorstRow[] {
  const losses = lossesOf(target, predicted);
  const places = Uint32Array.from(losses.keys()).sort((a, b) => losses[b]! - losses[a]! || numbers[a]! - numbers[b]!);
  const { predictions, truths } = predicted;
  const numbered = (place: number) => ({ row: numbers[place]!, loss: losses[place]! });
  const worst = places.subarray(0, mostRows);
  if (target.task === 'regression') {
    const { quantiles } = target;
    const all = quantiles ? quantilesOfRows(quantiles, predictions) : predictions;
    return Array.from(worst, (place) => ({
      ...numbered(place),
      truth: unscaled(truths[place]!),
      prediction: all[place]!,
    }));
  }
  const { classes } = target;
  const decided = decidedOf(predicted, classes.length);
  return Array.from(worst, (place) => ({
    ...numbered(place),
    truth: classes[truths[place]!]!,
    prediction: classes[decided[place]!]!,
    probability: predictions[place * classes.length + truths[place]!]!,
  }));
}

/** A number as it was before it was scaled to be learnt and back, which rounds its last digits. */
const unscaled = (truth: number): number => Number(truth.toPrecision(12));
