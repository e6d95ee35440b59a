import { errorWith } from '../../errors.js';
import type { Setting } from './setting.js';

/** What the results of a training depend on, by name. Plain JSON. The rows are compared as well, by the runs. */
export type Identity = Readonly<Record<string, unknown>>;

export function identityOf({
  table,
  rows,
  target,
  task,
  network,
  epochs,
  seed,
  context,
  pipelines,
}: Setting): Identity {
  return {
    rows,
    columns: table.fields,
    target,
    task,
    pipeline: pipelines.network.steps,
    ...network,
    epochs,
    seed,
    maxSeconds: context.maxSeconds,
  };
}

/** What differs, of errors of {@link otherTraining}. */
const differences = new WeakMap<object, string>();

/** What an error says that differs from what is kept, without a way out; undefined for an error of another kind. */
export const differenceOf = (error: unknown): string | undefined => differences.get(error as object);

/** The refusal to go on with what is kept of another training. */
export function otherTraining(difference: string, way: string, cause?: unknown): Error {
  const error = errorWith('ERR_INVALID_ARGUMENT', `${difference}; ${way}`, cause);
  differences.set(error, difference);
  return error;
}

/**
 * @param what What goes on, as `the training in out/`.
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names what differs.
 */
export function checkSame(what: string, before: Identity, now: Identity): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [was, is] = [before[name], now[name]].map((value) => JSON.stringify(value) ?? 'not given');
    if (was !== is)
      throw otherTraining(`${what} had ${name} ${was}, but now it is ${is}`, 'remove it, or choose another place');
  }
}
