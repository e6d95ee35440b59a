import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventStream } from '../../../lib/lab/serve/event_stream';

test('ends the stream of a page that has stopped reading', async () => {
  const server = http.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = http.get({ port: (server.address() as AddressInfo).port, agent: false });
  request.on('error', () => {});
  const [, response] = (await once(server, 'request')) as [http.IncomingMessage, http.ServerResponse];
  let isClosed = false;
  const stream = new EventStream(response, () => {
    isClosed = true;
  });
  const [reply] = (await once(request, 'response')) as [http.IncomingMessage];
  reply.on('error', () => {}).pause();
  const megabyte = JSON.stringify('x'.repeat(2 ** 20));
  let sent = 0;
  while (!isClosed && sent < 200) {
    stream.send('outcome', megabyte);
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(isClosed).toBe(true);
  expect(sent).toBeGreaterThan(32);
  server.close();
});
