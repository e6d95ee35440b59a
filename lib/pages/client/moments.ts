/** A value of a quantity that several figures show, such as step 40. */
export interface Moment {
  readonly quantity: string;
  readonly at: number;
}

/** The moment that all figures of an experiment mark. */
export class Moments {
  readonly #listeners: ((moment: Moment | undefined) => void)[] = [];

  /** Calls `listener` with each new moment, and with undefined where none is marked any more. */
  observe(listener: (moment: Moment | undefined) => void): void {
    this.#listeners.push(listener);
  }

  mark(moment: Moment | undefined): void {
    for (const listener of this.#listeners) listener(moment);
  }
}
