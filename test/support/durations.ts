/** The result of `work`, and its duration in seconds: no part of it took longer, however busy the machine is. */
export async function timed<T>(work: () => T | Promise<T>): Promise<{ value: T; seconds: number }> {
  const begin = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - begin) / 1000 };
}

/**
 * Expects that a duration is at least that of a part of the work, and at most that of everything around it. All in
 * seconds.
 */
export function expectBetween(duration: number, part: number, whole: number): void {
  expect(duration).toBeGreaterThanOrEqual(part);
  expect(duration).toBeLessThanOrEqual(whole);
}
