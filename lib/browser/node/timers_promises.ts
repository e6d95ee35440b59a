import { setImmediate as soon } from './globals.js';

export const setTimeout = <T>(milliseconds?: number, value?: T): Promise<T> =>
  new Promise((resolve) => globalThis.setTimeout(() => resolve(value as T), milliseconds));

export const setImmediate = <T>(value?: T): Promise<T> => new Promise((resolve) => soon(() => resolve(value as T)));
