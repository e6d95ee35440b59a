import type { Figure } from '../figure.js';
import { followContents } from './contents.js';
import { offerCopies } from './copying.js';
import { Moments } from './moments.js';
import { FigureView } from './view.js';

/** The views of a page's figures, made when they come near the window. */
export class PageViews {
  readonly #waiting = new Map<Element, () => FigureView>();
  readonly #views = new Map<Element, FigureView>();
  readonly #observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) this.view(target);
    },
    { rootMargin: '800px' },
  );

  /** Draws a figure of the page when it comes near the window. */
  add(place: HTMLElement, data: Figure, moments: Moments): void {
    this.#waiting.set(place, () => new FigureView(place, data, moments));
    this.#observer.observe(place);
  }

  /** The view of a figure that was added, which is drawn now if it has not been. */
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

/** The figures that a page carries, by the name of their section and their own name. */
type PageData = Readonly<Record<string, readonly Figure[]>>;

/** Draws the figures that the page carries. */
export function drawPage(): PageViews {
  const views = new PageViews();
  const data = document.getElementById('figures');
  const sections: PageData = JSON.parse(data?.textContent ?? '{}', (_, value) => (value === null ? Number.NaN : value));
  for (const [section, figures] of Object.entries(sections)) {
    const moments = new Moments();
    for (const figure of figures) {
      const place = document.getElementById(`${section}-${figure.name}`);
      if (place) views.add(place, figure, moments);
    }
  }
  followContents();
  offerCopies();
  addEventListener('beforeprint', () => {
    views.drawAll();
    for (const checks of document.querySelectorAll<HTMLDetailsElement>('details.checks')) checks.open = true;
  });
  return views;
}
