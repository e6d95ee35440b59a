import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { clientOf } from './client.js';
import type { SharedLimit, Whose } from './shared_limit.js';

/** Requests of one connection that may wait for their replies (pipelining): a kilobyte can have thirty. */
const mostPipelined = 32;

const text = (message: string) => {
  const body = JSON.stringify({ code: 'ERR_OVERLOADED', message });
  return `HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nretry-after: 1\r\nconnection: close\r\n\r\n${body}`;
};

/** What is sent to a connection that is refused. */
const refusals: Readonly<Record<Whose, string>> = {
  client: text('this client has as many connections as it may have already'),
  server: text('the server has as many connections as it may have already'),
};

/** A connection, and what is to be told when it closes. */
export class Connection {
  readonly client: string;
  readonly #socket: Socket;
  readonly #listeners = new Set<() => void>();

  constructor(socket: Socket, client: string, onClosed: () => void) {
    this.#socket = socket;
    this.client = client;
    socket.once('close', () => {
      onClosed();
      for (const listener of [...this.#listeners]) listener();
    });
  }

  /** Whether one more request may wait for its reply. */
  get hasRoom(): boolean {
    return this.#listeners.size < mostPipelined && !this.#socket.destroyed;
  }

  onClose(listener: () => void): void {
    this.#listeners.add(listener);
  }

  offClose(listener: () => void): void {
    this.#listeners.delete(listener);
  }
}

/** The connections of a server, which are bounded, as are those of each of its clients. */
export class Connections {
  readonly #limit: SharedLimit;
  readonly #all = new WeakMap<Socket, Connection>();

  constructor(server: Server, limit: SharedLimit, onRefused: (whose: Whose) => void) {
    this.#limit = limit;
    server.prependListener('connection', (socket: Socket) => {
      const client = clientOf(socket.remoteAddress);
      const whose = limit.refusing(client, 1);
      if (whose) {
        onRefused(whose);
        socket.on('error', () => {}); // it has left
        socket.end(refusals[whose], () => socket.destroy());
        return;
      }
      limit.add(client, 1);
      this.#all.set(socket, new Connection(socket, client, () => limit.remove(client, 1)));
    });
  }

  get open(): number {
    return this.#limit.total;
  }

  /** The connection of a request. None if it was refused. */
  of(socket: Socket): Connection | undefined {
    return this.#all.get(socket);
  }
}
