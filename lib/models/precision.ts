import { checkOneOf, orDefault } from '../checks/options.js';

/**
 * In what numbers a network computes its products: `'full'`, those of its type; or `'bfloat16'`, for networks of type float32, whose
 * factors are rounded to bfloat16 (8 bits of precision) and whose products are summed in float32. Parameters, the rule's state and all
 * else stay float32. It is faster where the processor multiplies bfloat16 itself (AMX, AVX512-BF16), and slower elsewhere.
 */
export type Precision = 'full' | 'bfloat16';

export const checkPrecision = (precision: unknown): Precision =>
  checkOneOf('precision', orDefault(precision, 'full'), ['full', 'bfloat16']);
