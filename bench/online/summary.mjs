import { lossTitle } from './measures.mjs';

/** The largest relative difference of the contestants' log losses, for each row. */
export function summary(results) {
  const differences = results
    .filter(({ measure }) => measure === lossTitle)
    .map(({ title, results }) => {
      const losses = results.map(({ median }) => median).filter((loss) => loss !== undefined);
      return { title, count: losses.length, difference: Math.max(...losses) / Math.min(...losses) - 1 };
    })
    .filter(({ count }) => count > 1);
  if (differences.length === 0) return [];
  const lines = differences.map(({ title, difference }) => `  ${(100 * difference).toFixed(3)} %  ${title}`);
  return ['', 'Log losses of the contestants of a row differ by at most', ...lines];
}
