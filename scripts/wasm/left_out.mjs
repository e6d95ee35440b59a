/** The folders of test/ that are run on WebAssembly. */
export const folders = ['optimizers', 'schedules', 'layers', 'losses', 'models', 'training', 'data', 'numbers'];

/** @type {import('../suite.mjs').LeftOut[]} */
export const leftOut = [];
