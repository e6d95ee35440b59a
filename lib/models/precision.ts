import { checkOneOf, orDefault } from '../checks/options.js';

/**
 * Precision of a network's matrix products. `'full'`: that of its type. `'bfloat16'`, for float32 networks: factors are
 * rounded to bfloat16 (8 bits of precision), and products are summed in float32. Parameters, the rule's state and
 * everything else stay float32. It is faster on processors that multiply bfloat16 (AMX, AVX512-BF16), and slower
 * elsewhere.
 */
export type Precision = 'full' | 'bfloat16';

export const checkPrecision = (precision: unknown): Precision =>
  checkOneOf('precision', orDefault(precision, 'full'), ['full', 'bfloat16']);
