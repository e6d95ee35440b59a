import { errorWith, isOutOfMemory } from '../errors.js';

/** Data other than parameters that a model keeps and saves in its file. */
export interface Extra {
  /** What to save, as JSON; undefined if there is nothing. */
  toJSON(model: object): unknown;
  /**
   * Restores what `toJSON` returned, which may be undefined, to a model.
   *
   * @throws Error if it is not what `toJSON` returns.
   */
  from(model: object, json: unknown): void;
}

const extras = new Map<string, Extra>();

/** Registers an extra by its name in files. */
export function defineExtra(name: string, extra: Extra): void {
  extras.set(name, extra);
}

/** The extras of a model, for its file. */
export function extrasOf(model: object): Record<string, unknown> {
  const all = Array.from(extras, ([name, extra]) => [name, extra.toJSON(model)] as const);
  return Object.fromEntries(all.filter(([, json]) => json !== undefined));
}

/**
 * Restores the extras of a file to a model, or none if one of them doesn't fit.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE`
 */
export function restoreExtras(model: object, kept: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(kept).find((name) => !extras.has(name));
  if (unknown !== undefined)
    throw errorWith('ERR_CORRUPT_FILE', `the file has ${unknown}, which this version of glissade doesn't know`);
  const before = extrasOf(model);
  try {
    for (const [name, extra] of extras) extra.from(model, kept[name]);
  } catch (error) {
    for (const [name, extra] of extras) extra.from(model, before[name]);
    if (isOutOfMemory(error)) throw error;
    throw errorWith('ERR_CORRUPT_FILE', `the extras of the file don't fit: ${(error as Error).message}`, error);
  }
}
