export { type ConvexProblem, chain, deepQuadratic, type QuadraticOptions, quadratic, sphere } from './quadratic.js';
export { recurrent } from './recurrent.js';
export { type Examples, leastSquares, linearExamples, logisticRegression, standardized } from './regression.js';
export { beale, branin, himmelblau, rosenbrock, saddle } from './two_dimensional.js';
