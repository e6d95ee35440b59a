import { type EventName, eventNames } from '../serve/events.js';
import { fromWords } from '../words.js';
import type { Connection, Data } from './connection.js';

/** Time between attempts to reach a lost server. */
const retry = 1000; // ms

/** The connection of a page to its server: incoming events and outgoing requests. */
export class ServerConnection implements Connection {
  readonly #onEvent: (event: EventName, data: Data) => void;
  readonly #onChange: (isOpen: boolean) => void;
  #page = '';
  /** Resolves when the server is reached, after any number of attempts. */
  #isOpen: Promise<void>;

  /** @param onChange Called when the server is reached, and when it is lost. */
  constructor(onEvent: (event: EventName, data: Data) => void, onChange: (isOpen: boolean) => void) {
    this.#onEvent = onEvent;
    this.#onChange = onChange;
    this.#isOpen = this.#open();
  }

  start(kind: 'runs' | 'races', options: object): Promise<{ message?: string }> {
    return this.#post(kind, options);
  }

  stop(run: number): void {
    void this.#post(`runs/${run}/stop`, {});
  }

  async sendTable(text: string): Promise<{ columns: readonly string[]; message?: string }> {
    await this.#isOpen;
    return this.#send(`tables?page=${this.#page}`, 'text/csv', text);
  }

  /** Sends a request once the server is reached. Returns the answer, or a `message` with the reason why there is none. */
  async #post(path: string, value: object): Promise<Data> {
    await this.#isOpen;
    return this.#send(path, 'application/json', JSON.stringify({ page: this.#page, ...value }));
  }

  async #send(path: string, type: string, body: string): Promise<Data> {
    try {
      const response = await fetch(path, { method: 'POST', headers: { 'Content-Type': type }, body });
      return await response.json();
    } catch {
      return { message: 'the server can’t be reached' };
    }
  }

  #open(): Promise<void> {
    this.#page = newName();
    const source = new EventSource(`events?page=${this.#page}`);
    source.addEventListener('open', () => this.#onChange(true));
    for (const event of eventNames)
      source.addEventListener(event, ({ data }) => this.#onEvent(event, JSON.parse(data, fromWords)));
    return new Promise((resolve) => {
      source.addEventListener('open', () => resolve());
      source.addEventListener('error', () => {
        source.close();
        this.#isOpen = new Promise((again) => setTimeout(again, retry)).then(() => this.#open());
        resolve(this.#isOpen);
        this.#onChange(false);
      });
    });
  }
}

/** A unique name for a page. */
const newName = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
