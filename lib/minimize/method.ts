import type { Rule } from '../optimizers/rule.js';
import type { Evaluator, Point } from './evaluation.js';

/** What a method starts from. */
export interface MethodStart {
  readonly evaluator: Evaluator;
  /** Where it begins, evaluated. */
  readonly start: Point;
  readonly rule: Rule;
  /** L, where it is known. */
  readonly smoothness: number | undefined;
}

/** Steps without end, as the point that each leads to; or until it finds that it can't go on. */
export type Steps = Generator<Point, 'lineSearchFailed', void>;
