/** Calls a function with the newest given value: one call at a time, with a pause after each. */
export class Newest<T> {
  readonly #call: (value: T) => Promise<void>;
  readonly #pause: number;
  #waiting: { value: T } | undefined;
  #isBusy = false;

  /** @param pause In milliseconds. */
  constructor(pause: number, call: (value: T) => Promise<void>) {
    this.#pause = pause;
    this.#call = call;
  }

  async give(value: T): Promise<void> {
    this.#waiting = { value };
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (this.#waiting) {
        const { value } = this.#waiting;
        this.#waiting = undefined;
        await this.#call(value);
        await new Promise((resolve) => setTimeout(resolve, this.#pause));
      }
    } finally {
      this.#isBusy = false;
    }
  }
}
