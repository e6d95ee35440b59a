import { element } from '../../pages/client/elements.js';
import { Newest } from '../../pages/client/newest.js';
import { typeset } from '../../pages/typeset.js';
import type { Check } from '../check.js';
import { checkTable, mark } from '../check_table.js';
import type { EventName } from '../serve/events.js';
import type { LiveSetting } from '../serve/live_data.js';
import type { Connection, Data } from './connection.js';
import { measureDelay } from './delay.js';
import { LiveFigures } from './live_figures.js';
import { RunControls } from './run_controls.js';
import { Sliders } from './sliders.js';

/** Time from one request for a run to the next, while a slider moves. */
const pause = 50; // ms

/** The time that a section must be in view before it runs. */
const dwell = 300; // ms

/** An experiment on the live page: its sliders, and the outcome so far of its newest run. */
export class Panel {
  readonly #name: string;
  readonly #bare: string;
  readonly #sliders: Sliders;
  readonly #controls: RunControls;
  readonly #figures: LiveFigures;
  readonly #requests = new Newest<void>(pause, () => this.#request());
  readonly #findings: HTMLElement;
  readonly #verdicts: HTMLElement;
  readonly #verdict: HTMLElement | null;
  readonly #command = element('code', { class: 'command' });
  readonly #models = element('select', { 'aria-label': 'a wrong model to put in place' });
  #wasStarted = false;
  #isFirst = false;
  #names: readonly string[] = [];

  /** @param counterModel The wrong model to begin with. */
  constructor(
    section: HTMLElement,
    settings: readonly LiveSetting[],
    connection: Connection,
    counterModel: string | undefined,
  ) {
    this.#name = section.id;
    this.#bare = section.dataset.command!;
    this.#sliders = new Sliders(settings, () => this.start());
    this.#figures = new LiveFigures(section.id, section.querySelector('.figures')!);
    this.#findings = section.querySelector('.findings')!;
    this.#verdicts = section.querySelector('.verdicts')!;
    this.#verdict = document.querySelector(`nav.contents a[href="#${section.id}"] .verdict`);
    this.#controls = new RunControls(connection, () => this.start(), [this.#resetButton(), this.#models]);
    this.#fillControls(section.querySelector('.controls')!, counterModel);
    this.#runWhenSeen(section);
  }

  /** Requests a run with the current settings. While a request is pending, only the newest one counts. */
  start(): void {
    this.#wasStarted = true;
    this.#showCommand();
    void this.#requests.give();
  }

  /** Restarts the run after the server was lost, which ended it. */
  reconnect(): void {
    if (this.#controls.isRunning) this.start();
  }

  /** Handles an event of a run of this experiment. */
  take(event: EventName, data: Data): void {
    if (!this.#controls.take(event, data)) return;
    if (event === 'started') this.#begin();
    else if (event === 'outcome') this.#show(data);
    else if (event === 'done') this.#complete(data.holds);
  }

  #request(): Promise<void> {
    const counterModel = this.#models.value || undefined;
    return this.#controls.request('runs', { experiment: this.#name, settings: this.#sliders.values, counterModel });
  }

  #begin(): void {
    this.#isFirst = true;
    this.#figures.fade();
  }

  #show({ reported, names, figures, checks, findings }: Data): void {
    this.#names = names;
    this.#figures.show(figures);
    this.#findings.innerHTML = findings.map((finding: string) => `<p>${typeset(finding)}</p>`).join('');
    this.#showChecks(checks);
    if (this.#isFirst) measureDelay(this.#name, reported);
    this.#isFirst = false;
  }

  #showChecks(checks: readonly Check[]): void {
    const before = this.#verdicts.querySelector('details');
    this.#verdicts.innerHTML = checks.length > 0 ? checkTable(checks) : '';
    const table = this.#verdicts.querySelector('details');
    if (table && before?.open) table.open = true;
    for (const { counterModel } of checks) this.#offerModel(counterModel);
  }

  /** Adds a wrong model to the list, unless it is there. */
  #offerModel(name: string): void {
    if (![...this.#models.options].some(({ value }) => value === name))
      this.#models.append(element('option', { value: name }, name));
  }

  /** Shows that the run is complete. */
  #complete(holds: boolean): void {
    this.#figures.keep(this.#names);
    if (this.#verdict) this.#verdict.innerHTML = mark(holds);
  }

  #showCommand(): void {
    const model = this.#models.value;
    this.#command.textContent = `${this.#bare}${this.#sliders.options}${model && ` --counter-model ${JSON.stringify(model)}`}`;
  }

  #resetButton(): HTMLElement {
    const reset = element('button', { type: 'button' }, 'Reset');
    reset.onclick = () => {
      this.#sliders.reset();
      this.#models.value = '';
      this.start();
    };
    return reset;
  }

  #fillControls(controls: HTMLElement, counterModel: string | undefined): void {
    this.#models.append(element('option', { value: '' }, 'the right model'));
    if (counterModel !== undefined) this.#offerModel(counterModel);
    this.#models.value = counterModel ?? '';
    this.#models.onchange = () => this.start();
    const isWide = matchMedia('(min-width: 64rem)').matches;
    const settings = element(
      'details',
      { open: isWide ? '' : undefined },
      element('summary', {}, 'Settings'),
      this.#sliders.element,
    );
    controls.append(this.#controls.element, settings, element('p', {}, this.#command));
    this.#showCommand();
  }

  #runWhenSeen(section: HTMLElement): void {
    let timer = 0;
    const observer = new IntersectionObserver(
      (entries) => {
        clearTimeout(timer);
        if (!entries.at(-1)!.isIntersecting) return;
        timer = setTimeout(() => {
          observer.disconnect();
          if (!this.#wasStarted) this.start();
        }, dwell);
      },
      { rootMargin: '-15% 0px -15% 0px' },
    );
    observer.observe(section);
  }
}
