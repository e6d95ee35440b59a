import type { Rule } from '../optimizers/rule.js';
import type { Evaluator, Point } from './evaluation.js';

/** Arguments of a method. */
export interface MethodStart {
  readonly evaluator: Evaluator;
  /** The evaluated start. */
  readonly start: Point;
  readonly rule: Rule;
  /** L, if it is known. */
  readonly smoothness: number | undefined;
}

/** Steps without end, each as the point that it leads to. The generator returns if it can't continue. */
export type Steps = Generator<Point, 'lineSearchFailed', void>;
