// Property tests draw new cases in each run. With GLISSADE_SEED they draw the same ones: continuous integration sets
// it, so that a random finding does not block an unrelated change.
import fc from 'fast-check';

const { GLISSADE_SEED } = process.env;
if (GLISSADE_SEED) fc.configureGlobal({ seed: Number(GLISSADE_SEED) });

export { default } from 'fast-check';
