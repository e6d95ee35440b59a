import type { Outcome } from './outcome.js';

/** Who watches a trial. Each of these is optional. */
export interface Watcher {
  /** Called with the fraction that is done, 0 to 1. Yields to the event loop. Throws to end the trial. */
  onProgress?(share: number): Promise<void>;
  /** Called with what has been found so far. */
  onOutcome?(outcome: Outcome): void;
}

/**
 * One run of an experiment: reports how far it is, and puts a wrong model in place of the right one where it is asked to,
 * so that one can see which checks notice.
 */
export class Trial {
  /** The counter-models that this run could have had. */
  readonly counterModels: Set<string>;
  readonly #watcher: Watcher;
  readonly #counterModel: string | undefined;
  readonly #from: number;
  readonly #to: number;

  constructor(
    watcher: Watcher = {},
    counterModel?: string,
    { from = 0, to = 1, counterModels = new Set<string>() } = {},
  ) {
    this.#watcher = watcher;
    this.#counterModel = counterModel;
    this.#from = from;
    this.#to = to;
    this.counterModels = counterModels;
  }

  /** Reports the fraction that is done, 0 to 1, and what has been found so far; yields to the event loop. Throws if the run was aborted. */
  async progress(share: number, soFar?: () => Outcome): Promise<void> {
    const { onProgress, onOutcome } = this.#watcher;
    if (onOutcome && soFar) onOutcome(soFar());
    await onProgress?.(this.#from + (this.#to - this.#from) * share);
  }

  /** `right`, or `wrong` in a run with this counter-model. */
  instead<Right, Wrong = Right>(counterModel: string, right: Right, wrong: Wrong): Right | Wrong {
    this.counterModels.add(counterModel);
    return this.#counterModel === counterModel ? wrong : right;
  }

  /** The share of this trial from `from` to `to`. What it finds is completed by `complete`. */
  within(from: number, to: number, complete: (outcome: Outcome) => Outcome = (outcome) => outcome): Trial {
    const { onProgress, onOutcome } = this.#watcher;
    const span = this.#to - this.#from;
    return new Trial(
      {
        ...(onProgress && { onProgress }),
        ...(onOutcome && { onOutcome: (outcome: Outcome) => onOutcome(complete(outcome)) }),
      },
      this.#counterModel,
      { from: this.#from + span * from, to: this.#from + span * to, counterModels: this.counterModels },
    );
  }
}
