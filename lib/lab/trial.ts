import type { Figure } from '../pages/index.js';
import type { Outcome } from './outcome.js';

/** Callbacks that receive the progress of a trial. */
export interface Watcher {
  /** Receives the fraction that is done, from 0 to 1. Yields to the event loop. Throws to end the trial. */
  onProgress?(share: number): Promise<void>;
  /** Receives the outcome so far. */
  onOutcome?(outcome: Outcome): void;
}

export interface TrialOptions {
  /** The wrong model that replaces the right one. */
  readonly counterModel?: string | undefined;
  /** Selects the parts that run. Default: all. */
  readonly chooses?: (part: Askable) => boolean;
}

/** Lists its counter-models. */
export interface Askable {
  readonly counterModels: readonly string[];
}

/** The interval that a trial covers in the whole run. */
interface Place {
  readonly from: number;
  readonly to: number;
  /** The counter-models that {@link Trial.instead} accepts. Default: any. */
  readonly counterModels?: readonly string[] | undefined;
}

/**
 * One run of an experiment. Reports its progress, and replaces the right model by a wrong one on request, to show which
 * checks notice.
 */
export class Trial {
  readonly counterModel: string | undefined;
  readonly chooses: (part: Askable) => boolean;
  readonly #watcher: Watcher;
  readonly #options: TrialOptions;
  readonly #place: Place;

  constructor(watcher: Watcher = {}, options: TrialOptions = {}, place: Place = { from: 0, to: 1 }) {
    this.counterModel = options.counterModel;
    this.chooses = options.chooses ?? (() => true);
    this.#watcher = watcher;
    this.#options = options;
    this.#place = place;
  }

  /**
   * Reports the fraction that is done, from 0 to 1, and the outcome or the figures so far. Yields to the event loop. Throws
   * if the run was aborted.
   */
  async progress(share: number, soFar?: () => Outcome | readonly Figure[]): Promise<void> {
    const { onProgress, onOutcome } = this.#watcher;
    const { from, to } = this.#place;
    if (onOutcome && soFar) {
      const found = soFar();
      onOutcome('figures' in found ? found : { figures: found, checks: [], findings: [] });
    }
    await onProgress?.(from + (to - from) * share);
  }

  /**
   * `right`, or `wrong` in a run with this counter-model.
   *
   * @throws Error if the running part does not list it.
   */
  instead<Right, Wrong = Right>(counterModel: string, right: Right, wrong: Wrong): Right | Wrong {
    if (this.#place.counterModels?.includes(counterModel) === false)
      throw new Error(`the counter-model "${counterModel}" is not listed by its part`);
    return this.counterModel === counterModel ? wrong : right;
  }

  /** A trial for the interval from `from` to `to` of this one. `complete` adds the rest to its outcomes. */
  within(
    from: number,
    to: number,
    {
      counterModels = this.#place.counterModels,
      complete = (outcome: Outcome): Outcome => outcome,
    }: { counterModels?: readonly string[] | undefined; complete?: (outcome: Outcome) => Outcome } = {},
  ): Trial {
    const { onProgress, onOutcome } = this.#watcher;
    const span = this.#place.to - this.#place.from;
    return new Trial(
      {
        ...(onProgress && { onProgress }),
        ...(onOutcome && { onOutcome: (outcome: Outcome) => onOutcome(complete(outcome)) }),
      },
      this.#options,
      { from: this.#place.from + span * from, to: this.#place.from + span * to, counterModels },
    );
  }
}
