import { element } from '../../pages/client/elements.js';
import type { EventName } from '../serve/events.js';
import type { Connection, Data } from './connection.js';

/** The buttons that start and stop runs of one kind, and the progress of the newest run. */
export class RunControls {
  readonly element: HTMLElement;
  readonly #connection: Connection;
  readonly #progress = element('progress', { max: '1', value: '0' });
  readonly #status = element('output');
  readonly #stopButton = element('button', { type: 'button', disabled: '' }, 'Stop');
  #run = 0;
  /** Whether the status shows why the last request was refused. */
  #showsRefusal = false;

  /** @param others Elements between the buttons and the progress. */
  constructor(connection: Connection, onStart: () => void, others: readonly Node[]) {
    this.#connection = connection;
    const runButton = element('button', { type: 'button' }, 'Run');
    runButton.onclick = onStart;
    this.#stopButton.onclick = () => connection.stop(this.#run);
    this.element = element(
      'div',
      { class: 'run' },
      runButton,
      this.#stopButton,
      ...others,
      this.#progress,
      this.#status,
    );
  }

  get isRunning(): boolean {
    return !this.#stopButton.disabled;
  }

  /** Requests a run, and shows the reason if it is refused. */
  async request(kind: 'runs' | 'races', options: object): Promise<void> {
    const { message } = await this.#connection.start(kind, options);
    if (message !== undefined) this.refuse(message);
  }

  /** Shows an event. Returns whether it belongs to the newest run. */
  take(event: EventName, data: Data): boolean {
    if (event === 'started') {
      this.#run = data.run;
      this.#stopButton.disabled = false;
      this.#showsRefusal = false;
      this.#showProgress(0);
    }
    if (data.run !== this.#run) return false;
    if (event === 'progress') this.#showProgress(data.share);
    else if (event === 'done') this.#end(`done in ${data.seconds.toFixed(2)} s`);
    else if (event === 'stopped') this.#end('stopped');
    else if (event === 'failed') this.#end(data.error, 'error');
    return true;
  }

  /** Shows why a run was refused, until the current run ends or another begins. */
  refuse(reason: string): void {
    this.#showsRefusal = true;
    this.#say(reason, 'error');
  }

  #showProgress(share: number): void {
    this.#progress.value = share;
    if (!this.#showsRefusal) this.#say(`${Math.round(100 * share)} %`);
  }

  #end(words: string, className = ''): void {
    this.#stopButton.disabled = true;
    this.#say(words, className);
  }

  #say(words: string, className = ''): void {
    this.#status.textContent = words;
    this.#status.className = className;
  }
}
