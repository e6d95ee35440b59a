import { element } from '../../pages/client/elements.js';
import type { EventName } from '../serve/events.js';
import type { Connection, Data } from './connection.js';

/** The buttons that start and stop runs of one kind, and how far the newest of them is. */
export class RunControls {
  readonly element: HTMLElement;
  readonly #connection: Connection;
  readonly #progress = element('progress', { max: '1', value: '0' });
  readonly #status = element('output');
  readonly #stopButton = element('button', { type: 'button', disabled: '' }, 'Stop');
  #run = 0;
  /** Whether it says why the last request was refused. */
  #saysRefusal = false;

  /** @param others What stands between the buttons and the progress. */
  constructor(connection: Connection, onStart: () => void, others: readonly Node[]) {
    this.#connection = connection;
    const runButton = element('button', { type: 'button' }, 'Run');
    runButton.onclick = onStart;
    this.#stopButton.onclick = () => connection.post(`runs/${this.#run}/stop`, {});
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

  /** Asks the server for a run, and shows why if there is none. */
  async request(path: string, task: object): Promise<void> {
    const { message } = await this.#connection.post(path, task);
    if (message !== undefined) this.refuse(message);
  }

  /** Shows an event. Returns whether it is of the newest run. */
  take(event: EventName, data: Data): boolean {
    if (event === 'started') {
      this.#run = data.run;
      this.#stopButton.disabled = false;
      this.#saysRefusal = false;
      this.#showProgress(0);
    }
    if (data.run !== this.#run) return false;
    if (event === 'progress') this.#showProgress(data.share);
    else if (event === 'done') this.#end(`done in ${data.seconds.toFixed(2)} s`);
    else if (event === 'stopped') this.#end('stopped');
    else if (event === 'failed') this.#end(data.error, 'error');
    return true;
  }

  /** A run could not begin, for this reason. The one before goes on; the reason is shown until it ends, or another begins. */
  refuse(reason: string): void {
    this.#saysRefusal = true;
    this.#say(reason, 'error');
  }

  #showProgress(share: number): void {
    this.#progress.value = share;
    if (!this.#saysRefusal) this.#say(`${Math.round(100 * share)} %`);
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
