import { types } from 'node:util';
import { shown } from '../checks/shown.js';
import { LogFile } from './log_file.js';
import { codeOf } from './run_channels.js';
import type { RunObserver } from './run_observer.js';

/** Appends what happens in a run to a file, as one JSON object a line. Numbers that are not finite are null. */
export function jsonLines(file: string, run: string): RunObserver {
  const log = new LogFile(file, () => new Uint8Array());
  const append = (event: string, fields: object): void => {
    const head = { event, time: new Date().toISOString(), run };
    log.append(() => Buffer.from(`${JSON.stringify({ ...head, ...fields })}\n`));
  };
  return {
    onStart: (start) => append('start', start),
    onEpoch: (epoch) => append('epoch', epoch),
    onCurvature: (report) => append('curvature', report),
    onEnd: (_, { error, ...end }) => append('end', error === undefined ? end : { ...end, error: described(error) }),
  };
}

function described(error: unknown): object {
  if (!types.isNativeError(error)) return { message: shown(error) };
  return { code: codeOf(error), message: error.message };
}
