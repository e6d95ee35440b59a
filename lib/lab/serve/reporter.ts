import type { Outcome } from '../outcome.js';
import { Changes } from './changes.js';
import type { Notice } from './messages.js';

/** Time between two events of one kind; an eye cannot follow faster ones. */
const pause = 50; // ms

/** The largest share of a run's time for writing outcomes. */
const shareOfWriting = 0.1;

/**
 * Reports a run to its page: the first outcome at once, later ones when the page has received the previous one. A newer
 * outcome replaces one that is still waiting.
 */
export class Reporter {
  readonly #run: number;
  readonly #post: (notice: Notice) => void;
  readonly #changes: Changes;
  #waiting: Outcome | undefined;
  #isOnItsWay = false;
  #nextOutcome = 0;
  #nextProgress = 0;

  constructor(run: number, post: (notice: Notice) => void) {
    this.#run = run;
    this.#post = post;
    this.#changes = new Changes(run);
  }

  progress(share: number): void {
    this.#sendWaiting();
    const now = performance.now();
    if (now < this.#nextProgress) return;
    this.#nextProgress = now + pause;
    this.#post({ event: 'progress', data: JSON.stringify({ run: this.#run, share }) });
  }

  outcome(outcome: Outcome): void {
    this.#waiting = outcome;
    this.#sendWaiting();
  }

  /** Handles the news that the last outcome of a run was sent. The run may be an older one. */
  sent(run: number): void {
    if (run === this.#run) this.#isOnItsWay = false;
  }

  /** Reports the final outcome, and that the run is done. */
  done(outcome: Outcome, seconds: number): void {
    this.#send(outcome);
    const holds = outcome.checks.every((check) => check.holds);
    this.#post({ event: 'done', data: JSON.stringify({ run: this.#run, seconds, holds }) });
  }

  failed({ message, code }: Error & { code?: string }): void {
    this.#post({ event: 'failed', data: JSON.stringify({ run: this.#run, error: message, code }) });
  }

  stopped(): void {
    this.#post({ event: 'stopped', data: JSON.stringify({ run: this.#run }) });
  }

  #sendWaiting(): void {
    if (this.#waiting && !this.#isOnItsWay && performance.now() >= this.#nextOutcome) this.#send(this.#waiting);
  }

  #send(outcome: Outcome): void {
    const begin = performance.now();
    this.#waiting = undefined;
    this.#isOnItsWay = true;
    this.#post({ event: 'outcome', data: this.#changes.since(outcome) });
    const end = performance.now();
    this.#nextOutcome = end + Math.max(pause, (end - begin) / shareOfWriting);
  }
}
