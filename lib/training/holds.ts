import type { NativeRun } from '../addon/index.js';
import { warn } from '../checks/warn.js';

/** Milliseconds of a wait that may be for a promise of the run itself, before a warning. */
const longWait = 10_000;

/**
 * Who keeps a run at the end of an epoch: loops over its epochs whose body is at work, and unsettled calls of
 * `onEpoch`. The run waits while there are any.
 */
export class Holds {
  readonly #native: NativeRun;
  /** Whether each epoch is held, by `onEpoch`. */
  readonly #always: boolean;
  readonly #loops = new Set<object>();
  readonly #holders = new Set<object>();
  /** Holders without which the run has gone on, until they end. */
  readonly #released = new Set<object>();
  /** Number of the last epoch that was reported. The core may be at a later one, whose news is under way. */
  #epoch = 0;
  #warned = false;
  /** Whether there are promises of the run: a holder may wait for one, while the run waits for the holder. */
  #isAwaited = false;
  #alarm: NodeJS.Timeout | undefined;

  /** The native run holds at epochs until told otherwise, so that a loop that begins at once sees the first one. */
  constructor(native: NativeRun, { always }: { always: boolean }) {
    this.#native = native;
    this.#always = always;
  }

  /** From now on this loop holds the run at the end of each epoch, until it asks for the next one. */
  enter(loop: object): void {
    this.#loops.add(loop);
    this.#native.holdAtEpochs();
  }

  leave(loop: object): void {
    this.#loops.delete(loop);
    this.end(loop);
    this.#arrange();
  }

  /** `holder` is at work on an epoch. */
  begin(holder: object): void {
    this.#holders.add(holder);
  }

  /** `holder` has finished, or waits for the next epoch. */
  end(holder: object): void {
    this.#holders.delete(holder);
    this.#released.delete(holder);
    this.#goOnIfFree();
  }

  /** After the news of epochs up to `epoch`, once calls of `onEpoch` have begun. */
  onEpoch(epoch: number): void {
    this.#epoch = epoch;
    for (const loop of this.#loops) if (!this.#released.has(loop)) this.#holders.add(loop);
    if (this.#holders.size > 0 && this.#isAwaited && !this.#warned)
      this.#alarm ??= setTimeout(() => this.#warnOfWait(), longWait).unref();
    this.#goOnIfFree();
    this.#arrange();
  }

  /** Somebody waits for the end of the run, perhaps a holder: the run goes on without the holders, and warns. */
  onAwaited(): void {
    this.#isAwaited = true;
    setImmediate(() => this.#arrange()); // a loop may yet begin at once
    if (!this.release() || this.#warned) return;
    this.#warned = true;
    warn(
      'GLISSADE_HOLD_RELEASED',
      'a run was awaited while a loop over its epochs or onEpoch held it; it goes on meanwhile, so the model no longer has the parameters of that epoch. To end the run first, call run.stop()',
    );
  }

  /** Lets the run go on without the holders. Returns whether there are any. */
  release(): boolean {
    const isAny = this.#holders.size > 0;
    for (const holder of this.#holders) this.#released.add(holder);
    this.#holders.clear();
    this.#goOnIfFree();
    return isAny;
  }

  #goOnIfFree(): void {
    if (this.#holders.size > 0) return;
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    if (this.#epoch > 0) this.#native.goOn(this.#epoch);
  }

  #warnOfWait(): void {
    this.#warned = true;
    warn(
      'GLISSADE_HELD',
      'for ten seconds a run has waited for the body of a loop over its epochs, or for onEpoch. If that awaits a promise which was taken of the run before (by run.then, run.catch or an async function), neither goes on: await the run itself, or call run.stop() first',
    );
  }

  #arrange(): void {
    if (!this.#always && this.#loops.size === 0) this.#native.runThrough();
  }
}
