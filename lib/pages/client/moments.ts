/** A value of a quantity that several figures show, such as step 40. */
export interface Moment {
  readonly quantity: string;
  readonly at: number;
}

/** The moment that all figures of an experiment mark: the one that is pointed at, or else the one that was chosen last. */
export class Moments {
  readonly #listeners: ((moment: Moment | undefined) => void)[] = [];
  #chosen: Moment | undefined;

  /** Calls `listener` with each new moment, and with undefined where none is marked any more. */
  observe(listener: (moment: Moment | undefined) => void): void {
    this.#listeners.push(listener);
  }

  /** Marks a moment until another is chosen or pointed at. */
  choose(moment: Moment): void {
    this.#chosen = moment;
    this.#mark(moment);
  }

  /** Marks a moment as long as it is pointed at. */
  point(moment: Moment): void {
    this.#mark(moment);
  }

  /** Nothing is pointed at any more. */
  leave(): void {
    this.#mark(this.#chosen);
  }

  #mark(moment: Moment | undefined): void {
    for (const listener of this.#listeners) listener(moment);
  }
}
