import type { Prediction, TrainReport, WorstRow } from '../../tables/index.js';
import { fourDigits, shortened } from '../../tables/shown_cells.js';

/** How many rows the text names. */
const mostInText = 3;

/** The worst predictions as a line of text. */
export function worstLines({ worst }: Pick<TrainReport, 'worst'>): string[] {
  if (worst.length === 0) return [];
  const texts = worst
    .slice(0, mostInText)
    .map(({ row, truth, prediction, probability }) =>
      probability !== undefined && prediction === truth
        ? `row ${row} (${shown(truth)}, with a probability of ${fourDigits(probability)})`
        : `row ${row} (${shown(truth)} predicted as ${shown(prediction)})`,
    );
  return [`Largest losses on held-out rows: ${texts.join(', ')}`];
}

/** The worst predictions as the cells of a table whose first row has titles. */
export function worstCells({ worst }: Pick<TrainReport, 'worst'>): string[][] {
  const isClass = worst.some(({ probability }) => probability !== undefined);
  return [
    ['Row', 'True', 'Predicted', ...(isClass ? ['Probability of the true class'] : []), 'Loss'],
    ...worst.map(({ row, truth, prediction, probability, loss }: WorstRow) => [
      String(row),
      shown(truth),
      shown(prediction),
      ...(probability === undefined ? [] : [fourDigits(probability)]),
      fourDigits(loss),
    ]),
  ];
}

function shown(value: Prediction): string {
  if (typeof value === 'number') return fourDigits(value);
  if (typeof value !== 'object') return shortened(String(value));
  return Object.entries(value)
    .map(([name, one]) => `${name}: ${shown(one)}`)
    .join(', ');
}
