import { element } from '../../pages/client/elements.js';
import { typeset } from '../../pages/typeset.js';
import { shortened } from '../check.js';
import type { Control } from '../playgrounds/playground.js';
import { positionOf, valueAt } from '../slider.js';

/** Positions of a slider: an arrow key moves it by one. */
const positions = 400;

/** A slider with its name, its value and its unit. */
export class ControlSlider {
  readonly element: HTMLLabelElement;
  readonly #control: Control;
  readonly #input: HTMLInputElement;
  readonly #shown = element('span', { class: 'value' });
  #value: number;

  constructor(control: Control, onChange: () => void) {
    this.#control = control;
    this.#value = control.initial;
    this.#input = element('input', {
      type: 'range',
      min: '0',
      max: String(positions),
      'aria-label': `${control.symbol}, ${control.about}`,
    });
    const name = element('span');
    name.innerHTML = `${typeset(control.symbol)} <small>${typeset(control.about)}</small>`;
    this.element = element('label', { class: 'slider' }, name, this.#shown, this.#input);
    this.#input.oninput = () => {
      this.#value = valueAt(control, Number(this.#input.value) / positions);
      this.#showValue();
      onChange();
    };
    this.value = control.initial;
  }

  get value(): number {
    return this.#value;
  }

  /** Moves the slider without calling `onChange`. */
  set value(value: number) {
    this.#value = value;
    this.#input.value = String(Math.round(positions * positionOf(this.#control, value)));
    this.#showValue();
  }

  #showValue(): void {
    const text = `${shortened(this.#value)}${this.#control.unit ?? ''}`;
    this.#shown.textContent = text;
    this.#input.setAttribute('aria-valuetext', text);
  }
}
