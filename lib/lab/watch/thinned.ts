/** More points of a curve could not be distinguished. */
const most = 500;

/** Reports in their order: all, or an evenly spaced selection and the last one. */
export class Thinned<Report> {
  #kept: Report[] = [];
  #last: Report | undefined;
  #count = 0;
  #every = 1;

  push(report: Report): void {
    if (this.#count % this.#every === 0) this.#kept.push(report);
    if (this.#kept.length > most) {
      this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
      this.#every *= 2;
    }
    this.#last = report;
    ++this.#count;
  }

  get last(): Report | undefined {
    return this.#last;
  }

  get all(): readonly Report[] {
    const last = this.#kept.at(-1) === this.#last ? [] : [this.#last!];
    return [...this.#kept, ...last];
  }
}
