import { wholeBody } from '../../http/body.js';
import { Refusal } from '../../http/refusal.js';
import { experiments } from '../experiments/index.js';
import { readObject } from './body.js';
import { EventStream } from './event_stream.js';
import { installedRaceData, livePage, livePolicy } from './live_page.js';
import type { Task } from './messages.js';
import { nodeWorker } from './node_worker.js';
import { type Exchange, json, Site } from './site.js';
import { columnsOf, experimentTask, raceTask, type Size } from './tasks.js';
import { Threads } from './threads.js';
import { Visitor } from './visitor.js';

/** The largest number of open pages. */
const mostVisitors = 32;

/** The largest size of a table in bytes. It is stored as text. A thread that races on it needs a few times as much. */
const largestTable = 32 * 2 ** 20;

/** The largest size of the tables of all pages together, including those being received. */
const mostStored = 128 * 2 ** 20;

export interface BenchOptions {
  /** The default size of runs. */
  readonly size: Size;
  /** The script of a thread. Default: the package's own. */
  readonly worker?: string;
}

/**
 * The server of live pages, which run experiments and show them while they run.
 *
 *     GET  /                          the page
 *     GET  /events?page=PAGE          opens a page's stream of events; PAGE is a random name chosen by the page
 *     POST /runs                      { page, experiment, settings?, size?, counterModel? } → { run }
 *     POST /runs/RUN/stop             { page }
 *     POST /tables?page=PAGE          CSV → { columns }, which replaces the page's table
 *     POST /races                     { page, data?, entrants?, settings?, size? } → { run }; data may be { target },
 *                                     a column of the page's table
 *
 * Runs end with the stream of their page.
 */
export class Bench {
  readonly #size: Size;
  readonly #site: Site;
  readonly #threads: Threads;
  readonly #visitors = new Map<string, Visitor>();
  #runs = 0;
  /** Bytes received so far of tables that are not complete. */
  #reading = 0;

  constructor({ size, worker }: BenchOptions) {
    this.#size = size;
    this.#threads = new Threads(nodeWorker(worker));
    const body = livePage({
      experiments,
      size,
      engine: 'The server of the page runs them.',
      raceData: installedRaceData(),
    });
    const page = { type: 'text/html', body, policy: livePolicy };
    this.#site = new Site({
      'GET /': () => page,
      'GET /events': (exchange) => this.#open(exchange),
      'POST /runs': (exchange) => this.#start(exchange),
      'POST /runs/:id/stop': (exchange) => this.#stop(exchange),
      'POST /tables': (exchange) => this.#takeTable(exchange),
      'POST /races': (exchange) => this.#startRace(exchange),
    });
  }

  /** @throws GlissadeError `ERR_FILE` if it cannot listen there. */
  async listen(port: number, host: string): Promise<void> {
    try {
      await this.#site.listen(port, host);
    } catch (error) {
      await this.#threads.close();
      throw error;
    }
  }

  get url(): string {
    return this.#site.url;
  }

  /** Ends all runs, connections and threads. */
  async close(): Promise<void> {
    await Promise.all([this.#site.close(), this.#threads.close()]);
  }

  #open({ query, response }: Exchange): undefined {
    const page = query.get('page') ?? '';
    if (!/^[\w-]{16,64}$/.test(page))
      throw new Refusal(400, 'ERR_INVALID_ARGUMENT', 'page must be a name of 16 to 64 letters and digits');
    if (this.#visitors.has(page)) throw new Refusal(409, 'ERR_BUSY', 'this page has already opened its events');
    if (this.#visitors.size >= mostVisitors)
      throw new Refusal(503, 'ERR_OVERLOADED', `${mostVisitors} pages are open. Close some`);
    response.setHeader('Content-Type', 'text/event-stream');
    const stream = new EventStream(response, () => {
      visitor.leave();
      this.#visitors.delete(page);
    });
    const visitor = new Visitor(({ event, data }, onSent) => stream.send(event, data, onSent), this.#threads);
    this.#visitors.set(page, visitor);
  }

  async #start({ request }: Exchange) {
    const { page, ...task } = await readObject(request);
    return this.#run(this.#visitorOf(page), experimentTask(task, this.#size));
  }

  async #startRace({ request }: Exchange) {
    const { page, ...options } = await readObject(request);
    const visitor = this.#visitorOf(page);
    return this.#run(visitor, raceTask(options, visitor.table, this.#size));
  }

  async #takeTable({ request, query }: Exchange) {
    const visitor = this.#visitorOf(query.get('page'));
    let reading = 0;
    const addBody = (bytes: number) => {
      if (this.#tables() + bytes > mostStored)
        throw new Refusal(
          503,
          'ERR_OVERLOADED',
          'the tables of other pages fill the memory for tables. Close some pages',
        );
      reading += bytes;
      this.#reading += bytes;
    };
    try {
      const csv = await wholeBody(request, 'text/csv', largestTable, { addBody, remove() {} });
      visitor.table = undefined; // so that the previous table does not remain if this one is refused
      const columns = await columnsOf(csv);
      visitor.table = csv;
      return json({ columns }, 201);
    } finally {
      this.#reading -= reading;
    }
  }

  /** The size of all tables, including those being received. */
  #tables(): number {
    return [...this.#visitors.values()].reduce((sum, { table = '' }) => sum + table.length, this.#reading);
  }

  #run(visitor: Visitor, task: Task) {
    const run = ++this.#runs;
    visitor.start(run, task);
    return json({ run }, 201);
  }

  async #stop({ request, id }: Exchange) {
    const { page } = await readObject(request);
    if (!this.#visitorOf(page).stop(Number(id))) throw new Refusal(404, 'ERR_NOT_FOUND', `this page has no run ${id}`);
    return json({});
  }

  #visitorOf(page: unknown): Visitor {
    const visitor = this.#visitors.get(String(page));
    if (!visitor)
      throw new Refusal(
        409,
        'ERR_INVALID_ARGUMENT',
        'no events are open: a page must open its events before it starts runs',
      );
    return visitor;
  }
}
