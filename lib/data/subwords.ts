import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { errorWith } from '../errors.js';

/** Which runs of characters of `<word>` are features, as in fastText (Bojanowski et al. 2017, arXiv:1607.04606). */
export interface SubwordOptions {
  /** Characters of the shortest subword, from 1. Default 3. */
  readonly from?: number | undefined;
  /** Characters of the longest subword, up to 20. Default 6. */
  readonly to?: number | undefined;
}

/** @throws TypeError, RangeError for options that don't fit. */
export function checkSubwords(name: string, given: unknown): { readonly from: number; readonly to: number } {
  checkOptions(name, given as SubwordOptions, ['from', 'to']);
  const options = given as SubwordOptions;
  const from = checkInteger(`${name}.from`, orDefault(options.from, 3), 1, 20);
  const to = checkInteger(`${name}.to`, orDefault(options.to, Math.max(from, 6)), 1, 20);
  if (to < from) throw errorWith('ERR_OUT_OF_RANGE', `${name}: to is ${to}, but from is ${from}`);
  return Object.freeze({ from, to });
}
