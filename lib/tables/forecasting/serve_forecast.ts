import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Checks, checkedOptions, integer, numberIn, withDefaults } from '../../checks/checked_options.js';
import { isArray, isPlainObject } from '../../checks/kinds.js';
import { checkBoolean } from '../../checks/options.js';
import { positive } from '../../checks/ranges.js';
import { invalid } from '../../checks/shown.js';
import { checkHost, inUrl, listen } from '../../http/address.js';
import { wholeBody } from '../../http/body.js';
import { endAfterBody } from '../../http/end_after_body.js';
import { checkSource } from '../../http/guard.js';
import { Refusal, refusalOf } from '../../http/refusal.js';
import { pageHeaders } from '../page/served_page.js';
import type { RowObject } from '../readers/rows.js';
import { pathOf } from '../serving/reply_parts.js';
import { ForecastModel } from './forecast_model.js';
import type { ForecastRow } from './spec.js';
import { tryPage } from './try_page.js';

export interface ServeForecastOptions {
  /** The port; 0 for any free one. Default 8080. */
  readonly port?: number | undefined;
  /** The address to listen at. Default `'127.0.0.1'`: only this machine. There is no authentication. */
  readonly host?: string | undefined;
  /** The most bytes of a request's body; longer ones get status 413. Default 2²⁰. */
  readonly bodyBytes?: number | undefined;
  /** The most requests that wait; others get status 503. Default 64. */
  readonly queue?: number | undefined;
  /** Seconds in which a request must arrive. Default 10. */
  readonly timeoutSeconds?: number | undefined;
  /** Seconds that requests in progress may take when the server closes. Default 10. */
  readonly graceSeconds?: number | undefined;
  /**
   * Whether `GET /` replies a page on which a person tries the model. The server then refuses requests to another name than its
   * own, and requests that pages of other sites cause. Default false.
   */
  readonly page?: boolean | undefined;
}

const checks = {
  port: integer(0, 65_535),
  host: checkHost,
  bodyBytes: integer(1, 2 ** 30),
  queue: integer(1),
  timeoutSeconds: numberIn(positive),
  graceSeconds: numberIn(positive),
  page: checkBoolean,
} satisfies Checks<ServeForecastOptions>;

const defaults = {
  port: 8080,
  host: '127.0.0.1',
  bodyBytes: 2 ** 20,
  queue: 64,
  timeoutSeconds: 10,
  graceSeconds: 10,
  page: false,
};

/** A server that answers requests with forecasts. */
export class ForecastServer {
  readonly model: ForecastModel;
  readonly #server: Server;
  readonly #options: ReturnType<typeof withDefaults<ServeForecastOptions, typeof defaults>>;
  /** Forecasts are made one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(model: ForecastModel, options: ServeForecastOptions) {
    if (!ForecastModel.is(model)) throw invalid('model', 'a model of forecasts', model);
    this.model = model;
    this.#options = withDefaults(checkedOptions('serveForecast', options, checks), defaults) as never;
    const milliseconds = Math.ceil(1000 * Math.min(this.#options.timeoutSeconds, 1e6));
    const timeouts = {
      requestTimeout: milliseconds,
      headersTimeout: milliseconds,
      keepAliveTimeout: milliseconds,
      connectionsCheckingInterval: Math.ceil(Math.min(1000, milliseconds / 2)),
    };
    this.#server = createServer(timeouts, (request, response) => void this.#respond(request, response));
  }

  /** The address of the server, such as `http://127.0.0.1:8080`. */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${inUrl(address)}:${port}`;
  }

  /** @internal */
  async listen(): Promise<this> {
    await listen(this.#server, this.#options.port, this.#options.host);
    return this;
  }

  /** Closes the server: it accepts no new connections and answers requests in progress. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      const timer = setTimeout(() => this.#server.closeAllConnections(), 1000 * this.#options.graceSeconds);
      this.#server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {}); // a client that left gets no reply
    try {
      const answer = await this.#answer(request);
      if (typeof answer === 'string')
        response.writeHead(200, { ...pageHeaders, 'content-type': 'text/html; charset=utf-8' }).end(answer);
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      const refusal = refusalOf(error);
      const text = JSON.stringify(refusal);
      response.writeHead(refusal.status, { ...refusal.headers, 'content-type': 'application/json' });
      response.write(text);
      if (request.complete) response.end();
      else endAfterBody(request, response, this.#options.bodyBytes);
    }
  }

  /** The page as text, or what is sent as JSON. */
  async #answer(request: IncomingMessage): Promise<string | object> {
    const { host, page } = this.#options;
    if (page) checkSource(request, host, (this.#server.address() as AddressInfo).port);
    const path = pathOf(request.url ?? '/');
    const { method = 'GET' } = request;
    const paths = ['/forecast', '/health', ...(page ? ['/'] : [])];
    if (!paths.includes(path))
      throw new Refusal(404, 'ERR_NOT_FOUND', `there is ${paths.join(', ')}, not ${path.slice(0, 80)}`);
    const allowed = path !== '/forecast' ? ['GET', 'HEAD'] : ['GET', 'HEAD', 'POST'];
    if (!allowed.includes(method))
      throw new Refusal(405, 'ERR_METHOD', `${path} takes ${allowed.join(' and ')}`, { allow: allowed.join(', ') });
    if (path === '/') return tryPage(this.model);
    if (path === '/health') return this.#health();
    const rows = method === 'POST' ? rowsIn(await wholeBody(request, 'application/json', this.#options.bodyBytes)) : [];
    return this.#forecast(rows);
  }

  #health(): object {
    const { target, horizon, spacing, interval, last, chosen } = this.model.report;
    return { status: 'ok', target, horizon, spacing, interval, last, method: chosen, columns: this.model.columns };
  }

  /** Forecasts when all earlier requests have theirs. @throws Refusal 503 if too many wait. */
  async #forecast(rows: readonly RowObject[]): Promise<readonly ForecastRow[]> {
    if (this.#waiting >= this.#options.queue)
      throw new Refusal(503, 'ERR_OVERLOADED', `${this.#waiting} requests are waiting; try again`, {
        'retry-after': '1',
      });
    this.#waiting += 1;
    const work = this.#last.then(() => this.model.forecast(rows.length === 0 ? undefined : rows));
    this.#last = work.catch(() => {});
    try {
      return await work;
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** @throws Refusal 400 unless it is JSON of a row or an array of rows. */
function rowsIn(text: string): RowObject[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'ERR_INVALID_ARGUMENT', 'the body is not JSON: send an array of rows');
  }
  const rows = isArray(json) ? json : [json];
  if (rows.every(isPlainObject)) return rows as RowObject[];
  throw new Refusal(
    400,
    'ERR_INVALID_ARGUMENT',
    'the body is not an array of rows, such as [{"day": "2026-12-01", "sales": 120}]',
  );
}

/**
 * Serves a model of forecasts over HTTP: `POST /forecast` takes rows that have come since the training as a JSON array, and replies
 * the next values of each series, as `model.forecast(rows)` returns them. `GET /forecast` replies those after the training rows.
 * `GET /health` describes the model. The rows of a request are not kept.
 *
 * @example
 * await using server = await serveForecast(await loadForecastModel('sales.safetensors'));
 * @throws (as a rejection) TypeError, RangeError for options that don't fit; GlissadeError `ERR_FILE` if the address can't be used.
 */
export async function serveForecast(model: ForecastModel, options: ServeForecastOptions = {}): Promise<ForecastServer> {
  return new ForecastServer(model, options).listen();
}
