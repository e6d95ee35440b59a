const batches = 10;
const student = 3.355; // of 8 degrees of freedom: a probability of 0.5 % on each side

/**
 * Whether samples grow with time. They are split into ten stretches of equal time; the median of each ignores single
 * peaks, and depends little on that of the next. A line is fitted to the ten medians. The samples grow if the slope is positive
 * with 99.5 % confidence (Student's t, 8 degrees of freedom), and the line rises by more than `tolerance` meanwhile.
 *
 * @param {readonly (readonly [time: number, value: number])[]} samples In order of time.
 * @param {number} tolerance In the unit of the values.
 * @returns {{ grows: boolean, slope: number, error: number, rise: number }} The slope and its standard error in units of value per unit of time;
 *   the rise of the line from the first sample to the last.
 */
export function trend(samples, tolerance) {
  const [begin, end] = [samples[0][0], samples.at(-1)[0]];
  const stretches = Array.from({ length: batches }, () => []);
  for (const [time, value] of samples)
    stretches[Math.min(batches - 1, Math.floor((batches * (time - begin)) / (end - begin)))].push(value);
  if (stretches.some((values) => values.length === 0))
    throw new Error('there are too few samples for ten stretches of time');
  const length = (end - begin) / batches;
  const points = stretches.map((values, i) => [begin + (i + 0.5) * length, median(values)]);
  const [x, y] = [0, 1].map((k) => points.reduce((sum, point) => sum + point[k], 0) / batches);
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / spread;
  const residual = points.reduce((sum, point) => sum + (point[1] - y - slope * (point[0] - x)) ** 2, 0);
  const error = Math.sqrt(residual / (batches - 2) / spread);
  const rise = slope * (end - begin);
  return { grows: slope > student * error && rise > tolerance, slope, error, rise };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
