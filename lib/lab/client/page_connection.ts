import type { Carried, PageNotice, PageOrder, Request } from '../in_page/messages.js';
import type { EventName } from '../serve/events.js';
import type { Task } from '../serve/messages.js';
import type { RunningWorker, WorkerEvents } from '../serve/thread.js';
import { Threads } from '../serve/threads.js';
import { Visitor } from '../serve/visitor.js';
import { fromWords } from '../words.js';
import type { Connection, Data } from './connection.js';

/** What a page needs for runs of its own. */
export interface Engine {
  /** Starts a worker with the script of workers. */
  startWorker(): Worker;
  readonly carried: Carried;
  readonly size: 'full' | 'small';
}

/** The workers of a page that needs no server: one checks requests, the others run them. */
export class PageConnection implements Connection {
  readonly #engine: Engine;
  readonly #desk: Worker;
  readonly #visitor: Visitor;
  readonly #answers = new Map<number, (answer: { value?: unknown; message?: string }) => void>();
  #requests = 0;
  #runs = 0;

  constructor(engine: Engine, onEvent: (event: EventName, data: Data) => void) {
    this.#engine = engine;
    this.#desk = this.#begin();
    this.#desk.onmessage = ({ data: { id, ...answer } }) => this.#answer(id, answer);
    this.#desk.onerror = ({ message }) => {
      for (const id of this.#answers.keys()) this.#answer(id, { message });
    };
    this.#visitor = new Visitor(
      ({ event, data }, onSent) => {
        onEvent(event, JSON.parse(data, fromWords));
        onSent();
      },
      new Threads((events) => this.#runner(events)),
    );
  }

  async start(kind: 'runs' | 'races', options: object): Promise<{ message?: string }> {
    const { value, message } = await this.#ask({ kind, options: { ...options } });
    if (message !== undefined) return { message };
    this.#visitor.start(++this.#runs, value as Task);
    return {};
  }

  stop(run: number): void {
    this.#visitor.stop(run);
  }

  async sendTable(csv: string): Promise<{ columns: readonly string[]; message?: string }> {
    const { value, message } = await this.#ask({ kind: 'table', csv });
    return message === undefined ? { columns: value as string[] } : { columns: [], message };
  }

  #ask(request: Request): Promise<{ value?: unknown; message?: string }> {
    const id = ++this.#requests;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      post(this.#desk, { kind: 'ask', id, request });
    });
  }

  #answer(id: number, answer: { value?: unknown; message?: string }): void {
    this.#answers.get(id)?.(answer);
    this.#answers.delete(id);
  }

  #begin(): Worker {
    const { carried, size } = this.#engine;
    const worker = this.#engine.startWorker();
    post(worker, { kind: 'carry', carried, size });
    return worker;
  }

  #runner({ notice, error, exit }: WorkerEvents): RunningWorker {
    const worker = this.#begin();
    const terminate = () => {
      worker.terminate();
      setTimeout(exit); // a browser has no event for it
    };
    worker.onmessage = ({ data }: MessageEvent<PageNotice>) => {
      if ('event' in data) notice(data);
    };
    worker.onerror = ({ message }) => {
      error(new Error(message || 'the worker of the run can’t be started'));
      terminate();
    };
    return { post: (order) => post(worker, order), terminate };
  }
}

const post = (worker: Worker, order: PageOrder) => worker.postMessage(order);
