/** A value of a quantity on an axis of several figures, such as step 40. */
export interface Moment {
  readonly quantity: string;
  readonly at: number;
}

/** The moment that all figures of an experiment mark: the one at the pointer, or else the last one chosen. */
export class Moments {
  readonly #listeners: ((moment: Moment | undefined) => void)[] = [];
  #chosen: Moment | undefined;

  /** Calls `listener` with each new moment, and with undefined when none is marked any more. */
  observe(listener: (moment: Moment | undefined) => void): void {
    this.#listeners.push(listener);
  }

  /** Marks a moment until another is chosen or pointed at. */
  choose(moment: Moment): void {
    this.#chosen = moment;
    this.#mark(moment);
  }

  /** Marks a moment while the pointer is at it. */
  point(moment: Moment): void {
    this.#mark(moment);
  }

  /** The pointer has left the figure. */
  leave(): void {
    this.#mark(this.#chosen);
  }

  #mark(moment: Moment | undefined): void {
    for (const listener of this.#listeners) listener(moment);
  }
}
