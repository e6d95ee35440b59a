import { percent } from '../percent.js';

/** Why a value is unlike those of the training rows. */
export type FlagReason =
  | 'beyond range'
  | 'unseen category'
  | 'unknown words'
  | 'missing'
  | 'no values'
  | 'unknown field';

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

/** A flag in words, for programs and for pages. @param quoted A text in quotation marks. */
export function flagWords(
  { column, reason, value, low, high }: Flag,
  quoted: (text: string) => string = JSON.stringify,
): string {
  const of = column ?? 'the row';
  if (reason === 'beyond range') return `${of}: ${value} is ${value! < low! ? `below ${low}` : `above ${high}`}`;
  if (reason === 'unseen category') return `${of}: no training row has ${quoted(String(value))}`;
  if (reason === 'unknown words') return `${of}: training rows have only ${percent(value as number)} of its words`;
  if (reason === 'missing') return `${of} is missing; hardly any training row lacks it`;
  return reason === 'no values' ? `${of}: no column has a value` : `${of}: no such column`;
}
