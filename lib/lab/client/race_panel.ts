import { element } from '../../pages/client/elements.js';
import { typeset } from '../../pages/typeset.js';
import { entrantOf } from '../race/choice.js';
import type { EventName } from '../serve/events.js';
import type { RaceForm } from '../serve/live_data.js';
import type { Connection, Data } from './connection.js';
import { EntrantRows } from './entrant_rows.js';
import { LiveFigures } from './live_figures.js';
import { RaceData } from './race_data.js';
import { RunControls } from './run_controls.js';
import { Sliders } from './sliders.js';

/** The race on the live page: its form, and the progress of the newest race. It runs only on request. */
export class RacePanel {
  readonly #controls: RunControls;
  readonly #data: RaceData;
  readonly #entrants: EntrantRows;
  readonly #sliders: Sliders;
  readonly #figures: LiveFigures;
  readonly #findings: HTMLElement;
  readonly #program = element('code', { class: 'command' });
  #names: readonly string[] = [];

  constructor(section: HTMLElement, form: RaceForm, connection: Connection) {
    this.#controls = new RunControls(connection, () => this.#start(), []);
    this.#data = new RaceData(form.data, connection, () => this.#showProgram());
    this.#entrants = new EntrantRows(form, () => this.#showProgram());
    this.#sliders = new Sliders(form.settings, () => this.#showProgram());
    this.#figures = new LiveFigures(section.id, section.querySelector('.figures')!);
    this.#findings = section.querySelector('.findings')!;
    const settings = element('details', {}, element('summary', {}, 'Settings'), this.#sliders.element);
    const controls = section.querySelector('.controls')!;
    const program = element('details', {}, element('summary', {}, 'The same in a program'), this.#program);
    controls.append(this.#controls.element, this.#data.element, this.#entrants.element, settings, program);
    this.#showProgram();
  }

  /** Sends the table again and restarts the race after the server was lost. */
  reconnect(): void {
    const wasRunning = this.#controls.isRunning;
    void this.#data.send().then(() => {
      if (wasRunning) this.#start();
    });
  }

  /** Handles an event of a race. */
  take(event: EventName, data: Data): void {
    if (!this.#controls.take(event, data)) return;
    if (event === 'started') this.#figures.fade();
    else if (event === 'outcome') this.#show(data);
    else if (event === 'done') this.#figures.keep(this.#names);
  }

  #start(): void {
    try {
      void this.#controls.request('races', { data: this.#data.value, ...this.#options });
    } catch (error) {
      this.#controls.refuse((error as Error).message);
    }
  }

  /** @throws SyntaxError if the options of an entrant are not JSON. */
  get #options() {
    return { entrants: this.#entrants.choices.map(entrantOf), settings: this.#sliders.values };
  }

  #showProgram(): void {
    const data = this.#data.value;
    const text = typeof data === 'string' ? JSON.stringify(data) : `{ csv, target: ${JSON.stringify(data.target)} }`;
    try {
      this.#program.textContent = `await race({ data: ${text}, ${JSON.stringify(this.#options).slice(1, -1)} })`;
    } catch {
      this.#program.textContent = ''; // the options are being typed
    }
  }

  #show({ names, figures, findings }: Data): void {
    this.#names = names;
    this.#figures.show(figures);
    this.#findings.innerHTML = findings.map((finding: string) => `<p>${typeset(finding)}</p>`).join('');
  }
}
