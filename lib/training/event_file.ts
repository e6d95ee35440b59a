import os from 'node:os';
import path from 'node:path';
import { eventRecord, firstRecord, type TensorBoardEvent } from '../formats/tensorboard.js';
import type { StepCurvature } from './curvature_monitor.js';
import type { Epoch } from './history.js';
import { LogFile } from './log_file.js';
import type { RunStart } from './run_messages.js';
import type { RunObserver } from './run_observer.js';

/** Writes the numbers of a run to an event file of TensorBoard, by the trainer's steps. */
export class EventFile implements RunObserver {
  readonly #file: LogFile;

  constructor(folder: string, run: string) {
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    const name = `events.out.tfevents.${seconds}.${os.hostname()}.${process.pid}.${run}`;
    this.#file = new LogFile(path.join(folder, name), () => firstRecord(Date.now()));
  }

  onStart({ steps, options, model }: RunStart): void {
    // An epoch that ended at this step is kept.
    this.#append({ step: steps + 1, isStart: true });
    this.#append({ step: steps, texts: { options: fenced(options), model: fenced(model) } });
  }

  onEpoch({ steps, validation, ...report }: Epoch): void {
    const scalars = { ...numbersOf(report), ...numbersOf(validation ?? {}, 'validation/') };
    this.#append({ step: steps, scalars });
  }

  onCurvature({ step, ...report }: StepCurvature): void {
    this.#append({ step, scalars: numbersOf(report, 'curvature/') });
  }

  onEnd(): void {}

  #append(event: Omit<TensorBoardEvent, 'time'>): void {
    this.#file.append(() => eventRecord({ time: Date.now(), ...event }));
  }
}

/** The numbers of a report by their tags. A confusion matrix is none. */
const numbersOf = (report: object, group = ''): Record<string, number> =>
  Object.fromEntries(
    Object.entries(report).flatMap(([name, value]) => (typeof value === 'number' ? [[`${group}${name}`, value]] : [])),
  );

const fenced = (data: unknown): string => `\`\`\`json\n${JSON.stringify(data, null, 2)}\n\`\`\``;
