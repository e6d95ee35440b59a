import type { Figure } from '../figure.js';
import { followContents } from './contents.js';
import { offerCopies } from './copying.js';
import { Moments } from './moments.js';
import { FigureView } from './view.js';

/** The views of a page's figures, each made when its element comes near the window. */
export class PageViews {
  readonly #waiting = new Map<Element, () => FigureView>();
  readonly #views = new Map<Element, FigureView>();
  readonly #observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) this.view(target);
    },
    { rootMargin: '800px' },
  );

  /** Draws a figure when it comes near the window, and reads its data only then. */
  add(place: HTMLElement, read: () => Figure, moments: Moments): void {
    this.#waiting.set(place, () => new FigureView(place, read(), moments));
    this.#observer.observe(place);
  }

  /** The view of an added figure. Draws the figure if it has not been drawn. */
  view(place: Element): FigureView {
    const make = this.#waiting.get(place);
    if (make) {
      this.#waiting.delete(place);
      this.#observer.unobserve(place);
      this.#views.set(place, make());
    }
    return this.#views.get(place)!;
  }

  drawAll(): void {
    for (const place of [...this.#waiting.keys()]) this.view(place);
  }
}

/** Draws the figures whose data are in the page. */
export function drawPage(): PageViews {
  const views = new PageViews();
  const ofSections = new Map<string, Moments>();
  for (const data of document.querySelectorAll<HTMLElement>('script.figure')) {
    const { section = '', name } = data.dataset;
    const moments = ofSections.get(section) ?? new Moments();
    ofSections.set(section, moments);
    const place = document.getElementById(`${section}-${name}`);
    if (place) views.add(place, () => figureIn(data), moments);
  }
  followContents();
  offerCopies();
  addEventListener('beforeprint', () => {
    views.drawAll();
    for (const checks of document.querySelectorAll<HTMLDetailsElement>('details.checks')) checks.open = true;
  });
  return views;
}

/** The figure in an element's JSON, where null stands for a number that is not finite. */
const figureIn = ({ textContent }: HTMLElement): Figure =>
  JSON.parse(textContent!, (_, value) => (value === null ? Number.NaN : value));
