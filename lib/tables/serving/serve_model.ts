import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { checkInternal, internal } from '../../checks/internal.js';
import { invalid } from '../../checks/shown.js';
import { fileError } from '../../formats/files.js';
import type { RowObject } from '../readers/rows.js';
import { TableModel } from '../table_model.js';
import { Body, checkHead, InFlight } from './body.js';
import { Learner, type Learnt } from './learner.js';
import { Metrics } from './metrics.js';
import { type CheckedServeOptions, checkServeOptions, type ServeOptions } from './options.js';
import { PredictionWriter } from './predictions.js';
import { Refusal, refusalOf } from './refusal.js';
import { RowNames } from './row_names.js';
import { Saver } from './saver.js';

/** An answer: its text, at once or later. */
type Answer = string | Promise<string>;

/** What is done at a path. */
interface Route {
  readonly method: 'GET' | 'POST';
  readonly type: string;
  answer(body: Body): Answer;
}

const json = 'application/json';

/** A model behind HTTP. */
export class ModelServer {
  readonly model: TableModel;
  readonly #options: CheckedServeOptions;
  readonly #server: Server;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #metrics = new Metrics();
  readonly #inFlight: InFlight;
  readonly #names: RowNames;
  readonly #writer: PredictionWriter;
  readonly #learner: Learner | undefined;
  readonly #saver: Saver | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(key: typeof internal, model: TableModel, options: CheckedServeOptions) {
    checkInternal(key, 'ModelServer: use serveModel()');
    this.model = model;
    this.#options = options;
    this.#inFlight = new InFlight(options.inFlightBytes);
    this.#names = new RowNames(model);
    this.#writer = new PredictionWriter(model);
    if (options.learn) {
      this.#learner = new Learner(model, options);
      this.#saver = new Saver(model, this.#learner, options.out!, options.saveSeconds);
    }
    this.#routes = this.#routesOf();
    const milliseconds = 1000 * options.timeoutSeconds;
    this.#server = createServer(
      {
        requestTimeout: milliseconds,
        headersTimeout: milliseconds,
        connectionsCheckingInterval: Math.min(1000, milliseconds / 2),
        keepAliveTimeout: milliseconds,
      },
      (request, response) => this.#respond(request, response),
    );
    this.#server.setTimeout(2 * milliseconds); // of clients that don't read their answers
  }

  /** Where the server listens, as `http://127.0.0.1:8080`. */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
  }

  /** @internal */
  async listen(): Promise<void> {
    const { port, host } = this.#options;
    try {
      this.#server.listen(port, host);
      await once(this.#server, 'listening');
    } catch (error) {
      this.#stop();
      throw fileError(`can't listen at ${host}, port ${port}`, error);
    }
  }

  /**
   * Ends the server: it takes no new connections, answers requests that are under way, and saves a model that has learnt.
   *
   * @throws GlissadeError `ERR_FILE` if the model can't be saved.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(): Promise<void> {
    const late = setTimeout(() => this.#server.closeAllConnections(), 1000 * this.#options.graceSeconds);
    await new Promise((resolve) => this.#server.close(resolve));
    clearTimeout(late);
    this.#stop();
    try {
      await this.#saver?.save();
    } finally {
      this.#learner?.dispose();
    }
  }

  #stop(): void {
    this.#metrics.stop();
    this.#saver?.stop();
  }

  #routesOf(): Map<string, Route> {
    const routes = new Map<string, Route>([
      ['/predict', { method: 'POST', type: json, answer: (body) => this.#predict(body) }],
      ['/health', { method: 'GET', type: json, answer: () => this.#health() }],
      ['/metrics', { method: 'GET', type: 'text/plain; version=0.0.4; charset=utf-8', answer: () => this.#text() }],
    ]);
    if (this.#learner) routes.set('/learn', { method: 'POST', type: json, answer: (body) => this.#learn(body) });
    return routes;
  }

  #rowsIn(json: unknown): RowObject[] {
    return this.#names.rowsIn(json, this.#options.lenient ? 'any' : 'known');
  }

  #predict(body: Body): Answer {
    const given = body.json();
    const rows = this.#rowsIn(given);
    if (rows[0] !== given) return this.#predictList(rows);
    const text = this.#writer.one(rows[0]!);
    this.#metrics.rowsPredicted += 1;
    return text;
  }

  async #predictList(rows: readonly RowObject[]): Promise<string> {
    const text = await this.#writer.list(rows);
    this.#metrics.rowsPredicted += rows.length;
    return text;
  }

  async #learn(body: Body): Promise<string> {
    const learnt: Learnt = await this.#learner!.learn(this.#rowsIn(body.json()));
    return JSON.stringify(learnt);
  }

  #health(): string {
    const { target, columns } = this.model;
    const learning = this.#learner ? { learnt: this.#learner.rows, steps: this.#learner.steps } : {};
    return JSON.stringify({ status: 'ok', target: target.column, task: target.task, columns, ...learning });
  }

  #text(): string {
    return this.#metrics.text({
      queue: this.#learner?.waiting ?? 0,
      rowsLearnt: this.#learner?.rows ?? 0,
      steps: this.#learner?.steps ?? 0,
      saves: this.#saver?.saves ?? 0,
      failedSaves: this.#saver?.failures ?? 0,
      inFlightBytes: this.#inFlight.bytes,
    });
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const begin = performance.now();
    const { url = '/', method = 'GET' } = request;
    const path = url.split('?', 1)[0]!;
    const route = this.#routes.get(path);
    const body = new Body(this.#options.bodyBytes, this.#inFlight);
    response.once('close', () => {
      body.release();
      const status = response.writableFinished ? response.statusCode : 499;
      this.#metrics.count(route ? path : 'other', status, (performance.now() - begin) / 1000);
    });
    const refuse = (error: unknown) => {
      if (response.headersSent || response.destroyed) return;
      const { status, code, message, headers } = refusalOf(error);
      const isUnread = !request.complete;
      this.#send(response, status, json, JSON.stringify({ code, message }), {
        ...headers,
        ...(isUnread ? { connection: 'close' } : {}),
      });
      request.resume();
    };
    try {
      this.#check(request, method, path, route);
    } catch (error) {
      refuse(error);
      return;
    }
    const { type, answer } = route!;
    request.on('data', (piece: Buffer) => {
      if (response.headersSent) return; // refused already
      try {
        body.add(piece);
      } catch (error) {
        refuse(error);
      }
    });
    request.on('end', () => {
      if (response.headersSent) return;
      try {
        const text = answer(body);
        if (typeof text === 'string') this.#send(response, 200, type, text);
        else text.then((late) => this.#send(response, 200, type, late)).catch(refuse);
      } catch (error) {
        refuse(error);
      }
    });
    request.on('error', () => {}); // the client has gone; the response closes
  }

  /** @throws Refusal for a path, a method or a body that is not served. */
  #check(request: IncomingMessage, method: string, path: string, route: Route | undefined): void {
    if (!route)
      throw new Refusal(
        404,
        'ERR_NOT_FOUND',
        `there is ${[...this.#routes.keys()].join(', ')}, not ${path.slice(0, 80)}`,
      );
    const allowed = route.method === 'GET' ? ['GET', 'HEAD'] : ['POST'];
    if (!allowed.includes(method))
      throw new Refusal(405, 'ERR_METHOD', `${path} takes ${allowed.join(' and ')}`, { allow: allowed.join(', ') });
    if (method === 'POST') checkHead(request, this.#options.bodyBytes, this.#options.lenient ? 'lenient' : 'json');
  }

  #send(response: ServerResponse, status: number, type: string, text: string, headers: object = {}): void {
    const bytes = Buffer.byteLength(text);
    const closing = this.#closing ? { connection: 'close' } : {};
    response.writeHead(status, { 'content-type': type, 'content-length': bytes, ...closing, ...headers });
    response.end(text);
  }
}

/**
 * Serves a model over HTTP.
 *
 * - `POST /predict` takes a row, or an array of rows, as JSON, and answers `{ prediction, probabilities }`, or a list of
 *   such; numbers have no probabilities. Columns that a row lacks count as missing; names that the table of the training
 *   did not have are refused, unless `lenient` is set.
 * - `POST /learn`, with `learn`, takes rows with their target, and answers `{ rows, steps, loss }` after steps on them.
 * - `GET /health`, and `GET /metrics` in the text format of Prometheus.
 *
 * Refusals are `{ code, message }` under 400, 404, 405, 413, 415 or 503.
 *
 * @example
 * const server = await serveModel(await loadModel('model.safetensors'), { port: 8080 });
 * process.once('SIGTERM', () => server.close());
 * @returns The server, once it listens.
 * @throws TypeError, RangeError for options that don't fit; GlissadeError `ERR_FILE` if it can't listen at the address.
 */
export async function serveModel(model: TableModel, options: ServeOptions = {}): Promise<ModelServer> {
  if (!TableModel.is(model))
    throw invalid('model', 'a model with its pipeline, as train() or loadModel() gives it', model);
  const server = new ModelServer(internal, model, checkServeOptions(options));
  await server.listen();
  return server;
}
