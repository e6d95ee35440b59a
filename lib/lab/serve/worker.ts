import { parentPort } from 'node:worker_threads';
import { runExperiment } from '../run.js';
import type { Notice, Order, Task } from './messages.js';
import { Reporter } from './reporter.js';

const port = parentPort!;

let reporter: Reporter | undefined;
let stop: AbortController | undefined;

port.on('message', (order: Order) => {
  if (order.kind === 'stop') stop?.abort();
  else if (order.kind === 'sent') reporter?.sent();
  else void run(order.run, order.task);
});

async function run(id: number, { experiment, ...options }: Task): Promise<void> {
  reporter = new Reporter(id, (notice: Notice) => port.postMessage(notice));
  stop = new AbortController();
  const { signal } = stop;
  try {
    const report = await runExperiment(experiment, {
      ...options,
      signal,
      onProgress: (share) => reporter!.progress(share),
      onOutcome: (outcome) => reporter!.outcome(outcome),
    });
    reporter.done(report, report.seconds);
  } catch (error) {
    if (signal.aborted) reporter.stopped();
    else reporter.failed(error as Error);
  }
}
