// Property tests draw new cases in each run. With GLISSADE_SEED they draw the same ones: continuous integration sets
// it, so that a finding of chance does not hold back a change that has nothing to do with it.
import fc from 'fast-check';

const { GLISSADE_SEED } = process.env;
if (GLISSADE_SEED) fc.configureGlobal({ seed: Number(GLISSADE_SEED) });

export { default } from 'fast-check';
