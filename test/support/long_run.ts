/**
 * Whether the tests run by `npm run test:long`, which takes every size and case of the files that ask this. `npm test` is
 * content with as many as tell most mistakes.
 */
export const isLongRun = process.env.GLISSADE_LONG_RUN === 'yes';
