import { element } from './elements.js';

/** The duration of a whole trajectory at speed 1, in milliseconds. */
const duration = 8000;

/** Buttons that play trajectories: play and pause, a step to choose, a speed. */
export class Player {
  readonly element: HTMLElement;
  readonly #slider: HTMLInputElement;
  readonly #output = element('output');
  readonly #button = element('button', { type: 'button' });
  readonly #speed = element('select', { 'aria-label': 'speed' });
  readonly #onStep: (step: number) => void;
  #frame: number | undefined;

  constructor(steps: number, onStep: (step: number) => void) {
    this.#onStep = onStep;
    this.#slider = element('input', { type: 'range', min: '0', max: String(steps), 'aria-label': 'step' });
    this.#slider.value = String(steps);
    for (const [speed, name] of [[0.25, '¼×'], [0.5, '½×'], [1, '1×'], [2, '2×'], [4, '4×']] as const) // biome-ignore format: short
      this.#speed.append(element('option', { value: String(speed), ...(speed === 1 && { selected: '' }) }, name));
    this.#button.onclick = () => (this.#frame === undefined ? this.#play() : this.#pause());
    this.#slider.oninput = () => this.#report();
    this.element = element('div', { class: 'player' }, this.#button, this.#slider, this.#output, this.#speed);
    this.#pause();
    this.show(steps);
  }

  /** Shows a step without calling `onStep`. */
  show(step: number): void {
    this.#slider.value = String(step);
    this.#output.textContent = `step ${Number(this.#slider.value).toLocaleString('en')}`;
  }

  /** Shows the whole trajectories, whose number of steps may have changed. */
  showWhole(steps = Number(this.#slider.max)): void {
    this.#slider.max = String(steps);
    this.show(steps);
  }

  #report(): void {
    const step = Number(this.#slider.value);
    this.show(step);
    this.#onStep(step);
  }

  #play(): void {
    const steps = Number(this.#slider.max);
    const from = Number(this.#slider.value);
    let at = from >= steps ? 0 : from;
    let last = performance.now();
    const advance = (now: number) => {
      at += ((now - last) / duration) * Number(this.#speed.value) * steps;
      last = now;
      this.#slider.value = String(Math.min(steps, Math.floor(at)));
      this.#report();
      if (at >= steps) this.#pause();
      else this.#frame = requestAnimationFrame(advance);
    };
    this.#button.textContent = '❚❚ pause';
    this.#frame = requestAnimationFrame(advance);
  }

  #pause(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#button.textContent = '▶ play';
  }
}
