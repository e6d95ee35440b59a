import { element } from '../../pages/client/elements.js';
import { Moments } from '../../pages/client/moments.js';
import { FigureView } from '../../pages/client/view.js';
import type { Figure } from '../../pages/figure.js';
import { figureHtml } from '../../pages/figure_place.js';
import { typeset } from '../../pages/typeset.js';

interface Shown {
  readonly place: HTMLElement;
  readonly view: FigureView;
}

/** The figures of an experiment that runs repeatedly. Those of the previous run stay, faded, until newer ones arrive. */
export class LiveFigures {
  readonly #section: string;
  readonly #element: HTMLElement;
  readonly #moments = new Moments();
  readonly #shown = new Map<string, Shown>();

  /** @param element The parent of the figures. */
  constructor(section: string, element: HTMLElement) {
    this.#section = section;
    this.#element = element;
  }

  /** Fades all figures, since another run begins. */
  fade(): void {
    for (const { place } of this.#shown.values()) place.classList.add('stale');
  }

  /** Shows new and changed figures. */
  show(figures: readonly Figure[]): void {
    for (const figure of figures) {
      const { place, view } = this.#shown.get(figure.name) ?? this.#add(figure);
      place.classList.remove('stale');
      place.querySelector('h3')!.innerHTML = typeset(figure.title);
      place.querySelector('figcaption')!.innerHTML = typeset(figure.caption);
      view.update(figure);
    }
  }

  /** Removes all figures but these, and puts them in this order, when the run is done. */
  keep(names: readonly string[]): void {
    for (const [name, { place }] of this.#shown) {
      if (names.includes(name)) continue;
      place.remove();
      this.#shown.delete(name);
    }
    for (const [i, name] of names.entries()) {
      const { place } = this.#shown.get(name)!;
      if (this.#element.children[i] !== place) this.#element.insertBefore(place, this.#element.children[i] ?? null);
    }
  }

  #add(figure: Figure): Shown {
    const around = element('div');
    around.innerHTML = figureHtml(this.#section, figure);
    const place = around.firstElementChild as HTMLElement;
    this.#element.append(place);
    const shown = { place, view: new FigureView(place, figure, this.#moments) };
    this.#shown.set(figure.name, shown);
    return shown;
  }
}
