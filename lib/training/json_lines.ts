import { types } from 'node:util';
import { shown } from '../checks/shown.js';
import type { StepCurvature } from './curvature_monitor.js';
import type { Epoch } from './history.js';
import { LogFile } from './log_file.js';
import type { RunEnd, RunStart } from './run_messages.js';
import type { RunObserver } from './run_observer.js';

/** Appends what happens in a run to a file, as one JSON object a line. Numbers that are not finite are null. */
export class JsonLines implements RunObserver {
  readonly #file: LogFile;
  readonly #run: string;

  constructor(file: string, run: string) {
    this.#file = new LogFile(file, () => new Uint8Array());
    this.#run = run;
  }

  onStart(start: RunStart): void {
    this.#append('start', start);
  }

  onEpoch(epoch: Epoch): void {
    this.#append('epoch', epoch);
  }

  onCurvature(report: StepCurvature): void {
    this.#append('curvature', report);
  }

  onEnd(_: unknown, { error, ...end }: RunEnd): void {
    this.#append('end', error === undefined ? end : { ...end, error: described(error) });
  }

  #append(event: string, fields: object): void {
    const head = { event, time: new Date().toISOString(), run: this.#run };
    this.#file.append(() => Buffer.from(`${JSON.stringify({ ...head, ...fields })}\n`));
  }
}

function described(error: unknown): object {
  if (!types.isNativeError(error)) return { message: shown(error) };
  return { code: (error as NodeJS.ErrnoException).code, message: error.message };
}
