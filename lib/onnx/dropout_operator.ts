import { dropout } from '../layers/dropout.js';
import type { Operation, Result } from './operation.js';
import { followedBy, single } from './placing.js';

/**
 * Dropout of computed numbers. There is no such layer for other results, such as rows of a table before they reach a layer.
 */
export function dropped(op: Operation): Result {
  const result = op.result(0);
  if (result.kind !== 'numbers')
    return op.fail('it drops something other than computed numbers, for which there is no layer');
  const x = op.numbers(0);
  const rate = op.has(1) ? op.constant(1).values[0]! : op.float('ratio', 0.5); // an attribute before opset 12
  return followedBy(op, x, dropout(single(rate)));
}
