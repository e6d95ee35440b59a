/** The name of the browser's measure of the time that a page took to draw the first report of a run. */
export const delayOf = (experiment: string): string => `first points of ${experiment}`;

/**
 * Measures the time from a report, in milliseconds since 1970, to the frame that shows it. Replaces the previous
 * measure.
 */
export function measureDelay(experiment: string, reported: number): void {
  requestAnimationFrame(() =>
    setTimeout(() => {
      const name = delayOf(experiment);
      performance.clearMeasures(name);
      performance.measure(name, { start: reported - performance.timeOrigin, end: performance.now() });
    }),
  );
}
