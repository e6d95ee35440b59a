/**
 * Whether tests run under `npm run test:long`, which covers all sizes and cases. Under `npm test`, files that import
 * this cover fewer, enough to find most mistakes.
 */
export const isLongRun = process.env.GLISSADE_LONG_RUN === 'yes';
