import { element } from '../../pages/client/elements.js';
import { type Choice, type ScheduleName, schedules } from '../race/choice.js';
import type { RaceForm } from '../serve/live_data.js';

/** The form rows of entrants: rule, learning rate, schedule, other options. */
export class EntrantRows {
  readonly element: HTMLElement = element('div', { class: 'entrants' });
  readonly #rows = element('div');
  readonly #form: RaceForm;
  readonly #onChange: () => void;
  readonly #addButton = element('button', { type: 'button' }, 'Add an entrant');

  /** @param onChange Called when a choice changes. */
  constructor(form: RaceForm, onChange: () => void) {
    this.#form = form;
    this.#onChange = onChange;
    this.#addButton.onclick = () => {
      this.#add({ ...form.entrants[0]!, ...form.rules[0]!, rule: form.rules[0]!.name });
      onChange();
    };
    this.#rows.oninput = onChange;
    this.element.append(this.#rows, this.#addButton);
    for (const choice of form.entrants) this.#add(choice);
  }

  /** The current choices. A field without a valid number is NaN. */
  get choices(): Choice[] {
    return [...this.#rows.children].map((row) => {
      const [rule, rate, schedule, options] = [
        ...row.querySelectorAll<HTMLInputElement | HTMLSelectElement>('select, input'),
      ];
      return {
        rule: rule!.value,
        learningRate: (rate as HTMLInputElement).valueAsNumber,
        schedule: schedule!.value as ScheduleName,
        options: options!.value,
      };
    });
  }

  #add(choice: Choice): void {
    const { rules } = this.#form;
    const rule = select(
      'rule',
      rules.map(({ name }) => name),
      choice.rule,
    );
    const rate = element('input', {
      type: 'number',
      step: 'any',
      min: '0',
      value: String(choice.learningRate),
      'aria-label': 'learning rate',
    });
    const schedule = select('schedule', Object.keys(schedules), choice.schedule);
    const options = element('input', {
      type: 'text',
      value: choice.options,
      placeholder: '{"weightDecay": 0.01}',
      'aria-label': 'other options of the rule, as JSON',
    });
    const remove = element('button', { type: 'button', 'aria-label': 'remove this entrant' }, '✕');
    const row = element('div', { class: 'entrant' }, rule, 'η =', rate, schedule, options, remove);
    rule.onchange = () => {
      rate.valueAsNumber = rules.find(({ name }) => name === rule.value)!.learningRate;
      this.#onChange();
    };
    remove.onclick = () => {
      row.remove();
      this.#limit();
      this.#onChange();
    };
    this.#rows.append(row);
    this.#limit();
  }

  #limit(): void {
    this.#addButton.disabled = this.#rows.children.length >= this.#form.mostEntrants;
  }
}

function select(label: string, values: readonly string[], value: string): HTMLSelectElement {
  const made = element('select', { 'aria-label': label }, ...values.map((one) => element('option', {}, one)));
  made.value = value;
  return made;
}
