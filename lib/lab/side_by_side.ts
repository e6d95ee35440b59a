import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorWith } from '../errors.js';
import type { ErrorCode } from '../index.js';
import type { ExperimentOptions, ExperimentReport } from './run.js';

/** An experiment for a thread to run. */
export interface Task extends Pick<ExperimentOptions, 'size' | 'settings' | 'counterModel'> {
  readonly name: string;
}

/** A message of a thread about its task. */
export type Notice =
  | { readonly share: number }
  | { readonly report: ExperimentReport }
  | { readonly error: string; readonly code: ErrorCode };

export interface SideBySide {
  /** The reports of the tasks, in their order. */
  readonly reports: readonly Promise<ExperimentReport>[];
  /** Ends all threads. Pending reports then never settle. */
  stop(): void;
}

interface Waiting {
  readonly task: Task;
  resolve(report: ExperimentReport): void;
  reject(error: unknown): void;
}

/**
 * Runs experiments, `jobs` at a time, each in its own thread.
 *
 * @param onProgress Called with an experiment's name and the fraction of it that is done, from 0 to 1.
 */
export function runSideBySide(
  tasks: readonly Task[],
  jobs: number,
  onProgress: (name: string, share: number) => void,
): SideBySide {
  const queue: Waiting[] = [];
  const reports = tasks.map(
    (task) => new Promise<ExperimentReport>((resolve, reject) => queue.push({ task, resolve, reject })),
  );
  const workers = Array.from({ length: Math.min(jobs, tasks.length) }, () => {
    const worker = new Worker(path.join(__dirname, 'side_by_side_thread.js'));
    let current: Waiting | undefined;
    const takeNext = () => {
      current = queue.shift();
      if (current) worker.postMessage(current.task);
      else void worker.terminate();
    };
    worker.on('message', (notice: Notice) => {
      if ('share' in notice) onProgress(current!.task.name, notice.share);
      else {
        if ('report' in notice) current!.resolve(notice.report);
        else current!.reject(errorWith(notice.code, notice.error));
        takeNext();
      }
    });
    worker.on('error', (error) => current?.reject(error));
    takeNext();
    return worker;
  });
  return {
    reports,
    stop() {
      for (const worker of workers) void worker.terminate();
    },
  };
}
