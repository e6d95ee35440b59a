import type { Outcome } from '../outcome.js';
import { withWords } from '../words.js';

/**
 * Outcomes of one run as JSON, without the figures that the page already has.
 *
 *     { run, reported, names: [names of all figures], figures: [those that are new or have changed], checks, findings }
 *
 * `reported` is the time of the outcome, in milliseconds since 1970.
 */
export class Changes {
  readonly #run: number;
  readonly #sent = new Map<string, string>();

  constructor(run: number) {
    this.#run = run;
  }

  since({ figures, checks, findings }: Outcome): string {
    const reported = performance.timeOrigin + performance.now();
    const changed: string[] = [];
    for (const figure of figures) {
      const text = JSON.stringify(figure, withWords);
      if (this.#sent.get(figure.name) === text) continue;
      this.#sent.set(figure.name, text);
      changed.push(text);
    }
    const names = figures.map(({ name }) => name);
    const rest = JSON.stringify({ run: this.#run, reported, names, checks, findings }, withWords);
    return `${rest.slice(0, -1)},"figures":[${changed.join(',')}]}`;
  }
}
