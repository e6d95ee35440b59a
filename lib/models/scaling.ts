import { addon } from '../addon/index.js';
import { newArray } from '../errors.js';
import { checkLoss } from '../losses/loss.js';

/** How logits z are scaled: slope·z + intercept. */
export interface Scaling {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * The scaling of logits with the least log loss: Platt's of one logit per row (Platt 1999), the temperature of several (Guo et al.
 * 2017). Undefined if none is best, because the logits are no better than chance or never wrong.
 *
 * @param columns Logits per row.
 * @param truths 0 and 1, or class numbers.
 */
export function bestScaling(
  logits: Float64Array,
  columns: number,
  truths: Float64Array,
  weights: Float64Array | undefined,
): Scaling | undefined {
  const data = new addon.Dataset({
    blocks: [{ kind: 'dense', name: 'logits', values: logits, columns, scale: 1, inPlace: false }],
    targets: truths,
    targetColumns: 1,
    targetsInPlace: false,
    weights,
  });
  try {
    const method = columns === 1 ? 'platt' : 'temperature';
    const loss = checkLoss(columns === 1 ? 'logistic' : 'crossEntropy');
    const [found] = addon.score(data, loss, false, [{ name: method, as: method }]);
    const [slope, intercept] = found as [number, number];
    return slope > 0 && Number.isFinite(slope) && Number.isFinite(intercept) ? { slope, intercept } : undefined;
  } finally {
    data.dispose();
  }
}

/** The probabilities of both classes, or of all, that scaled logits stand for. `width`: the number of classes. */
export function scaledProbabilities(logits: Float64Array, width: number, { slope, intercept }: Scaling): Float64Array {
  const columns = width === 2 ? 1 : width;
  const rows = logits.length / columns;
  const probabilities = newArray(Float64Array, rows * width);
  for (let row = 0; row < rows; ++row) {
    const of = (place: number) =>
      columns > 1 ? slope * logits[row * columns + place]! : place === 0 ? 0 : slope * logits[row]! + intercept;
    let top = -Infinity;
    for (let place = 0; place < width; ++place) top = Math.max(top, of(place));
    let sum = 0;
    for (let place = 0; place < width; ++place) sum += probabilities[row * width + place] = Math.exp(of(place) - top);
    for (let place = 0; place < width; ++place) probabilities[row * width + place]! /= sum;
  }
  return probabilities;
}
