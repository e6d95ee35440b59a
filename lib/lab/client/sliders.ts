import { element } from '../../pages/client/elements.js';
import type { LiveSetting } from '../serve/live_data.js';
import { positionOf, valueAt } from '../slider.js';

/** Sliders for the settings of an experiment, each with a field for its value. */
export class Sliders {
  readonly element: HTMLElement = element('div', { class: 'settings' });
  readonly #settings: readonly LiveSetting[];
  readonly #values: Record<string, number>;
  readonly #shows: (() => void)[] = [];

  /** @param onMove Called when a value has changed. */
  constructor(settings: readonly LiveSetting[], onMove: () => void) {
    this.#settings = settings;
    this.#values = Object.fromEntries(settings.map(({ key, value, initial = value }) => [key, initial]));
    for (const setting of settings) this.#add(setting, onMove);
  }

  /** The values of all settings. */
  get values(): Readonly<Record<string, number>> {
    return this.#values;
  }

  /** The values that differ from the defaults, as command-line options. */
  get options(): string {
    const changed = this.#settings.filter(({ key, value }) => this.#values[key] !== value);
    return changed.map(({ option, key }) => ` ${option} ${this.#values[key]}`).join('');
  }

  /** Resets all values to their defaults. */
  reset(): void {
    Object.assign(this.#values, this.#defaults());
    for (const show of this.#shows) show();
  }

  #defaults(): Record<string, number> {
    return Object.fromEntries(this.#settings.map(({ key, value }) => [key, value]));
  }

  #add(setting: LiveSetting, onMove: () => void): void {
    const { key, option, about, value } = setting;
    const name = element('span', { class: 'about' });
    name.innerHTML = `<code>${option.slice(2)}</code> ${about}`;
    const slider = element('input', { type: 'range', min: '0', max: '1', step: '0.001', name: key });
    const field = element('input', { type: 'number', step: 'any', 'aria-label': name.textContent ?? key });
    const label = element('label', { class: 'setting' }, name, slider, field);
    const show = () => {
      slider.value = String(positionOf(setting, this.#values[key]!));
      field.value = String(this.#values[key]);
      label.classList.toggle('changed', this.#values[key] !== value);
    };
    const move = (to: number) => {
      if (this.#values[key] === to) return;
      this.#values[key] = to;
      show();
      onMove();
    };
    slider.oninput = () => move(valueAt(setting, Number(slider.value)));
    field.onchange = () => move(field.valueAsNumber);
    show();
    this.#shows.push(show);
    this.element.append(label);
  }
}
