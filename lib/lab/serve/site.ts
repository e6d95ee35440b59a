import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { inUrl, listen } from '../../http/address.js';
import { closedHeaders } from '../../http/browser_headers.js';
import { endAfterBody } from '../../http/end_after_body.js';
import { checkSource } from '../../http/guard.js';
import { Refusal, refusalOf } from '../../http/refusal.js';

/** The answer to a request. */
export interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly body: string | Buffer;
  /** The Content-Security-Policy of a page. Default: nothing may be loaded. */
  readonly policy?: string;
}

export interface Exchange {
  readonly request: IncomingMessage;
  /** For handlers that send the response themselves; see {@link Handler}. */
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** The value of `:id` in the route. */
  readonly id: string;
}

/** Returns the answer, or nothing if it sends the response itself. Throws a {@link Refusal} to refuse the request. */
export type Handler = (exchange: Exchange) => Answer | undefined | Promise<Answer | undefined>;

/** Handlers by method and path, such as `POST /runs/:id/stop`. All other requests are refused. */
export type Routes = Readonly<Record<string, Handler>>;

/** JSON, as an answer. */
export const json = (value: unknown, status = 200): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

/** A server with a few routes on one address. */
export class Site {
  readonly #routes: Routes;
  readonly #server: http.Server;
  #host = '';
  #port = 0;

  constructor(routes: Routes) {
    this.#routes = routes;
    this.#server = http.createServer(
      { requestTimeout: 60_000, connectionsCheckingInterval: 5_000 },
      (request, response) => {
        void this.#serve(request, response);
      },
    );
    this.#server.maxConnections = 256;
  }

  /**
   * Begins to listen.
   *
   * @param port 0 for any free port.
   * @throws GlissadeError `ERR_FILE` if the address is in use, not of this machine, or not permitted.
   */
  async listen(port: number, host: string): Promise<void> {
    this.#host = host;
    this.#port = await listen(this.#server, port, host);
  }

  get url(): string {
    return `http://${inUrl(this.#host)}:${this.#port}/`;
  }

  /** Lets the process end while this server listens. */
  unref(): void {
    this.#server.on('connection', (socket) => socket.unref());
    this.#server.unref();
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.#answer(request, response);
      if (answer) send(request, response, answer);
    } catch (error) {
      const refusal = refusalOf(error);
      if (response.headersSent) response.destroy();
      else send(request, response, json(refusal, refusal.status));
    }
    request.resume(); // discards an unread body
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    const { method = '', url = '' } = request;
    checkSource(request, this.#host, this.#port);
    const [path, query] = splitAt(url, '?');
    for (const [route, handler] of Object.entries(this.#routes)) {
      const id = idIn(route, `${method} ${path}`);
      if (id === undefined) continue;
      for (const [name, value] of Object.entries(closedHeaders)) response.setHeader(name, value);
      return handler({ request, response, query: new URLSearchParams(query), id });
    }
    throw new Refusal(404, 'ERR_NOT_FOUND', 'not found');
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status = 200, type, body, policy }: Answer): void {
  for (const [name, value] of Object.entries(closedHeaders)) response.setHeader(name, value);
  if (policy !== undefined) response.setHeader('Content-Security-Policy', policy);
  if (!request.complete) response.setHeader('Connection', 'close');
  response.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
  });
  if (request.complete) response.end(body);
  else {
    response.write(body);
    endAfterBody(request, response);
  }
}

/** The value of `:id` if the route matches: a word of letters, digits and hyphens. Empty if the route has no `:id`. */
function idIn(route: string, asked: string): string | undefined {
  const [before, after] = splitAt(route, ':id');
  if (!route.includes(':id')) return route === asked ? '' : undefined;
  if (!asked.startsWith(before) || !asked.endsWith(after)) return undefined;
  const id = asked.slice(before.length, asked.length - after.length);
  return /^[\w-]+$/.test(id) ? id : undefined;
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
