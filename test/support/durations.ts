/** What `work` gives, and how many seconds it took: no part of it took longer, however busy the machine is. */
export async function timed<T>(work: () => T | Promise<T>): Promise<{ value: T; seconds: number }> {
  const begin = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - begin) / 1000 };
}

/** Expects that a duration is no shorter than a part of what it is of, and no longer than all that it is within. All in seconds. */
export function expectBetween(duration: number, part: number, whole: number): void {
  expect(duration).toBeGreaterThanOrEqual(part);
  expect(duration).toBeLessThanOrEqual(whole);
}
