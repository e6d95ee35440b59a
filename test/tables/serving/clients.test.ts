import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import type { ModelServer } from '../../../lib/tables/serving/model_server';
import { loadTableModel, type TableModel } from '../../../lib/tables/table_model';
import { folders } from '../../support/folders';
import { json, metricsOf, post, started } from '../../support/model_servers';
import { testOnLinux } from '../../support/on_linux';
import { modelFor, people } from '../../support/people';

const newFolder = folders();
let model: TableModel;
beforeAll(async () => {
  model = await modelFor('plan');
});

const emptyRows = (count: number) => `[${'{},'.repeat(count - 1)}{}]`;
const head = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;

async function connect(server: ModelServer): Promise<net.Socket> {
  const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Waits until a metric has a value, and returns all metrics of that moment. */
async function until(server: ModelServer, name: string, holds: (value: number) => boolean) {
  for (;;) {
    const samples = await metricsOf(server);
    if (holds(samples.get(name) ?? 0)) return samples;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Sends from a separate address. */
const postFrom = (address: string, server: ModelServer, path: string, body: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const options = { method: 'POST', headers: json, localAddress: address };
    const request = http.request(server.url + path, options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject).end(body);
  });

test('work ends when its client has left, and its memory is released', async () => {
  const server = await started(model, { requestRows: 1e6 });
  const body = emptyRows(300_000);
  const requests = 24;
  for (let i = 0; i < requests; ++i) {
    const socket = await connect(server);
    await new Promise((resolve) => socket.write(head('/predict', body) + body, resolve));
    socket.destroy();
  }
  const samples = await until(
    server,
    'glissade_requests_total{path="/predict",status="499"}',
    (count) => count === requests,
  );
  expect(samples.get('glissade_rows_predicted_total')).toBe(0);
  const after = await until(server, 'glissade_in_flight_bytes', (bytes) => bytes === 0);
  expect(after.get('glissade_abandoned_total')).toBeGreaterThan(0);
  expect((await post(server, '/predict', {})).status).toBe(200);
});

test('a reply counts until its client has read it, and a client that reads nothing is disconnected', async () => {
  const server = await started(model, { timeoutSeconds: 0.5 });
  const body = emptyRows(60_000);
  const socket = await connect(server);
  socket.pause();
  socket.write(head('/predict', body) + body);
  await until(server, 'glissade_in_flight_bytes', (bytes) => bytes > 3e6); // megabytes, although the body has 180 kB
  await until(server, 'glissade_in_flight_bytes', (bytes) => bytes === 0);
  expect((await metricsOf(server)).get('glissade_requests_total{path="/predict",status="499"}')).toBe(1);
  socket.destroy();
});

test('refuses a request if its reply would use up the memory of its client', async () => {
  const server = await started(model, { inFlightBytes: 40_000 });
  const { status, answer } = await post(server, '/predict', emptyRows(1000));
  expect([status, answer.code]).toEqual([413, 'ERR_TOO_LARGE']);
  expect(answer.message).toContain(
    'the reply takes more than 20000 bytes, the limit for one client: send fewer rows at once',
  );
  expect((await post(server, '/predict', emptyRows(50))).status).toBe(200);
  expect((await metricsOf(server)).get('glissade_in_flight_bytes')).toBe(0);
});

test('bounds the rows of a request', async () => {
  const server = await started(model, { requestRows: 3 });
  expect((await post(server, '/predict', emptyRows(3))).status).toBe(200);
  const { status, answer } = await post(server, '/predict', emptyRows(4));
  expect([status, answer.code, answer.message]).toEqual([
    413,
    'ERR_TOO_LARGE',
    'the body has more than 3 rows: send fewer at once',
  ]);
});

testOnLinux('a greedy client leaves memory and connections to others', async () => {
  const server = await started(model, { bodyBytes: 4000, inFlightBytes: 8000, connections: 8 });
  const sockets = await Promise.all([1, 2, 3].map(() => connect(server)));
  for (const socket of sockets) {
    const body = ' '.repeat(3000);
    socket.write(head('/predict', body) + body.slice(1)); // never complete
  }
  const samples = await until(server, 'glissade_refused_total{limit="bytes",of="client"}', (count) => count > 0);
  expect(samples.get('glissade_in_flight_bytes')).toBeLessThanOrEqual(4000);
  expect(await postFrom('127.0.0.2', server, '/predict', '{"age":41}')).toBe(200);

  const more = await Promise.all([1, 2, 3].map(() => connect(server)));
  let said = '';
  for (const socket of more) socket.on('data', (piece) => (said += piece));
  await until(server, 'glissade_refused_total{limit="connections",of="client"}', (count) => count > 0).catch(() => {});
  expect(said).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n/);
  expect(said).toContain('"ERR_OVERLOADED","message":"this client has reached its limit of connections"');
  expect(await postFrom('127.0.0.2', server, '/predict', '{"age":41}')).toBe(200);
  for (const socket of [...sockets, ...more]) socket.destroy();
});

test('a refusal reaches a client that is still sending', async () => {
  const server = await started(model, { bodyBytes: 100_000 });
  const body = emptyRows(1_000_000);
  for (let i = 0; i < 10; ++i) expect((await post(server, '/predict', body)).status).toBe(413);
});

test('pipelined requests of a connection are answered in order, and cancelled with it', async () => {
  const server = await started(model, { requestRows: 1e6 });
  const body = emptyRows(300_000);
  const socket = await connect(server);
  await new Promise((resolve) => socket.write((head('/predict', body) + body).repeat(3), resolve));
  socket.destroy();
  await until(server, 'glissade_requests_total{path="/predict",status="499"}', (count) => count > 0);
  await until(server, 'glissade_in_flight_bytes', (bytes) => bytes === 0);

  const second = await connect(server);
  let said = '';
  second.on('data', (piece) => (said += piece));
  second.write(
    head('/predict', '{}').concat(
      '{}',
      'GET /health HTTP/1.1\r\nhost: x\r\n\r\n',
      'GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n',
    ),
  );
  while (!said.includes('ERR_NOT_FOUND')) await once(second, 'data');
  expect(said.match(/HTTP\/1.1 \d+|"prediction"|"status"/g)).toEqual([
    'HTTP/1.1 200',
    '"prediction"',
    'HTTP/1.1 200',
    '"status"',
    'HTTP/1.1 404',
  ]);
  const closed = once(second, 'close');
  second.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(1000));
  await closed;
  expect((await metricsOf(server)).get('glissade_refused_total{limit="pipelined",of="client"}')).toBeGreaterThan(0);
});

/** Sends the same request many times at once, and counts the replies by status after the connection is closed. */
async function pipelined(server: ModelServer, count: number, path: string, body: string) {
  const socket = await connect(server);
  let said = '';
  socket.on('data', (piece) => (said += piece));
  const closed = once(socket, 'close');
  socket.write((head(path, body) + body).repeat(count));
  await closed;
  const statuses = [...said.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
  return { said, statuses, ok: statuses.filter((status) => status === 200).length };
}

test('learnt requests are answered before a connection with too many requests is closed', async () => {
  const out = path.join(newFolder(), 'model.safetensors');
  const server = await started(await modelFor('plan'), { learn: true, out });
  const { said, statuses, ok } = await pipelined(server, 200, '/learn', '{"age":41,"plan":"gold"}');
  expect(ok).toBeGreaterThanOrEqual(32);
  expect(said.match(/"steps":\d+/g)).toEqual(Array.from({ length: ok }, (_, i) => `"steps":${i + 1}`));
  expect((await metricsOf(server)).get('glissade_rows_learnt_total')).toBe(ok);
  expect(statuses.slice(ok)).toEqual([503]);
  expect(said).toMatch(
    /connection: close\r\n[^{]*\{"code":"ERR_OVERLOADED","message":"32 requests are waiting on this connection/,
  );
  await until(server, 'glissade_in_flight_bytes', (bytes) => bytes === 0);
});

test('predictions under way are answered before a connection with too many requests is closed', async () => {
  const server = await started(model);
  const { statuses, ok } = await pipelined(server, 200, '/predict', '{"age":41}');
  const samples = await metricsOf(server);
  expect(ok).toBe(samples.get('glissade_requests_total{path="/predict",status="200"}'));
  expect(ok).toBe(samples.get('glissade_rows_predicted_total'));
  expect(statuses.slice(ok)).toEqual([503]);
});

test('skipped requests take no more memory than their client is allowed', async () => {
  const server = await started(model, { inFlightBytes: 2 * 4096 * 100 });
  const { statuses } = await pipelined(server, 1000, '/predict', '{"age":41}');
  expect(statuses).not.toContain(503); // closed at once
  await until(server, 'glissade_in_flight_bytes', (bytes) => bytes === 0);
});

test('at shutdown, every learnt request of a connection is answered', async () => {
  const out = path.join(newFolder(), 'model.safetensors');
  const server = await started(await modelFor('plan'), { learn: true, out });
  const rows = JSON.stringify(Array.from({ length: 1000 }, () => ({ age: 41, plan: 'gold' })));
  const socket = await connect(server);
  let said = '';
  socket.on('data', (piece) => (said += piece));
  const closed = once(socket, 'close');
  for (let i = 0; i < 20; ++i) socket.write(`${head('/learn', rows).slice(0, -2)}idempotency-key: ${i}\r\n\r\n${rows}`);
  await until(server, 'glissade_rows_learnt_total', (count) => count > 0);
  await server.close();
  await closed;
  const learnt = (await loadTableModel(out)).about.replies as unknown[];
  expect(said.match(/HTTP\/1.1 200 OK/g)).toHaveLength(learnt.length);
  expect(said.match(/connection: \S+/gi)!.at(-1)).toBe('connection: close');
});

test('refuses a body with too many rows before predicting any', async () => {
  const server = await started(model, { requestRows: 1000 });
  const predict = jest.spyOn(model, 'predictWhole');
  const reply = await post(server, '/predict', emptyRows(1001));
  expect([reply.status, reply.answer.message]).toEqual([413, 'the body has more than 1000 rows: send fewer at once']);
  expect(predict).not.toHaveBeenCalled();
  expect((await post(server, '/predict', emptyRows(1000))).status).toBe(200);
  expect(predict).toHaveBeenCalled();
  predict.mockRestore();
});

test('reads a long body in several turns', async () => {
  const server = await started(model);
  const pause = jest.spyOn(http.IncomingMessage.prototype, 'pause');
  const body = (count: number) => JSON.stringify(Array.from({ length: count }, () => ({ city: 'Bern' })));
  expect((await post(server, '/predict', body(1000))).status).toBe(200);
  expect(pause).not.toHaveBeenCalled();
  expect((await post(server, '/predict', body(50_000))).status).toBe(200);
  expect(pause.mock.calls.length).toBeGreaterThan(3);
  pause.mockRestore();
});

test('does not mix the bodies of many clients, some of which leave', async () => {
  const server = await started(model);
  const leave = async () => {
    const body = JSON.stringify(Array.from({ length: 8000 }, () => ({ age: 99 })));
    const socket = await connect(server);
    await new Promise((resolve) => socket.write(head('/predict', body) + body.slice(0, 90_000), resolve));
    socket.destroy();
  };
  const ask = async (client: number) => {
    const rows = Array.from({ length: 3000 + 100 * client }, (_, i) => ({ age: (7 * client + i) % 90, city: 'Bern' }));
    const reply = await post(server, '/predict', JSON.stringify(rows));
    const expected = model.predict(rows).map((prediction) => ({ prediction }));
    expect(reply.answer).toMatchObject(expected);
  };
  for (let round = 0; round < 3; ++round)
    await Promise.all(Array.from({ length: 12 }, (_, client) => (client % 3 === 2 ? leave() : ask(client))));
});

test('refuses bodies in chunks of a byte', async () => {
  const server = await started(model);
  const socket = await connect(server);
  let said = '';
  socket.on('data', (piece) => (said += piece));
  const closed = once(socket, 'close');
  socket.write(
    'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  socket.write('1\r\n \r\n'.repeat(10_000));
  await closed;
  expect(said).toContain('the body comes in more than 512 chunks of less than 8 bytes: send it in larger ones');
});

test('short requests overtake long ones', async () => {
  const server = await started(model);
  const long = post(server, '/predict', emptyRows(60_000));
  let isDone = false;
  void long.then(() => (isDone = true));
  await until(server, 'glissade_in_flight_bytes', (bytes) => bytes > 200_000);
  const rows = people(3).map(({ age }) => ({ age }));
  for (let i = 0; i < 10; ++i) expect((await post(server, '/predict', rows)).status).toBe(200);
  expect(isDone).toBe(false);
  expect((await long).status).toBe(200);
});
