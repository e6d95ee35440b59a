import { invalid } from '../checks/shown.js';
import { countOf, emptyError, isNumbers } from '../data/table.js';
import { errorWith } from '../errors.js';
import { Evaluator } from '../minimize/evaluation.js';
import type { Objective, Problem } from '../minimize/problem.js';
import { norm, plus } from '../numbers/vectors.js';
import { finiteNumbers, type Local } from './local.js';

/** A function with its gradient, and possibly its Hessian-vector product. */
export type Differentiable = Objective | Pick<Problem, 'objective' | 'hessianVectorProduct'>;

/** An objective at a point, in float64. */
export function localOfProblem(problem: Differentiable, point: ArrayLike<number>): Local {
  const { objective, hessianVectorProduct } =
    typeof problem === 'function' ? { objective: problem, hessianVectorProduct: undefined } : problem;
  if (typeof objective !== 'function') throw invalid('problem.objective', 'a function', objective);
  if (hessianVectorProduct !== undefined && typeof hessianVectorProduct !== 'function')
    throw invalid('problem.hessianVectorProduct', 'a function (theta, vector) => product', hessianVectorProduct);
  const theta = pointOf(point);
  const evaluator = new Evaluator(objective);
  const gradientAt = (place: Float64Array) => evaluator.at(place).gradient as Float64Array;
  const { loss, gradient } = evaluator.at(theta.slice());
  finiteNumbers('the loss', [loss]);
  const product = hessianVectorProduct
    ? (vector: Float64Array) => returned(hessianVectorProduct(theta.slice(), vector.slice()), theta.length)
    : (vector: Float64Array) => centralDifference(gradientAt, theta, vector);
  return {
    dimension: theta.length,
    loss,
    gradient: finiteNumbers('the gradient', gradient as Float64Array),
    product: (vector) => finiteNumbers('a Hessian-vector product', product(vector)),
  };
}

function pointOf(given: unknown): Float64Array {
  if (!isNumbers(given)) throw invalid('theta', 'an array of numbers', given);
  const count = countOf('theta', given);
  if (count === 0) throw emptyError('theta', given);
  const theta = new Float64Array(count);
  for (let i = 0; i < count; ++i) {
    const x: unknown = given[i];
    if (typeof x !== 'number') throw invalid(`theta[${i}]`, 'a number', x);
    theta[i] = x;
  }
  return finiteNumbers('theta', theta);
}

/**
 * The derivative of a gradient along a vector, by central differences. With steps of length h, rounding is about ε/h
 * relative to the gradient, and truncation about h² relative to third derivatives. Their sum is smallest for h ≈ ε^⅓.
 */
function centralDifference(
  gradientAt: (theta: Float64Array) => Float64Array,
  theta: Float64Array,
  vector: Float64Array,
): Float64Array {
  const length = norm(vector);
  if (length === 0) return vector.slice();
  const h = (Math.cbrt(Number.EPSILON) * Math.max(1, norm(theta))) / length;
  const [ahead, behind] = [h, -h].map((step) => gradientAt(plus(theta, step, vector) as Float64Array));
  return ahead!.map((x, i) => (x - behind![i]!) / (2 * h));
}

function returned(product: unknown, length: number): Float64Array {
  if (!isNumbers(product)) throw invalid('what problem.hessianVectorProduct returns', 'an array of numbers', product);
  if (product.length !== length)
    throw errorWith(
      'ERR_SHAPE',
      `problem.hessianVectorProduct returned ${product.length} elements, but theta has ${length}`,
    );
  return Float64Array.from(product);
}
