import os from 'node:os';
import path from 'node:path';
import { eventRecord, firstRecord, type TensorBoardEvent } from '../formats/tensorboard.js';
import { LogFile } from './log_file.js';
import type { RunObserver } from './run_observer.js';

/** Writes the numbers of a run to an event file of TensorBoard, by the trainer's steps. */
export function eventFile(folder: string, run: string): RunObserver {
  const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
  const name = `events.out.tfevents.${seconds}.${os.hostname()}.${process.pid}.${run}`;
  const log = new LogFile(path.join(folder, name), () => firstRecord(Date.now()));
  const append = (event: Omit<TensorBoardEvent, 'time'>): void =>
    log.append(() => eventRecord({ time: Date.now(), ...event }));
  return {
    onStart: ({ steps, options, model }) => {
      append({ step: steps + 1, isStart: true }); // an epoch that ended at this step is kept
      append({ step: steps, texts: { options: fenced(options), model: fenced(model) } });
    },
    onEpoch: ({ steps, validation, ...report }) =>
      append({ step: steps, scalars: { ...numbersOf(report), ...numbersOf(validation ?? {}, 'validation/') } }),
    onCurvature: ({ step, ...report }) => append({ step, scalars: numbersOf(report, 'curvature/') }),
  };
}

/** The numbers of a report by their tags. Confusion matrices are left out. */
const numbersOf = (report: object, group = ''): Record<string, number> =>
  Object.fromEntries(
    Object.entries(report).flatMap(([name, value]) => (typeof value === 'number' ? [[`${group}${name}`, value]] : [])),
  );

const fenced = (data: unknown): string => `\`\`\`json\n${JSON.stringify(data, null, 2)}\n\`\`\``;
