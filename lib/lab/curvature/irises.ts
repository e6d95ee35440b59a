import { Dataset } from '../../index.js';
import { iris } from '../data.js';
import { standardized } from '../problems/regression.js';

/** The irises as a dataset: standardized measurements and a column of ones, with one-hot targets of three kinds. */
export async function irises(): Promise<Dataset> {
  const { inputs, columns, classes } = await iris();
  const targets = Float64Array.from({ length: 3 * classes.length }, (_, k) =>
    Number(classes[Math.floor(k / 3)] === k % 3),
  );
  return new Dataset({ ...standardized(inputs, columns), targets });
}

/** Inputs of {@link irises}: four measurements and the 1. */
export const irisInputs = 5;
