import { parentPort } from 'node:worker_threads';
import { runExperiment } from '../named.js';
import { type RaceReport, race } from '../race/race.js';
import type { ExperimentReport } from '../run.js';
import type { WatchedOptions } from '../watching.js';
import type { Notice, Order, Task } from './messages.js';
import { Reporter } from './reporter.js';

const port = parentPort!;

let reporter: Reporter | undefined;
let stop: AbortController | undefined;

port.on('message', (order: Order) => {
  if (order.kind === 'stop') stop?.abort();
  else if (order.kind === 'sent') reporter?.sent(order.run);
  else void run(order.run, order.task);
});

async function run(id: number, task: Task): Promise<void> {
  reporter = new Reporter(id, (notice: Notice) => port.postMessage(notice));
  stop = new AbortController();
  const { signal } = stop;
  const watched: WatchedOptions = {
    signal,
    onProgress: (share) => reporter!.progress(share),
    onOutcome: (outcome) => reporter!.outcome(outcome),
  };
  try {
    const report = await outcomeOf(task, watched);
    reporter.done(report, report.seconds);
  } catch (error) {
    if (signal.aborted) reporter.stopped();
    else reporter.failed(error as Error);
  }
}

function outcomeOf(task: Task, watched: WatchedOptions): Promise<ExperimentReport | RaceReport> {
  if ('race' in task) return race({ ...task.race, ...watched });
  const { experiment, ...options } = task;
  return runExperiment(experiment, { ...options, ...watched });
}
