import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { clientOf } from './client.js';
import type { SharedLimit, Whose } from './shared_limit.js';

/** The most requests of a connection that may wait for replies (pipelining). A kilobyte can contain thirty. */
export const mostPipelined = 32;

const text = (message: string) => {
  const body = JSON.stringify({ code: 'ERR_OVERLOADED', message });
  return `HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nretry-after: 1\r\nconnection: close\r\n\r\n${body}`;
};

/** The replies to refused connections. */
const refusals: Readonly<Record<Whose, string>> = {
  client: text('this client has reached its limit of connections'),
  server: text('the server has reached its limit of connections'),
};

/** A request whose reply is not finished. */
export interface Waiting {
  readonly isAnswered: boolean;
  /** Whether the whole request has arrived. */
  readonly isRead: boolean;
  leave(): void;
  /** Ignores a request that arrived after this one, which is the last of its connection. */
  passOver(request: IncomingMessage): void;
}

/** A connection and its requests, which are answered in order. */
export class Connection {
  readonly client: string;
  readonly #socket: Socket;
  readonly #waiting = new Set<Waiting>();
  #isEnding = false;
  #last: Waiting | undefined;
  #onLastIsNext: (() => void) | undefined;

  constructor(socket: Socket, client: string, onClosed: () => void) {
    this.#socket = socket;
    this.client = client;
    socket.once('close', () => {
      onClosed();
      for (const one of [...this.#waiting]) one.leave();
    });
  }

  /** Whether another request may wait for its reply. */
  get hasRoom(): boolean {
    return this.#waiting.size < mostPipelined;
  }

  /** The last request that is accepted, because its reply closes the connection. */
  get last(): Waiting | undefined {
    return this.#last;
  }

  /** Accepts no request after this one. Calls `onNext` when all earlier requests have their replies. */
  endWith(one: Waiting, onNext?: () => void): void {
    this.#last = one;
    this.#onLastIsNext = onNext;
  }

  /** Whether the reply to this request closes the connection. When the server closes, the newest request is the last. */
  isLast(one: Waiting): boolean {
    if (this.#isEnding && !this.#last && [...this.#waiting].at(-1) === one) this.#last = one;
    return this.#last === one;
  }

  add(one: Waiting): void {
    this.#waiting.add(one);
  }

  remove(one: Waiting): void {
    this.#waiting.delete(one);
    const [next] = this.#waiting;
    if (next && next === this.#last) this.#onLastIsNext?.();
    if (this.#isEnding) this.#closeIfIdle();
  }

  /** Closes the connection when no request waits on it. */
  end(): void {
    this.#isEnding = true;
    this.#closeIfIdle();
  }

  /** Closes the connection if the next request to be answered has not arrived completely. */
  closeIfUnread(): void {
    const [first] = this.#waiting;
    if (first && !first.isRead) this.#socket.destroy();
  }

  #closeIfIdle(): void {
    if (this.#waiting.size === 0) this.#socket.destroySoon();
  }

  /**
   * Closes the connection if its client reads nothing of a reply for a while. The time to compute a reply does not count.
   */
  limitSilence(milliseconds: number): void {
    const [first] = this.#waiting;
    if (first) this.#socket.setTimeout(first.isAnswered ? milliseconds : 0);
  }
}

/** The connections of a server. Their number is limited, in total and per client. */
export class Connections {
  readonly #limit: SharedLimit;
  readonly #all = new Map<Socket, Connection>();

  constructor(server: Server, limit: SharedLimit, onRefused: (whose: Whose) => void) {
    this.#limit = limit;
    const listeners = server.listeners('connection');
    server.removeAllListeners('connection').on('connection', (socket: Socket) => {
      const client = clientOf(socket.remoteAddress);
      const whose = limit.refusing(client, 1);
      if (whose) {
        onRefused(whose);
        socket.on('error', () => {}); // the client has left
        socket.end(refusals[whose], () => socket.destroy());
        return;
      }
      limit.add(client, 1);
      const onClosed = () => {
        this.#all.delete(socket);
        limit.remove(client, 1);
      };
      this.#all.set(socket, new Connection(socket, client, onClosed));
      for (const listener of listeners) listener.call(server, socket); // listeners of HTTP, which would be costly for refused connections
    });
  }

  get open(): number {
    return this.#limit.total;
  }

  /** The connection of a socket; undefined if it was refused or is closed. */
  of(socket: Socket): Connection | undefined {
    return this.#all.get(socket);
  }

  /** Closes each connection when no request waits on it; at once if it is idle or has sent only a part of a head. */
  end(): void {
    for (const one of this.#all.values()) one.end();
  }

  /** Closes connections whose requests have not arrived completely. */
  closeUnread(): void {
    for (const one of this.#all.values()) one.closeIfUnread();
  }
}
