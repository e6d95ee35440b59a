export * from './internal.js';
export * from './kinds.js';
export * from './lists.js';
export * from './nesting.js';
export * from './options.js';
export * from './ranges.js';
export * from './shown.js';
export * from './typed_arrays.js';
