import type { NativeRun } from '../addon/index.js';
import { warn } from '../checks/warn.js';

/** Milliseconds before a warning that what a run waits for may itself wait for the run. */
const longWait = 10_000;

/**
 * The wait of a run at the end of an epoch: for loops over its epochs whose body is at work, and for unsettled calls of
 * `onEpoch`.
 */
export class EpochWaits {
  readonly #native: NativeRun;
  /** Whether the run waits for `onEpoch` at each epoch. */
  readonly #always: boolean;
  readonly #loops = new Set<object>();
  /** Loops and calls that the run waits for. */
  readonly #awaited = new Set<object>();
  /** Loops and calls that the run no longer waits for, until they end. */
  readonly #released = new Set<object>();
  /** Number of the last epoch that was reported. The core may be at a later one, whose news is under way. */
  #epoch = 0;
  #warned = false;
  /** Whether there are promises of the run. What the run waits for may itself wait for one. */
  #isPromised = false;
  #alarm: NodeJS.Timeout | undefined;

  /** The native run waits at each epoch until `runThrough`, so a loop that begins at once gets the first one. */
  constructor(native: NativeRun, { always }: { always: boolean }) {
    this.#native = native;
    this.#always = always;
  }

  /** From now on the run waits for this loop at the end of each epoch, until the loop asks for the next one. */
  enter(loop: object): void {
    this.#loops.add(loop);
    this.#native.waitAtEpochs();
  }

  leave(loop: object): void {
    this.#loops.delete(loop);
    this.end(loop);
    this.#arrange();
  }

  /** A call is at work on an epoch. */
  begin(call: object): void {
    this.#awaited.add(call);
  }

  /** A loop or a call has finished, or waits for the next epoch. */
  end(one: object): void {
    this.#awaited.delete(one);
    this.#released.delete(one);
    this.#goOnIfFree();
  }

  /** After the news of epochs up to `epoch`, once calls of `onEpoch` have begun. */
  onEpoch(epoch: number): void {
    this.#epoch = epoch;
    for (const loop of this.#loops) if (!this.#released.has(loop)) this.#awaited.add(loop);
    if (this.#awaited.size > 0 && this.#isPromised && !this.#warned && this.#alarm === undefined) {
      this.#alarm = setTimeout(() => this.#warnOfWait(), longWait);
      this.#alarm.unref?.(); // in a browser, a timer is a number
    }
    this.#goOnIfFree();
    this.#arrange();
  }

  /** Lets the run go on, with a warning, because its end is awaited, perhaps by a loop or a call that it waits for. */
  onAwaited(): void {
    this.#isPromised = true;
    setImmediate(() => this.#arrange()); // a loop may yet begin at once
    if (!this.release() || this.#warned) return;
    this.#warned = true;
    warn(
      'GLISSADE_EPOCH_PASSED',
      'a run was awaited while it waited for a loop over its epochs, or for onEpoch; it goes on meanwhile, so the model no longer has the parameters of that epoch. To end the run first, call run.stop()',
    );
  }

  /** Lets the run go on. Returns whether it waited for anything. */
  release(): boolean {
    const isAny = this.#awaited.size > 0;
    for (const one of this.#awaited) this.#released.add(one);
    this.#awaited.clear();
    this.#goOnIfFree();
    return isAny;
  }

  #goOnIfFree(): void {
    if (this.#awaited.size > 0) return;
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    if (this.#epoch > 0) this.#native.goOn(this.#epoch);
  }

  #warnOfWait(): void {
    this.#warned = true;
    warn(
      'GLISSADE_EPOCH_WAIT',
      'for ten seconds a run has waited for the body of a loop over its epochs, or for onEpoch. If that awaits a promise which was taken of the run before (by run.then, run.catch or an async function), neither goes on: await the run itself, or call run.stop() first',
    );
  }

  #arrange(): void {
    if (!this.#always && this.#loops.size === 0) this.#native.runThrough();
  }
}
