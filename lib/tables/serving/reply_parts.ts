import { invalid, quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { checkInterval } from '../intervals.js';

/** What the reply to a row has beside the prediction, if it was requested. */
const replyExtras = ['flags', 'explain'] as const;

/** What a reply has beside the predictions. */
export interface ReplyParts {
  readonly extras: ReadonlySet<(typeof replyExtras)[number]>;
  /** The level of the intervals. Undefined: there are none. */
  readonly interval: number | undefined;
}

/** The path of a request's target, which may be an absolute URL (RFC 9112, 3.2.2). */
export const pathOf = (target: string): string => target.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] || '/';

/** The parameters of a request. */
const parametersOf = (target: string): URLSearchParams =>
  new URLSearchParams(target.includes('?') ? target.slice(target.indexOf('?')) : '');

/** @throws TypeError `ERR_INVALID_ARGUMENT` for a parameter that is not known, or given twice. */
function checkParameters(given: URLSearchParams, known: readonly string[]): void {
  for (const name of given.keys()) {
    if (!known.includes(name))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `there is no parameter ${quoted(name)}; ${known.length > 0 ? `the parameters are ${known.join(', ')}` : 'there are none'}`,
      );
    if (given.getAll(name).length > 1) throw errorWith('ERR_INVALID_ARGUMENT', `the parameter ${name} is given twice`);
  }
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` if the target of a request has parameters. */
export const checkNoParameters = (target: string): void => checkParameters(parametersOf(target), []);

/**
 * What the reply to a request has: `?flags=1&explain=1&interval=0.9` requests all.
 *
 * @param target The path with its parameters.
 * @param usual The level of the intervals if the request does not name one.
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` for another value.
 */
export function partsIn(target: string, usual: number | undefined): ReplyParts {
  const given = parametersOf(target);
  checkParameters(given, [...replyExtras, 'interval']);
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
