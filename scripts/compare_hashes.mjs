import fs from 'node:fs';

/** Trainings of `npm run hashes` in float64 whose losses or activations call the C library's exp. */
export const ofTheCLibrary = ['perceptron, float64, adamw, cosine', 'curvature: gradient, Hessian product'];

/**
 * Compares two files that `npm run hashes -- --out` has written.
 *
 * @param {string[]} explained The trainings whose hashes may differ.
 */
export function compareHashes(one, other, explained) {
  const [before, after] = [one, other].map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));
  const names = Object.keys(before);
  const differing = names.filter((name) => before[name] !== after[name]);
  return {
    all: names.length,
    same: names.length - differing.length,
    unexplained: differing.filter((name) => !explained.includes(name)),
    needless: explained.filter((name) => !differing.includes(name)),
  };
}
