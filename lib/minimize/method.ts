import type { Method } from '../optimizers/rule.js';
import type { Evaluator, Point } from './evaluation.js';

/** Where a method starts, and known properties of the objective. */
export interface MethodStart {
  readonly evaluator: Evaluator;
  /** The evaluated start. */
  readonly start: Point;
  readonly method: Method;
  /** L, if it is known. */
  readonly smoothness: number | undefined;
}

/** Steps without end, each as the point that it leads to. The generator returns if it can't continue. */
export type Steps = Generator<Point, 'lineSearchFailed', void>;
