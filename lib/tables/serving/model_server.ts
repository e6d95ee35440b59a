import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkInternal, type internal } from '../../checks/internal.js';
import { errorWith } from '../../errors.js';
import { inUrl, listen } from '../../http/address.js';
import { Body, checkHead } from '../../http/body.js';
import { checkSource } from '../../http/guard.js';
import { Refusal, refusalOf } from '../../http/refusal.js';
import { pageHeaders } from '../page/served_page.js';
import type { RowObject } from '../readers/rows.js';
import type { TableModel } from '../table_model.js';
import type { Target } from '../target.js';
import { BufferPool } from './buffer_pool.js';
import { Connections, mostPipelined } from './connections.js';
import { Exchange } from './exchange.js';
import { IdempotencyKeys, keyIn, newFingerprint } from './idempotency_keys.js';
import { Learner, type Learnt } from './learner.js';
import { Metrics } from './metrics.js';
import { bytesOf, type Minibatch } from './minibatch.js';
import type { CheckedServeOptions } from './options.js';
import { family, labels } from './prometheus.js';
import { Abandoned, Overloaded } from './refusal.js';
import { checkNoParameters, partsIn, pathOf } from './reply_parts.js';
import { RowPieces } from './row_pieces.js';
import { Saver } from './saver.js';
import type { ServedModel } from './served_model.js';
import { ServedModels } from './served_models.js';
import { SharedLimit } from './shared_limit.js';
import { Turns } from './turns.js';

/** A reply with status 200. */
interface Answer {
  readonly pieces: readonly Buffer[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** The handler of a path. */
interface Route {
  readonly method: 'GET' | 'POST';
  readonly type: string;
  /** Whether a request may have an `Idempotency-Key`. */
  readonly hasKeys?: boolean;
  answer(exchange: Exchange, body: Body): Promise<Answer>;
}

const json = 'application/json';

/** The header of each reply with the version of the model that made it. */
const versionHeader = 'x-model-version';

const tooManyPipelined = new Overloaded(
  'pipelined',
  'client',
  `${mostPipelined} requests are waiting on this connection, which is now closed; neither this request nor any after it has had an effect`,
);

/** Bytes of a body that are read before other clients have their turn. One read of a socket can return two megabytes. */
const readAtOnce = 131_072;

/** Rows that are predicted, or explained, before other clients have their turn. */
const [predictedAtOnce, explainedAtOnce] = [64, 2];

const answerOf = (text: string): Answer => ({ pieces: [Buffer.from(text)] });

/** A server that answers requests with a model. */
export class ModelServer {
  readonly #options: CheckedServeOptions;
  readonly #server: Server;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #metrics = new Metrics();
  readonly #turns = new Turns();
  readonly #bytes: SharedLimit;
  readonly #pool = new BufferPool();
  readonly #connections: Connections;
  readonly #models: ServedModels;
  readonly #keys: IdempotencyKeys;
  readonly #learner: Learner | undefined;
  readonly #saver: Saver | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(
    key: typeof internal,
    model: TableModel,
    options: CheckedServeOptions,
    check: (model: TableModel) => void,
  ) {
    checkInternal(key, 'ModelServer: use serveModel()');
    this.#options = options;
    this.#models = new ServedModels(model, { ...options, isIdle: () => this.#turns.isIdle }, check);
    this.#bytes = new SharedLimit(options.inFlightBytes, options.clientShare);
    this.#keys = new IdempotencyKeys(options.idempotencyKeys, model.about.replies);
    if (options.learn) {
      this.#learner = new Learner(model, options);
      const saved = { model, learner: this.#learner, keys: this.#keys };
      this.#saver = new Saver(saved, options.out!, options.saveSeconds);
    }
    this.#routes = this.#routesOf();
    const milliseconds = options.timeoutMilliseconds;
    this.#server = createServer(
      {
        requestTimeout: milliseconds,
        headersTimeout: milliseconds,
        connectionsCheckingInterval: Math.ceil(Math.min(1000, milliseconds / 2)),
        keepAliveTimeout: milliseconds,
      },
      (request, response) => this.#respond(request, response),
    );
    const connections = new SharedLimit(options.connections, options.clientShare);
    this.#connections = new Connections(this.#server, connections, (whose) =>
      this.#metrics.countRefused('connections', whose),
    );
  }

  /** The model that answers. */
  get model(): TableModel {
    return this.#models.current.model;
  }

  /**
   * Replaces the model. Requests in progress are answered by the model that they began with, later ones by the new one. If the
   * model does not fit, or its file can't be read, the server keeps the one that it has.
   *
   * @param from The model, or its file. Default: the option `reloadFrom`.
   * @throws (as a rejection) TypeError `ERR_INVALID_ARGUMENT` for a model with another target, other classes or other columns, and
   *   if the server learns; the errors of {@link loadTableModel}.
   */
  async reload(from: TableModel | string | URL | undefined = this.#options.reloadFrom): Promise<void> {
    if (this.#learner)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'reload: the server learns, and another model would replace what it has learnt; close it, and start it with the other model',
      );
    if (from === undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', 'reload: give a model or a file, or the option reloadFrom of serveModel');
    await this.#models.reload(from);
  }

  /** The address of the server, such as `http://127.0.0.1:8080`. */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${inUrl(address)}:${port}`;
  }

  /** @internal */
  async listen(): Promise<void> {
    const { port, host, reloadFrom } = this.#options;
    try {
      await listen(this.#server, port, host);
      if (reloadFrom !== undefined) this.#models.follow(reloadFrom);
    } catch (error) {
      this.#stop();
      throw error;
    }
  }

  /**
   * Closes the server: it accepts no new connections, closes idle ones, answers requests in progress, and saves a model that has
   * learnt.
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
    const { graceSeconds, timeoutMilliseconds } = this.#options;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#saveEarly();
    await new Promise(setImmediate); // lets requests that have arrived be read
    this.#connections.end();
    const timers = [
      setTimeout(() => this.#connections.closeUnread(), timeoutMilliseconds), // Node stops checking when it closes
      setTimeout(() => this.#server.closeAllConnections(), 1000 * graceSeconds),
    ];
    await closed;
    for (const timer of timers) clearTimeout(timer);
    this.#stop();
    await this.#learner?.close();
    try {
      await this.#saver?.save();
    } finally {
      this.#learner?.dispose();
    }
  }

  /**
   * Saves the model as soon as the server begins to close. A supervisor may kill the process before all connections have closed.
   * If the save fails, it is tried again when they have.
   */
  #saveEarly(): void {
    this.#saver?.save().catch(() => {});
  }

  #stop(): void {
    this.#metrics.stop();
    this.#models.stop();
    this.#saver?.stop();
  }

  #routesOf(): Map<string, Route> {
    const metricsType = 'text/plain; version=0.0.4; charset=utf-8';
    const routes = new Map<string, Route>([
      ['/predict', { method: 'POST', type: json, answer: (exchange, body) => this.#predict(exchange, body) }],
      ['/health', { method: 'GET', type: json, answer: (exchange) => this.#report(exchange, () => this.#health()) }],
      [
        '/metrics',
        { method: 'GET', type: metricsType, answer: (exchange) => this.#report(exchange, () => this.#text()) },
      ],
    ]);
    const page = (exchange: Exchange) => this.#report(exchange, () => this.#models.current.page(), pageHeaders);
    if (this.#options.page) routes.set('/', { method: 'GET', type: 'text/html; charset=utf-8', answer: page });
    if (this.#learner)
      routes.set('/learn', {
        method: 'POST',
        type: json,
        hasKeys: true,
        answer: (exchange, body) => this.#learn(exchange, body),
      });
    return routes;
  }

  #report({ client }: Exchange, text: () => string, headers: Answer['headers'] = {}): Promise<Answer> {
    return this.#turns.run(client, () => ({ ...answerOf(text()), headers }));
  }

  /** Processes the rows of a body, some at a time, while the client waits. */
  async #eachPiece(
    exchange: Exchange,
    pieces: RowPieces,
    served: ServedModel,
    work: (rows: readonly RowObject[], first: number) => void,
  ): Promise<void> {
    await this.#turns.repeat(exchange.client, () => {
      exchange.checkWaiting();
      if (pieces.count() === 'more') return 'more';
      const first = pieces.rows + 1;
      const rows = pieces.next();
      if (rows.length > 0) work(served.checked(rows, first), first);
      return pieces.isAtEnd ? 'done' : 'more';
    });
    if (pieces.rows === 0) throw errorWith('ERR_SHAPE', 'the body has no rows');
  }

  async #predict(exchange: Exchange, body: Body): Promise<Answer> {
    const served = this.#models.current;
    const version = this.#version();
    const parts = partsIn(exchange.request.url!, this.#options.interval);
    const pieceRows = parts.extras.has('explain') ? explainedAtOnce : predictedAtOnce;
    const pieces = new RowPieces(body.text(), { rows: this.#options.requestRows, pieceRows });
    const reply: Buffer[] = []; // bytes outside of the JavaScript heap
    await this.#eachPiece(exchange, pieces, served, (rows, first) => {
      const text = served.textOf(rows, first, parts);
      const piece = Buffer.from(pieces.isList ? `${first === 1 ? '[' : ','}${text}${pieces.isAtEnd ? ']' : ''}` : text);
      exchange.memory.addWork(piece.length, 'reply');
      reply.push(piece);
    });
    this.#metrics.rowsPredicted += pieces.rows;
    return { pieces: reply, headers: { [versionHeader]: version } };
  }

  async #learn(exchange: Exchange, body: Body): Promise<Answer> {
    checkNoParameters(exchange.request.url!);
    const key = keyIn(exchange.request.headers);
    if (key === undefined) return answerOf(JSON.stringify(await this.#teach(exchange, body)));
    const kept = this.#keys.begin(key, body.hash!.digest('base64url'));
    if (kept !== undefined) {
      this.#metrics.replayed += 1;
      return { ...answerOf(kept), headers: { 'idempotent-replayed': 'true' } };
    }
    try {
      const keep = (learnt: Learnt) => this.#keys.keep(key, JSON.stringify(learnt));
      return answerOf(JSON.stringify(await this.#teach(exchange, body, keep)));
    } catch (error) {
      this.#keys.forget(key);
      throw error;
    }
  }

  async #teach(exchange: Exchange, body: Body, onLearnt: (learnt: Learnt) => void = () => {}): Promise<Learnt> {
    const prepare = async () => {
      const minibatches: Minibatch[] = [];
      const pieces = new RowPieces(body.text(), { rows: this.#options.learnRows, pieceRows: 256 });
      await this.#eachPiece(exchange, pieces, this.#models.current, (rows, first) => {
        const minibatch = this.model.pipeline.minibatch(rows, first);
        exchange.memory.addWork(bytesOf(minibatch), 'rows');
        minibatches.push(minibatch);
      });
      body.clear();
      return minibatches;
    };
    const learnt = await this.#learner!.learn(exchange, prepare, onLearnt);
    if (this.#closing && this.#learner!.waiting === 0) this.#saveEarly();
    return learnt;
  }

  #health(): string {
    const { targets, columns } = this.model;
    const [{ column, task }, ...others] = targets as [Target, ...Target[]];
    const ofEach = targets.map((one) => ({ target: one.column, task: one.task }));
    const learning = this.#learner ? { learnt: this.#learner.rows, steps: this.#learner.steps } : {};
    const { monitor, shadow } = this.#models.current;
    return JSON.stringify({
      status: 'ok',
      version: this.#version(),
      ...(others.length === 0 ? { target: column, task } : { targets: ofEach }),
      columns,
      ...learning,
      ...(monitor && { drift: monitor.drifted }),
      ...(shadow && { shadow: shadow.health() }),
    });
  }

  #text(): string {
    const gauges = {
      queue: this.#learner?.waiting ?? 0,
      rowsLearnt: this.#learner?.rows ?? 0,
      steps: this.#learner?.steps ?? 0,
      saves: this.#saver?.saves ?? 0,
      failedSaves: this.#saver?.failures ?? 0,
      inFlightBytes: this.#bytes.total,
      connections: this.#connections.open,
      idempotencyKeys: this.#keys.size,
      reloads: this.#models.reloads,
      failedReloads: this.#models.failures,
    };
    const { version, monitor, shadow } = this.#models.current;
    return [
      this.#metrics.text(gauges),
      family('glissade_model_info', 'gauge', 'The version of the model.', [[labels({ version }), 1]]),
      monitor?.text(),
      shadow?.text(),
    ].join('');
  }

  /** The version of the model. What it has learnt is told by the number of steps since it was loaded. */
  #version(): string {
    const { version } = this.#models.current;
    return this.#learner ? `${version}+${this.#learner.steps}` : version;
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.of(request.socket);
    if (!connection) {
      request.socket.destroy();
      return;
    }
    if (connection.last) {
      connection.last.passOver(request);
      return;
    }
    const { hasRoom } = connection;
    const begin = performance.now();
    const { url = '/', method = 'GET' } = request;
    const path = pathOf(url);
    const route = this.#routes.get(path);
    const { bodyBytes, timeoutMilliseconds } = this.#options;
    const patience = { milliseconds: timeoutMilliseconds, bytes: bodyBytes };
    const shared = { bytes: this.#bytes, turns: this.#turns, patience };
    const exchange = new Exchange({ request, response, connection }, shared, (status) =>
      this.#metrics.count(route ? path : 'other', status, (performance.now() - begin) / 1000),
    );
    if (!hasRoom) {
      connection.endWith(exchange, () => this.#refuse(exchange, tooManyPipelined));
      return;
    }
    try {
      this.#check(request, method, path, route);
    } catch (error) {
      this.#refuse(exchange, error);
      return;
    }
    this.#read(exchange, route!);
  }

  /** Reads the body of a request, and replies when it is complete. */
  #read(exchange: Exchange, { type, hasKeys, answer }: Route): void {
    const { request, memory } = exchange;
    const isHashed = hasKeys && request.headers['idempotency-key'] !== undefined;
    const body = new Body(this.#options.bodyBytes, memory, this.#pool, isHashed ? newFingerprint() : undefined);
    const clear = () => body.clear();
    let taken = 0;
    const take = (piece: Buffer) => {
      try {
        body.add(piece);
      } catch (error) {
        request.off('data', take).off('end', end);
        clear();
        this.#refuse(exchange, error);
        return;
      }
      taken += piece.length;
      if (taken < readAtOnce) return;
      taken = 0;
      request.pause();
      setImmediate(() => request.resume());
    };
    const end = () => {
      request.off('close', clear);
      const answered = exchange.during(() => answer(exchange, body).finally(clear));
      answered.then(
        ({ headers, pieces }) =>
          exchange.send(200, { [versionHeader]: this.#version(), ...headers, 'content-type': type }, pieces),
        (error) => this.#refuse(exchange, error),
      );
    };
    request.on('data', take).once('end', end).once('close', clear);
  }

  /** Refusals take their turn like other replies, so that a client with many refusals does not delay others. */
  #refuse(exchange: Exchange, error: unknown): void {
    if (error instanceof Abandoned) {
      this.#metrics.abandoned += 1;
      return;
    }
    const refusal = refusalOf(error);
    if (refusal instanceof Overloaded) this.#metrics.countRefused(refusal.limit, refusal.whose);
    void this.#turns.run(exchange.client, () => exchange.refuse(refusal, { [versionHeader]: this.#version() }));
  }

  /** @throws Refusal for a path, a method or a body that is not served, and for requests of other sites' pages. */
  #check(request: IncomingMessage, method: string, path: string, route: Route | undefined): void {
    if (this.#options.page) checkSource(request, this.#options.host, (this.#server.address() as AddressInfo).port);
    if (!route)
      throw new Refusal(
        404,
        'ERR_NOT_FOUND',
        `there is ${[...this.#routes.keys()].join(', ')}, not ${path.slice(0, 80)}`,
      );
    const allowed = route.method === 'GET' ? ['GET', 'HEAD'] : ['POST'];
    if (!allowed.includes(method))
      throw new Refusal(405, 'ERR_METHOD', `${path} takes ${allowed.join(' and ')}`, { allow: allowed.join(', ') });
    if (method === 'POST')
      checkHead(request, this.#options.bodyBytes, json, this.#options.lenient ? 'lenient' : 'strict');
    if (route.hasKeys) keyIn(request.headers);
  }
}
