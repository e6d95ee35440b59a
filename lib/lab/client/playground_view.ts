import { element } from '../../pages/client/elements.js';
import { Moments } from '../../pages/client/moments.js';
import { FigureView } from '../../pages/client/view.js';
import { typeset } from '../../pages/typeset.js';
import { type PlaygroundName, playgrounds } from '../playgrounds/index.js';
import type { Playground } from '../playgrounds/playground.js';
import { ControlSlider } from './control_slider.js';
import { button, StartList } from './start_list.js';

/** A playground of the page: its sliders, and the figures that follow them. */
export class PlaygroundView {
  readonly #playground: Playground;
  readonly #sliders: ReadonlyMap<string, ControlSlider>;
  readonly #starts: StartList | undefined;
  readonly #findings = element('div', { class: 'findings', 'aria-live': 'polite' });
  readonly #views: readonly FigureView[];
  #isWaiting = false;

  /** @param place The element of the page that has the playground's texts and the places of its figures. */
  constructor(place: HTMLElement, name: PlaygroundName) {
    const playground = playgrounds[name];
    const change = () => this.#change();
    this.#playground = playground;
    this.#sliders = new Map(
      Object.entries(playground.controls).map(([key, control]) => [key, new ControlSlider(control, change)]),
    );
    this.#starts = playground.starts && new StartList(playground.starts, change);
    const moments = new Moments();
    const figures = this.#figures();
    this.#views = figures.map(
      (figure) => new FigureView(place.querySelector<HTMLElement>(`#${name}-${figure.name}`)!, figure, moments),
    );
    if (playground.starts)
      this.#views[figures.findIndex((figure) => figure.name === playground.starts!.figure)]!.onPick((point) =>
        this.#starts!.add(point),
      );
    const controls = element(
      'div',
      { class: 'sliders' },
      ...[...this.#sliders.values()].map((slider) => slider.element),
    );
    const places = place.querySelector('.figures')!;
    places.before(controls, this.#buttons(), ...(this.#starts ? [this.#starts.element] : []));
    places.append(this.#findings);
    this.#showOthers();
  }

  get #values(): Record<string, number> {
    return Object.fromEntries([...this.#sliders].map(([key, slider]) => [key, slider.value]));
  }

  #figures() {
    return this.#playground.figures(this.#values, this.#starts?.points ?? []);
  }

  #buttons(): HTMLElement {
    const { controls, presets = [] } = this.#playground;
    return element(
      'div',
      { class: 'tools' },
      ...presets.map(({ label, values }) => button(label, () => this.#set(values(this.#values)))),
      button('reset', () => {
        this.#set(Object.fromEntries(Object.entries(controls).map(([key, { initial }]) => [key, initial])));
        this.#starts?.reset();
      }),
    );
  }

  #set(values: Readonly<Record<string, number | undefined>>): void {
    for (const [key, value] of Object.entries(values)) if (value !== undefined) this.#sliders.get(key)!.value = value;
    this.#change();
  }

  /** Draws once before the next frame for all changes until then. */
  #change(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    requestAnimationFrame(() => {
      this.#isWaiting = false;
      for (const [i, figure] of this.#figures().entries()) this.#views[i]!.update(figure);
      this.#showOthers();
    });
  }

  /** Shows the sliders that have an effect, and the findings. */
  #showOthers(): void {
    const values = this.#values;
    const used = this.#playground.used?.(values) ?? Object.keys(values);
    for (const [key, slider] of this.#sliders) slider.element.hidden = !used.includes(key);
    const findings = this.#playground.findings(values, this.#starts?.points ?? []);
    this.#findings.innerHTML = findings.map((finding) => `<p>${typeset(finding)}</p>`).join('');
  }
}

/** Makes each playground of the page when it comes near the window, or when the page is printed. */
export function makePlaygrounds(): void {
  const waiting = new Set(document.querySelectorAll<HTMLElement>('[data-playground]'));
  const make = (place: HTMLElement) => {
    if (waiting.delete(place)) new PlaygroundView(place, place.dataset.playground as PlaygroundName);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries)
        if (isIntersecting) {
          observer.unobserve(target);
          make(target as HTMLElement);
        }
    },
    { rootMargin: '800px' },
  );
  for (const place of waiting) observer.observe(place);
  addEventListener('beforeprint', () => waiting.forEach(make));
}
