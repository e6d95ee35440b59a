import { isPlainObject } from '../../checks/kinds.js';
import { checkOneOf } from '../../checks/options.js';
import { invalid, quoted } from '../../checks/shown.js';
import { percent } from '../shown_cells.js';

/** Why a value is unlike those of the training rows. */
export type FlagReason =
  | 'beyond range'
  | 'unseen category'
  | 'unknown words'
  | 'missing'
  | 'no values'
  | 'unknown field';

const flagReasons = [
  'beyond range',
  'unseen category',
  'unknown words',
  'missing',
  'no values',
  'unknown field',
] as const satisfies readonly FlagReason[];

/** A value of a row that is unlike those of the training rows. */
export interface Flag {
  /** The name of the column; null for a row without any value. */
  readonly column: string | null;
  readonly reason: FlagReason;
  /** The value: a number, a date as ISO 8601, or a category. Of a text: the share of its words that are known. */
  readonly value?: number | string;
  /** The limits within which a value is not flagged. */
  readonly low?: number | string;
  readonly high?: number | string;
}

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
  const of = column ?? 'the row';
  if (reason === 'beyond range') return `${of}: ${value} is ${value! < low! ? `below ${low}` : `above ${high}`}`;
  if (reason === 'unseen category') return `${of}: no training row has ${quoted(String(value))}`;
  if (reason === 'unknown words') return `${of}: training rows have only ${percent(value as number)} of its words`;
  if (reason === 'missing') return `${of} is missing; hardly any training row lacks it`;
  return reason === 'no values' ? `${of}: no column has a value` : `${of}: no such column`;
}
