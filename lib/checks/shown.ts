import { types } from 'node:util';
import { errorWith } from '../errors.js';
import { isRevoked } from './kinds.js';

/** A text as a JSON string; beyond 80 characters its middle is left out. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

/** The beginning and the end of a long text. */
export function shortened(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 60)}…${text.slice(-19)}`;
}

/** A value as messages show it: short, strings in quotation marks. Never throws. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return String(value).length <= 80 ? String(value) : 'a symbol';
  if (typeof value === 'bigint') return value < 1e20 && value > -1e20 ? `${value}n` : 'a large bigint';
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? '-0' : String(value);
  if (isRevoked(value)) return 'a revoked Proxy';
  if (types.isProxy(value)) return Array.isArray(value) ? 'a Proxy of an array' : 'a Proxy';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  const name = tagOf(value);
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}

/**
 * The type name of an object, as `Uint8Array` or `Map`. `Object` if reading it throws, or if it is long or not a word.
 */
function tagOf(value: object): string {
  try {
    const name = Object.prototype.toString.call(value).slice(8, -1);
    return name.length <= 40 && /^\w+$/.test(name) ? name : 'Object';
  } catch {
    return 'Object';
  }
}

export function invalid(name: string, expected: string, value: unknown): Error {
  return errorWith('ERR_INVALID_ARGUMENT', `Expected ${expected} for ${name} but received ${shown(value)}`);
}
