import { iris } from '../data.js';
import { type Examples, standardized } from '../problems/regression.js';

/** Which irises are versicolor, 1 or 0, from their standardized measurements and a one: no plane tells them from the others. */
export async function irisExamples(): Promise<Examples> {
  const { inputs, columns, classes } = await iris();
  return { ...standardized(inputs, columns), targets: Array.from(classes, (kind) => Number(kind === 1)) };
}
