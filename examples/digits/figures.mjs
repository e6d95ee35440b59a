/**
 * The curve of a score over the epochs, in training and on held-out digits.
 *
 * @param {import('glissade').EpochReport[]} epochs
 * @param {'loss' | 'accuracy'} score
 * @param {Pick<import('glissade/pages').Figure, 'title' | 'caption'> & { label: string }} words
 * @returns {import('glissade/pages').Figure}
 */
export function learningCurve(epochs, score, { title, caption, label }) {
  /** @type {(of: (epoch: import('glissade').EpochReport) => number | undefined) => (readonly [number, number])[]} */
  const points = (of) => epochs.map((epoch) => /** @type {const} */ ([epoch.epoch, of(epoch) ?? Number.NaN]));
  return {
    name: score,
    title,
    caption,
    x: { label: 'epoch' },
    y: { label },
    marks: [
      { kind: 'line', name: 'training', color: 'blue', points: points((epoch) => epoch[score]) },
      { kind: 'line', name: 'held out', color: 'orange', points: points((epoch) => epoch.validation?.[score]) },
    ],
  };
}

/**
 * Recall and precision of each digit.
 *
 * @param {number[][]} confusion
 * @returns {import('glissade/pages').Figure}
 */
export function recallAndPrecision(confusion) {
  const sum = (/** @type {number[]} */ counts) => counts.reduce((a, b) => a + b, 0);
  const read = confusion.map((_, digit) => sum(confusion.map((row) => row[digit])));
  /** @type {(counts: number[]) => (readonly [number, number])[]} */
  const points = (counts) =>
    confusion.map((row, digit) => /** @type {const} */ ([digit, (100 * row[digit]) / counts[digit]]));
  return {
    name: 'recall',
    title: 'Recall and precision of each digit',
    caption: 'Recall: how many of a digit were read as it. Precision: how many that were read as it are it.',
    x: { label: 'digit' },
    y: { label: 'share of digits in %' },
    marks: [
      { kind: 'dots', name: 'recall', color: 'blue', radius: 5, points: points(confusion.map(sum)) },
      { kind: 'dots', name: 'precision', color: 'orange', radius: 5, points: points(read) },
    ],
  };
}
