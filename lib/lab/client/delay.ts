/** The name of the browser's measurement of how long a page took to draw what a run of an experiment had reported first. */
export const delayOf = (experiment: string): string => `first points of ${experiment}`;

/**
 * Measures the time from a report, in milliseconds since 1970, to the frame that shows what was drawn just now. The
 * measurement takes the place of the one before.
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
