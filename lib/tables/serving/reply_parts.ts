import { invalid } from '../../checks/shown.js';
import { checkInterval } from '../intervals.js';

/** What the reply to a row has beside the prediction, if it was requested. */
const replyExtras = ['flags', 'explain'] as const;

/** What a reply has beside the predictions. */
export interface ReplyParts {
  readonly extras: ReadonlySet<(typeof replyExtras)[number]>;
  /** The level of the intervals. Undefined: there are none. */
  readonly interval: number | undefined;
}

/**
 * What the reply to a request has: `?flags=1&explain=1&interval=0.9` requests all.
 *
 * @param target The path with its parameters.
 * @param usual The level of the intervals if the request does not name one.
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` for another value.
 */
export function partsIn(target: string, usual: number | undefined): ReplyParts {
  const begin = target.indexOf('?');
  const given = new URLSearchParams(begin < 0 ? '' : target.slice(begin));
  const extras = replyExtras.filter((name) => {
    const value = given.get(name);
    if (value !== null && value !== '0' && value !== '1') throw invalid(name, '0 or 1', value);
    return value === '1';
  });
  const level = given.get('interval');
  return {
    extras: new Set(extras),
    interval: level === null ? usual : checkInterval('interval', Number(level) || level),
  };
}
