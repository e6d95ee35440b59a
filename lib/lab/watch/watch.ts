import { checkBoolean, checkOptions, orDefault } from '../../checks/options.js';
import { checkInteger } from '../../checks/ranges.js';
import { invalid } from '../../checks/shown.js';
import type { Epoch, Run, RunObserver, StepCurvature } from '../../index.js';
import { Changes } from '../serve/changes.js';
import { EventStream } from '../serve/event_stream.js';
import type { EventName } from '../serve/events.js';
import { livePolicy } from '../serve/live_page.js';
import { type Exchange, Site } from '../serve/site.js';
import { Movements } from './movement.js';
import { RunRecord } from './run_record.js';
import { watchPage } from './watch_page.js';

export interface WatchOptions {
  /** Port of the page. Default: any that is free. */
  port?: number | undefined;
  /** Whether to print the address on standard error. Default: true. */
  print?: boolean | undefined;
}

/** A page that shows a run. */
export interface Watch {
  /** The address of the page, on this machine only. */
  readonly url: string;
  /** Ends the page's server. */
  close(): Promise<void>;
}

/** Time between two updates of the page. */
const pause = 100; // ms

/** The largest share of the program's thread time for copying parameters. */
const shareOfLooking = 0.05;

/**
 * Shows a run of `fit` while it runs, on a page served by this machine: loss, scores, learning rate, and the
 * movement of each array of parameters; with a `curvatureMonitor`, also the norm of the gradient and the ratio. Open
 * pages keep their figures when the run or the process has ended. The server does not keep the process alive.
 *
 * The run does not wait for the page, and its numbers do not change. Its parameters are copied at most ten times a
 * second.
 *
 * @example
 * const run = model.fit(data, { loss: 'crossEntropy', optimizer: adam({ learningRate: 0.001 }), epochs: 20 });
 * const { url } = await watch(run);
 * await run;
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if `run` is not a run, or the port is in use.
 */
// biome-ignore lint/suspicious/noExplicitAny: a run with any scores
export async function watch(run: Run<any>, options: WatchOptions = {}): Promise<Watch> {
  if (typeof run?.observe !== 'function') throw invalid('run', 'what fit returns', run);
  checkOptions('watch', options, ['port', 'print']);
  const port = checkInteger('port', orDefault(options.port, 0), 0, 65_535);
  const print = checkBoolean('print', orDefault(options.print, true));
  const show = new RunShow();
  run.observe(show);
  await show.site.listen(port, '127.0.0.1');
  show.site.unref();
  if (print) console.error(`The run is at ${show.site.url}`);
  return { url: show.site.url, close: () => show.site.close() };
}

/** Records a run, and sends the record to all open pages. */
class RunShow implements RunObserver {
  readonly site: Site;
  readonly #record = new RunRecord();
  readonly #movements = new Movements();
  readonly #pages = new Set<() => void>();
  #nextLook = 0;
  #timer: NodeJS.Timeout | undefined;
  #last: { event: EventName; data: string } | undefined;

  constructor() {
    const page = { type: 'text/html', body: watchPage, policy: livePolicy };
    this.site = new Site({ 'GET /': () => page, 'GET /events': (exchange) => this.#open(exchange) });
  }

  onEpoch(epoch: Epoch): void {
    this.#record.epochs.push(epoch);
    const begin = performance.now();
    if (begin >= this.#nextLook) {
      this.#look(epoch);
      const end = performance.now();
      this.#nextLook = end + Math.max(pause, (end - begin) / shareOfLooking);
    }
    this.#showSoon();
  }

  onCurvature(report: StepCurvature): void {
    this.#record.curvature.push(report);
    this.#showSoon();
  }

  onEnd(failure: { readonly reason: unknown } | undefined): void {
    this.#last = failure
      ? {
          event: 'failed',
          data: JSON.stringify({ error: String((failure.reason as Error)?.message ?? failure.reason) }),
        }
      : { event: 'done', data: '{}' };
    clearTimeout(this.#timer);
    for (const show of this.#pages) show();
  }

  /** Compares the parameters with the previous copy, if the run is still at this epoch. */
  #look(epoch: Epoch): void {
    try {
      const movement = this.#movements.look(epoch.steps, epoch.model());
      if (movement) this.#record.movements.push(movement);
    } catch {
      // The run has continued. The next copy that succeeds shows the movement of both epochs.
    }
  }

  #showSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const show of this.#pages) show();
    }, pause).unref();
  }

  #open({ response }: Exchange): undefined {
    response.setHeader('Content-Type', 'text/event-stream');
    const changes = new Changes(0);
    let isOnItsWay = false;
    let isWaiting = false;
    const show = () => {
      isWaiting = isOnItsWay;
      if (isOnItsWay) return;
      isOnItsWay = true;
      const last = this.#last;
      stream.send('outcome', changes.since(this.#record.outcome), () => {
        isOnItsWay = false;
        if (isWaiting) show();
      });
      if (last) stream.send(last.event, last.data);
    };
    const stream = new EventStream(response, () => this.#pages.delete(show));
    this.#pages.add(show);
    show();
  }
}
