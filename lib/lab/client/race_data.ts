import { element } from '../../pages/client/elements.js';
import type { Connection } from './connection.js';

/** The entry of the list that stands for a file of the user. */
const ownTable = 'a CSV file …';

/** The form fields for the data of a race: data of the page, or a column of the user's file. */
export class RaceData {
  readonly element: HTMLElement = element('div', { class: 'data' });
  readonly #connection: Connection;
  readonly #onChange: () => void;
  readonly #names = element('select', { 'aria-label': 'data' });
  readonly #file = element('input', { type: 'file', accept: '.csv,.tsv,text/csv', 'aria-label': 'CSV file' });
  readonly #target = element('select', { 'aria-label': 'column to predict' });
  readonly #own: HTMLElement = element('span', { hidden: '' }, this.#file, ' predict ', this.#target);
  readonly #note = element('output');

  constructor(names: readonly string[], connection: Connection, onChange: () => void) {
    this.#connection = connection;
    this.#onChange = onChange;
    this.#names.append(...[...names, ownTable].map((name) => element('option', {}, name)));
    this.#names.onchange = () => {
      this.#own.hidden = this.#names.value !== ownTable;
      onChange();
    };
    this.#target.onchange = onChange;
    this.#file.onchange = () => this.send();
    this.element.append('On ', this.#names, ' ', this.#own, ' ', this.#note);
  }

  /** The option `data` of a race. */
  get value(): string | { target: string } {
    return this.#names.value === ownTable ? { target: this.#target.value } : this.#names.value;
  }

  /** Sends the chosen file, if any, and offers its columns. */
  async send(): Promise<void> {
    const [file] = this.#file.files ?? [];
    if (!file) return;
    this.#note.textContent = `reading ${file.name} …`;
    const { columns, message } = await this.#connection.sendTable(await file.text());
    this.#note.className = message === undefined ? '' : 'error';
    this.#note.textContent = message ?? `${columns.length} columns`;
    if (message !== undefined) return;
    const before = this.#target.value;
    this.#target.replaceChildren(...columns.map((name) => element('option', {}, name)));
    this.#target.value = columns.includes(before) ? before : columns.at(-1)!;
    this.#onChange();
  }
}
