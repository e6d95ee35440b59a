import { runExperiment } from '../named.js';
import { type RaceOptions, type RaceReport, race } from '../race/race.js';
import type { ExperimentOptions, ExperimentReport } from '../run.js';
import type { WatchedOptions } from '../watching.js';
import type { Notice, Order, Task } from './messages.js';
import { Reporter } from './reporter.js';

/** Runs tasks in a thread, one at a time, as its orders say. */
export class Runner {
  readonly #post: (notice: Notice) => void;
  #reporter: Reporter | undefined;
  #stop: AbortController | undefined;

  constructor(post: (notice: Notice) => void) {
    this.#post = post;
  }

  take(order: Order): void {
    if (order.kind === 'stop') this.#stop?.abort();
    else if (order.kind === 'sent') this.#reporter?.sent(order.run);
    else void this.#run(order.run, order.task);
  }

  async #run(id: number, task: Task): Promise<void> {
    const reporter = new Reporter(id, this.#post);
    this.#reporter = reporter;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const watched: WatchedOptions = {
      signal,
      onProgress: (share) => reporter.progress(share),
      onOutcome: (outcome) => reporter.outcome(outcome),
    };
    try {
      const report = await outcomeOf(task, watched);
      reporter.done(report, report.seconds);
    } catch (error) {
      if (signal.aborted) reporter.stopped();
      else reporter.failed(error as Error);
    }
  }
}

function outcomeOf(
  { experiment, settings, options }: Task,
  watched: WatchedOptions,
): Promise<ExperimentReport | RaceReport> {
  const all = { ...options, settings, ...watched };
  return experiment === 'race' ? race(all as RaceOptions) : runExperiment(experiment, all as ExperimentOptions);
}
