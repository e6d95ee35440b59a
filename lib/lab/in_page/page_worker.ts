import { ready } from '../../index.js';
import { Runner } from '../serve/runner.js';
import { columnsOf, experimentTask, raceTask, type Size } from '../serve/tasks.js';
import { carry } from './carry.js';
import type { PageNotice, PageOrder, Request } from './messages.js';

/** A worker of a page: it runs tasks, or is the desk that checks requests and has the user's table. */
export class PageWorker {
  readonly #post: (notice: PageNotice) => void;
  readonly #runner: Runner;
  readonly #ready = ready();
  #size: Size = 'full';
  #table: string | undefined;

  constructor(post: (notice: PageNotice) => void) {
    this.#post = post;
    this.#runner = new Runner(post);
    this.#ready.catch(() => {}); // each order reports it
  }

  async take(order: PageOrder): Promise<void> {
    if (order.kind === 'carry') {
      this.#size = order.size;
      carry(order.carried);
      return;
    }
    try {
      await this.#ready;
      if (order.kind === 'ask') this.#post({ id: order.id, value: await this.#answer(order.request) });
      else this.#runner.take(order);
    } catch (error) {
      const { message, code } = error as Error & { code?: string };
      if (order.kind === 'ask') this.#post({ id: order.id, value: undefined, message });
      else if (order.kind === 'run')
        this.#post({ event: 'failed', data: JSON.stringify({ run: order.run, error: message, code }) });
    }
  }

  async #answer(request: Request): Promise<unknown> {
    if (request.kind === 'runs') return experimentTask(request.options, this.#size);
    if (request.kind === 'races') return raceTask(request.options, this.#table, this.#size);
    this.#table = undefined; // so that the previous table does not remain if this one is refused
    const columns = await columnsOf(request.csv);
    this.#table = request.csv;
    return columns;
  }
}
