import { isPlainObject } from '../../checks/kinds.js';
import { checkOneOf } from '../../checks/options.js';
import { invalid, quoted } from '../../checks/shown.js';
import { type Flag, type FlagReason, flagWords } from './flag_words.js';

export type { Flag, FlagReason } from './flag_words.js';

const flagReasons = [
  'beyond range',
  'unseen category',
  'unknown words',
  'missing',
  'no values',
  'unknown field',
] as const satisfies readonly FlagReason[];

/** A flag in words, such as `age: 900 is above 107`. @throws TypeError `ERR_INVALID_ARGUMENT` unless it is a flag. */
export function flagText(flag: Flag): string {
  if (!isPlainObject(flag)) throw invalid('flag', 'a flag of a TableModel', flag);
  const { column } = flag;
  const [value, low, high] = (['value', 'low', 'high'] as const).map((name) => {
    const given = flag[name];
    if (!['number', 'string', 'undefined'].includes(typeof given))
      throw invalid(`flag.${name}`, 'a number or a string', given);
    return given;
  });
  if (column !== null && typeof column !== 'string')
    throw invalid('flag.column', 'the name of a column or null', column);
  const reason = checkOneOf('flag.reason', flag.reason, flagReasons);
  return flagWords({ column, reason, value, low, high } as Flag, quoted);
}
