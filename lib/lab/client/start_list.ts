import { element } from '../../pages/client/elements.js';
import type { Point } from '../../pages/figure.js';
import type { Starts } from '../playgrounds/playground.js';

/** The starting points of a playground, with buttons and inputs to choose them by keyboard. */
export class StartList {
  readonly element: HTMLElement;
  readonly #starts: Starts;
  readonly #onChange: () => void;
  #points: readonly Point[];
  /** The number of points that have replaced another. */
  #replaced = 0;

  constructor(starts: Starts, onChange: () => void) {
    this.#starts = starts;
    this.#onChange = onChange;
    this.#points = starts.initial;
    const [low, high] = starts.range;
    const inputs = starts.symbols.map((symbol) =>
      element('input', {
        type: 'number',
        min: String(low),
        max: String(high),
        step: 'any',
        value: '1',
        required: '',
        'aria-label': symbol,
      }),
    );
    const form = element('form', { class: 'tools' });
    form.onsubmit = (event) => {
      event.preventDefault();
      const [x, y] = inputs.map((input) => input.valueAsNumber);
      this.add([x!, y!]);
    };
    const labels = inputs.map((input, i) => element('label', {}, `${starts.symbols[i]} `, input));
    const within = () => Number((low + (high - low) * Math.random()).toPrecision(3));
    form.append(
      ...labels,
      element('button', { type: 'submit' }, 'start here'),
      button('random start', () => this.add([within(), within()])),
      button('no starts', () => this.#set([])),
    );
    this.element = form;
  }

  get points(): readonly Point[] {
    return this.#points;
  }

  /** Adds a point. If there are too many, it replaces the oldest. */
  add([x, y]: Point): void {
    const [low, high] = this.#starts.range;
    const within = (value: number) => Number(Math.min(Math.max(value, low), high).toPrecision(3));
    const { most } = this.#starts;
    const place = this.#points.length < most ? this.#points.length : this.#replaced++ % most;
    const points = [...this.#points];
    points[place] = [within(x), within(y)];
    this.#change(points);
  }

  reset(): void {
    this.#set(this.#starts.initial);
  }

  #set(points: readonly Point[]): void {
    this.#replaced = 0;
    this.#change(points);
  }

  #change(points: readonly Point[]): void {
    this.#points = points;
    this.#onChange();
  }
}

/** A button that calls `press`. */
export function button(label: string, press: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button' }, label);
  made.onclick = press;
  return made;
}
