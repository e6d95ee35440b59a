// The namespace `columns`: what a pipeline does with a column.
export { category } from './category.js';
export { cross } from './cross.js';
export { date } from './date.js';
export { interval } from './interval.js';
export { number } from './number.js';
export { text } from './text.js';
