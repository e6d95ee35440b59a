import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { clientOf } from './client.js';
import type { SharedLimit, Whose } from './shared_limit.js';

const text = (message: string) => {
  const body = JSON.stringify({ code: 'ERR_OVERLOADED', message });
  return `HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nretry-after: 1\r\nconnection: close\r\n\r\n${body}`;
};

/** What is sent to a connection that is refused. */
const refusals: Readonly<Record<Whose, string>> = {
  client: text('this client has as many connections as it may have already'),
  server: text('the server has as many connections as it may have already'),
};

/** Bounds the connections of a server, and of each of its clients. */
export function boundConnections(server: Server, connections: SharedLimit, onRefused: (whose: Whose) => void): void {
  server.prependListener('connection', (socket: Socket) => {
    const client = clientOf(socket.remoteAddress);
    const whose = connections.refusing(client, 1);
    if (whose) {
      onRefused(whose);
      socket.on('error', () => {});
      socket.end(refusals[whose], () => socket.destroy());
      return;
    }
    connections.add(client, 1);
    socket.once('close', () => connections.remove(client, 1));
  });
}
