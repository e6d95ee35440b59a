export { absolute } from './absolute.js';
export { type CrossEntropyOptions, crossEntropy } from './cross_entropy.js';
export { type FocalOptions, focal } from './focal.js';
export { hinge, squaredHinge } from './hinge.js';
export { type HuberOptions, huber } from './huber.js';
export { type LogisticOptions, logistic } from './logistic.js';
export { poisson } from './poisson.js';
export { type QuantileOptions, quantile } from './quantile.js';
export { squared } from './squared.js';
