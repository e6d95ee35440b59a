import { iris } from '../data.js';
import { type Examples, standardized } from '../problems/regression.js';

/**
 * Irises, standardized with a column of ones, and whether each is versicolor (1 or 0). No plane separates these
 * classes.
 */
export async function irisExamples(): Promise<Examples> {
  const { inputs, columns, classes } = await iris();
  return { ...standardized(inputs, columns), targets: Array.from(classes, (kind) => Number(kind === 1)) };
}
