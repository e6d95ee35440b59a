import { otherTraining } from '../../training/other_training.js';
import type { Setting } from './setting.js';

/** The settings on which the results of a training depend, as plain JSON. Runs also compare the rows. */
export type Identity = Readonly<Record<string, unknown>>;

export function identityOf({
  table,
  rows,
  target,
  task,
  objective,
  division,
  network,
  vectors,
  linearBy,
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
    ...objective,
    ...division,
    ...network,
    ...(vectors && { vectors: vectors.all.checksum }),
    ...(network.hidden.length === 0 && { linearBy }),
    epochs,
    seed,
    maxSeconds: context.maxSeconds,
  };
}

/**
 * @param what What is continued, such as `the training in out/`.
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names what differs.
 */
export function checkSame(what: string, before: Identity, now: Identity): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [was, is] = [before[name], now[name]].map((value) => JSON.stringify(value) ?? 'not given');
    if (was !== is)
      throw otherTraining(
        `${what} began with ${name} ${was}, but this one has ${is}`,
        'remove it, or choose another place',
      );
  }
}
