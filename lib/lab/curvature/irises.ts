import { Dataset } from '../../data/dataset.js';
import { iris } from '../data.js';
import { standardized } from '../problems/regression.js';

/** The three kinds of iris: standardized measurements and a one, and for each kind a target that is 1 for it and 0 for the others. */
export async function irises(): Promise<Dataset> {
  const { inputs, columns, classes } = await iris();
  const targets = Float64Array.from({ length: 3 * classes.length }, (_, k) =>
    Number(classes[Math.floor(k / 3)] === k % 3),
  );
  return new Dataset({ ...standardized(inputs, columns), targets });
}

/** Measurements and the one. */
export const irisInputs = 5;
