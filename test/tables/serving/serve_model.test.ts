import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import type { ServeOptions } from '../../../lib/tables/serving/options';
import { serveModel } from '../../../lib/tables/serving/serve_model';
import { loadTableModel, type TableModel } from '../../../lib/tables/table_model';
import { folders } from '../../support/folders';
import { json, metricsOf, post, servers, started } from '../../support/model_servers';
import { modelFor, people, plans } from '../../support/people';

const newFolder = folders();
const models = {} as Record<'plan' | 'price' | 'member', TableModel>;

beforeAll(async () => {
  for (const target of ['plan', 'price', 'member'] as const) models[target] = await modelFor(target);
});
const bytesOf = (values: ArrayLike<number>) => Buffer.from(Float64Array.from(values).buffer);
const person = { age: 41, city: 'Bern', income: 5200 };

describe('POST /predict', () => {
  test('answers with the predictions of the model, for one row and for many', async () => {
    const server = await started(models.plan);
    const rows = people(700).map(({ age, city, income }) => ({ age, city, income }));
    const expected = models.plan.predict(rows);
    const probabilities = models.plan.predictProbabilities(rows);
    const { status, answer } = await post(server, '/predict', rows);
    expect(status).toBe(200);
    expect(answer).toEqual(expected.map((prediction, i) => ({ prediction, probabilities: probabilities[i] })));
    expect((await post(server, '/predict', rows[3])).answer).toEqual(answer[3]);
    expect((await post(server, '/predict', [rows[3]])).answer).toEqual([answer[3]]);
  });

  test('predicts numbers and two classes', async () => {
    const numbers = await started(models.price);
    expect((await post(numbers, '/predict', person)).answer).toEqual({ prediction: models.price.predict(person) });
    const two = await started(models.member);
    expect((await post(two, '/predict', {})).answer).toEqual({
      prediction: models.member.predict({}),
      probabilities: models.member.predictProbabilities({}),
    });
  });

  test('refuses a compressed body by its headers', async () => {
    const server = await started(models.price);
    const body = gzipSync(JSON.stringify(person));
    const { status, headers, answer } = await post(server, '/predict', body, { ...json, 'content-encoding': 'gzip' });
    expect([status, answer.code, headers.get('accept-encoding')]).toEqual([415, 'ERR_MEDIA_TYPE', 'identity']);
    expect(answer.message).toContain('the body is encoded as gzip');
    const plain = await post(server, '/predict', person, { ...json, 'content-encoding': 'identity' });
    expect(plain.status).toBe(200);
  });

  test('counts the bytes of a body, not its pieces', async () => {
    const server = await started(models.price);
    const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const memory = () => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    await metricsOf(server);
    const before = memory();
    socket.write(
      'POST /predict HTTP/1.1\r\nHost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const pieces = 60_000;
    for (let i = 0; i < 100; ++i) socket.write(`10\r\n${' '.repeat(16)}\r\n`.repeat(pieces / 100));
    // The capacity of the buffer counts, which starts at sixteen bytes and doubles.
    while ((await metricsOf(server)).get('glissade_in_flight_bytes') !== 2 ** 20);
    expect((memory() - before) / pieces).toBeLessThan(50);
    socket.destroy();
    await closed;
    while ((await metricsOf(server)).get('glissade_in_flight_bytes') !== 0);
  });

  test('names the row and column of a refused value', async () => {
    const server = await started(models.plan);
    const rows = [...people(600).map(({ age, city, income }) => ({ age, city, income })), { age: 'old' }];
    for (const [body, message] of [
      [rows, 'row 601, column "age": Expected a number but received "old"'],
      [{ age: [1] }, 'row 1, column "age"'],
      [[person, { income: { a: 1 } }], 'row 2, column "income"'],
      [[person, 3], 'Expected an object with the names of the columns for row 2 but received 3'],
      [[], 'no rows'],
      ['null', 'row 1'],
      ['{"age": 41', 'the body is not JSON'],
      ['', 'the body is not JSON'],
      [Buffer.from([0x22, 0xff, 0x22]), 'the body is not UTF-8'],
      [{ agee: 41 }, 'row 1: the model knows no column "agee". Did you mean "age"?'],
    ] as const) {
      const { status, answer } = await post(server, '/predict', body);
      expect([status, answer.code]).toEqual([400, expect.stringMatching(/^ERR_(INVALID_ARGUMENT|SHAPE)$/)]);
      expect(answer.message).toContain(message);
    }
    expect((await post(server, '/predict', { ...person, plan: 'gold' })).status).toBe(200); // a column of the table
  });

  test('accepts unknown columns and other content types if lenient, but not from pages of other sites', async () => {
    const server = await started(models.price, { lenient: true });
    const text = { 'content-type': 'text/plain' };
    const { status, answer } = await post(server, '/predict', { ...person, agee: 3 }, text);
    expect([status, answer]).toEqual([200, { prediction: models.price.predict(person) }]);
    expect((await post(server, '/predict', person, { ...text, origin: 'http://elsewhere' })).status).toBe(415);
    const strict = await started(models.price);
    expect(await post(strict, '/predict', person, text)).toMatchObject({
      status: 415,
      answer: { code: 'ERR_MEDIA_TYPE' },
    });
  });

  test('bounds bodies, with and without a length', async () => {
    const server = await started(models.price, { bodyBytes: 1000 });
    const fits = JSON.stringify(person).padEnd(1000);
    expect((await post(server, '/predict', fits)).status).toBe(200);
    expect(await post(server, '/predict', `${fits} `)).toMatchObject({
      status: 413,
      answer: { code: 'ERR_TOO_LARGE' },
    });
    const status = await new Promise((resolve, reject) => {
      const request = http.request(`${server.url}/predict`, { method: 'POST', headers: json }, (response) =>
        resolve(response.statusCode),
      );
      request.on('error', reject);
      request.write(fits); // chunked, without a length
      request.write(' ');
    });
    expect(status).toBe(413);
  });

  test('refuses bodies beyond the limit of bytes in flight', async () => {
    const server = await started(models.price, { bodyBytes: 1000, inFlightBytes: 1500 });
    const slow = http.request(`${server.url}/predict`, { method: 'POST', headers: json });
    slow.on('error', () => {});
    slow.write(' '.repeat(900));
    while ((await metricsOf(server)).get('glissade_in_flight_bytes') !== 900);
    const text = JSON.stringify(person).padEnd(900);
    const refused = await post(server, '/predict', text);
    expect(refused).toMatchObject({ status: 503, answer: { code: 'ERR_OVERLOADED' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    slow.destroy();
    while ((await metricsOf(server)).get('glissade_in_flight_bytes') !== 0);
    expect((await post(server, '/predict', text)).status).toBe(200);
    expect((await metricsOf(server)).get('glissade_requests_total{path="/predict",status="499"}')).toBe(1);
  });

  test('closes connections of slow clients', async () => {
    const server = await started(models.price, { timeoutSeconds: 0.3 });
    const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
    let said = '';
    socket.on('data', (piece) => (said += piece));
    socket.write('POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');
    const timer = setInterval(() => socket.write(' '), 50); // a byte at intervals
    socket.on('error', () => {});
    await new Promise((resolve) => socket.on('close', resolve));
    clearInterval(timer);
    expect(said).toContain('408');
  });
});

test('refuses other paths and methods', async () => {
  const server = await started(models.price);
  expect(await post(server, '/learn', person)).toMatchObject({ status: 404, answer: { code: 'ERR_NOT_FOUND' } });
  for (const [route, method, allow] of [
    ['/predict', 'GET', 'POST'],
    ['/health', 'POST', 'GET, HEAD'],
    ['/metrics', 'DELETE', 'GET, HEAD'],
  ] as const) {
    const response = await fetch(server.url + route, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  }
  const head = await fetch(`${server.url}/health?verbose`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  const health = await (await fetch(`${server.url}/health`)).json();
  expect(health).toEqual({
    status: 'ok',
    version: models.price.version(),
    target: 'price',
    task: 'regression',
    columns: ['age', 'city', 'income'],
    drift: [],
  });
});

test('refuses unknown parameters, and names the known ones', async () => {
  const server = await started(models.price);
  for (const parameters of ['?threshold=0.9', '?flag=1']) {
    const name = parameters.slice(1).split('=')[0];
    expect(await post(server, `/predict${parameters}`, person)).toMatchObject({
      status: 400,
      answer: { message: `there is no parameter "${name}"; the parameters are flags, explain, interval` },
    });
  }
  expect(await post(server, '/predict?flags=1&flags=0', person)).toMatchObject({
    status: 400,
    answer: { message: 'the parameter flags is given twice' },
  });
});

test('the target of a request can be an absolute URL', async () => {
  const server = await started(models.price);
  const { hostname, port } = new URL(server.url);
  for (const [target, expected] of [
    ['http://elsewhere.example/health?x=1', 200],
    ['HTTP://elsewhere.example/nowhere', 404],
    ['http://elsewhere.example', 404],
  ] as const) {
    const request = http.get({ hostname, port, path: target });
    const [response] = await once(request, 'response');
    response.resume();
    expect(response.statusCode).toBe(expected);
  }
});

test('metrics count requests, rows and times', async () => {
  const server = await started(models.price);
  await post(server, '/predict', [person, person]);
  await post(server, '/predict', person);
  await post(server, '/predict', '{');
  await fetch(`${server.url}/nowhere`);
  const samples = await metricsOf(server);
  expect(samples.get('glissade_requests_total{path="/predict",status="200"}')).toBe(2);
  expect(samples.get('glissade_requests_total{path="/predict",status="400"}')).toBe(1);
  expect(samples.get('glissade_requests_total{path="other",status="404"}')).toBe(1);
  expect(samples.get('glissade_rows_predicted_total')).toBe(3);
  expect(samples.get('glissade_request_duration_seconds_count')).toBe(4);
  expect(samples.get('glissade_request_duration_seconds_bucket{le="+Inf"}')).toBe(4);
  const buckets = [...samples].filter(([name]) => name.includes('_bucket')).map(([, count]) => count);
  expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
  expect(samples.get('glissade_request_duration_seconds_sum')).toBeGreaterThan(0);
  expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  expect(samples.get('glissade_event_loop_delay_seconds{quantile="0.5"}')).toBeGreaterThan(0);
});

describe('POST /learn', () => {
  test('takes steps, saves regularly and at the end, and continues after a restart', async () => {
    const out = path.join(newFolder(), 'model.safetensors');
    const model = await modelFor('plan');
    const server = await started(model, { learn: true, out, learningRate: 0.02, saveSeconds: 0.1 });
    const before = model.predictProbabilities(person).gold!;
    const first = await post(server, '/learn', { ...person, plan: 'gold' });
    expect(first).toMatchObject({ status: 200, answer: { rows: 1, steps: 1 } });
    expect(first.answer.loss).toBeCloseTo(-Math.log(before), 4);
    for (let i = 0; i < 20; ++i) await post(server, '/learn', { ...person, plan: 'gold' });
    while ((await metricsOf(server)).get('glissade_saves_total') === 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const many = await post(
      server,
      '/learn',
      people(600).map(({ id, price, ...row }) => row),
    );
    expect(many.answer).toMatchObject({ rows: 600, steps: 24 }); // in minibatches of up to 256
    const { answer } = await post(server, '/predict', person);
    expect(answer.probabilities.gold).toBeGreaterThan(before);
    const samples = await metricsOf(server);
    expect(samples.get('glissade_rows_learnt_total')).toBe(621);
    expect(samples.get('glissade_steps_total')).toBe(24);
    expect(samples.get('glissade_saves_total')).toBeGreaterThan(0);
    await server.close();
    const again = await started(await loadTableModel(out));
    expect((await post(again, '/predict', person)).answer).toEqual(answer);
  });

  test('learns nothing from a request with a refused row', async () => {
    const model = await modelFor('plan');
    const server = await started(model, { learn: true, out: path.join(newFolder(), 'model.safetensors') });
    const before = model.network.parameters.slice();
    const rows = people(300).map(({ id, price, ...row }) => row);
    for (const [bad, message] of [
      [{ ...person, plan: 'platinum' }, 'row 301, column "plan": no training row has the class "platinum"'],
      [person, 'row 301, column "plan": the target is missing'],
      [{ age: 'old', plan: 'gold' }, 'row 301, column "age"'],
    ] as const) {
      const { status, answer } = await post(server, '/learn', [...rows, bad]);
      expect(status).toBe(400);
      expect(answer.message).toContain(message);
    }
    expect(model.network.parameters).toEqual(before);
  });

  test('names the row of a target that is missing or not numeric, and accepts numbers as words', async () => {
    const model = await modelFor('price');
    const server = await started(model, { learn: true, out: path.join(newFolder(), 'model.safetensors') });
    for (const [rows, message] of [
      [{}, 'row 1, column "price": the target is missing'],
      [[{ price: 5 }, { price: null }], 'row 2, column "price": the target is missing'],
      ['{"price":1e400}', 'row 1, column "price": the target is not finite'],
      ['{"price":"-inf"}', 'row 1, column "price": the target is not finite'],
      [[{ price: 5 }, { price: 'dear' }], 'row 2, column "price": Expected a number but received "dear"'],
    ] as const) {
      const { status, answer } = await post(server, '/learn', rows);
      expect([status, answer.message]).toEqual([400, message]);
    }
    expect((await post(server, '/learn', [{ price: 5 }, { price: '5' }])).status).toBe(200);
  });

  test('queues `queue` requests and refuses more', async () => {
    const server = await started(await modelFor('plan'), {
      learn: true,
      out: path.join(newFolder(), 'model.safetensors'),
      queue: 2,
    });
    const rows = people(1000).map(({ id, price, ...row }) => row);
    const replies = await Promise.all(Array.from({ length: 8 }, () => post(server, '/learn', rows)));
    const statuses = replies.map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses).toContain(503);
    const refused = replies.find(({ status }) => status === 503)!;
    expect([refused.headers.get('retry-after'), refused.answer.code]).toEqual(['1', 'ERR_OVERLOADED']);
    expect((await metricsOf(server)).get('glissade_learn_queue_length')).toBe(0);
    expect((await post(server, '/learn', rows)).status).toBe(200);
  });

  test('reports that it cannot save, and continues', async () => {
    const folder = newFolder();
    const server = await started(await modelFor('price'), {
      learn: true,
      out: path.join(folder, 'nowhere', 'model.safetensors'),
      saveSeconds: 0.05,
    });
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await post(server, '/learn', { ...person, price: 100 });
    const failures = async () => (await metricsOf(server)).get('glissade_failed_saves_total') ?? 0;
    const saves = async () => (await metricsOf(server)).get('glissade_saves_total') ?? 0;
    while ((await failures()) < 1);
    expect((await post(server, '/predict', person)).status).toBe(200);
    fs.mkdirSync(path.join(folder, 'nowhere')); // later saves are attempted
    while ((await saves()) < 1);
    fs.rmSync(path.join(folder, 'nowhere'), { recursive: true });
    await post(server, '/learn', { ...person, price: 100 });
    servers.length = 0;
    await expect(server.close()).rejects.toThrow(/can't write .*nowhere/);
    expect(warned).toHaveBeenCalledWith(expect.stringContaining("can't write"), expect.anything());
    warned.mockRestore();
  });
});

describe('shutdown', () => {
  test('answers requests under way, takes no new connections, and saves', async () => {
    const out = path.join(newFolder(), 'model.safetensors');
    const server = await started(await modelFor('plan'), { learn: true, out });
    const text = JSON.stringify({ ...person, plan: plans[0] });
    const request = http.request(`${server.url}/learn`, { method: 'POST', headers: json });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject);
    });
    request.write(text.slice(0, 10));
    while ((await metricsOf(server)).get('glissade_in_flight_bytes') !== 10);
    const { url } = server;
    const closing = server.close();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    request.end(text.slice(10));
    const response = await answered;
    expect([response.statusCode, response.headers.connection]).toEqual([200, 'close']);
    response.resume();
    await closing;
    expect((await loadTableModel(out)).predict(person)).toBe(server.model.predict(person));
  });

  // Neither the grace period nor a time limit ends what these tests wait for.
  const patient = { graceSeconds: 3600, timeoutSeconds: 3600 };

  test('does not wait for connections on which no request is under way', async () => {
    const out = path.join(newFolder(), 'model.safetensors');
    const server = await started(await modelFor('plan'), { learn: true, out, ...patient });
    const port = Number(new URL(server.url).port);
    const sockets = ['', 'POST /learn HTTP/1.1\r\nhost:'].map((sent) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write(sent));
      return socket.on('error', () => {});
    });
    while ((await metricsOf(server)).get('glissade_connections')! < 3);
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
    await post(server, '/learn', { ...person, plan: 'gold' });
    await server.close();
    expect((await loadTableModel(out)).network.parameters).toEqual(server.model.network.parameters);
    await closed;
  });

  test('saves what was learnt before the last connection closes', async () => {
    const out = path.join(newFolder(), 'model.safetensors');
    const server = await started(await modelFor('plan'), { learn: true, out, ...patient, saveSeconds: 3600 });
    const row = JSON.stringify({ ...person, plan: 'gold' });
    const request = () => {
      const one = http.request(`${server.url}/learn`, { method: 'POST', headers: json });
      one.on('error', () => {}).write(row.slice(0, 10));
      return one;
    };
    const [first, second] = [request(), request()];
    while ((await metricsOf(server)).get('glissade_in_flight_bytes') !== 20);
    await post(server, '/learn', row);
    let hasEnded = false;
    const closing = server.close().then(() => (hasEnded = true));
    const saved = async (parameters: ArrayLike<number>) => {
      const isSaved = async () =>
        fs.existsSync(out) &&
        Buffer.compare(bytesOf((await loadTableModel(out)).network.parameters), bytesOf(parameters)) === 0;
      while (!(await isSaved())) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await saved(server.model.network.parameters);
    const answered = once(first, 'response');
    first.end(row.slice(10)); // is still under way, and is learnt
    (await answered)[0].resume();
    await saved(server.model.network.parameters);
    expect(hasEnded).toBe(false);
    second.destroy();
    await closing;
  });

  test('gives an incomplete request the usual time to arrive', async () => {
    const server = await started(models.price, { graceSeconds: 3600, timeoutSeconds: 1 });
    const request = http.request(`${server.url}/predict`, { method: 'POST', headers: json });
    request.on('error', () => {}).write('{');
    while ((await metricsOf(server)).get('glissade_in_flight_bytes') !== 1);
    await server.close();
  });

  test('does not wait for clients that never finish their requests', async () => {
    // Only the grace period can end the request: its own time limit is an hour.
    const server = await started(models.price, { graceSeconds: 0.2, timeoutSeconds: 3600 });
    const request = http.request(`${server.url}/predict`, { method: 'POST', headers: json });
    request.on('error', () => {});
    request.write('{');
    while ((await metricsOf(server)).get('glissade_in_flight_bytes') !== 1);
    await server.close();
  });
});

test.each([2.0005, 0.0001, 1e-9, 1e7])('rounds a time limit of %d s to what timers accept', async (timeoutSeconds) => {
  const server = await started(models.price, { timeoutSeconds, graceSeconds: timeoutSeconds, port: 0 });
  expect(server.url).toMatch(/^http/);
});

test('refuses wrong options', async () => {
  for (const [options, message] of [
    [{ prot: 1 }, 'Did you mean "port"?'],
    [{ port: 70_000 }, 'port'],
    [{ host: '' }, 'host'],
    [{ learn: true }, 'learn needs out'],
    [{ queue: 3 }, 'queue is for a model that learns'],
    [{ bodyBytes: 0 }, 'bodyBytes'],
    [{ timeoutSeconds: 0 }, 'timeoutSeconds'],
    [{ requestRows: 0 }, 'requestRows'],
    [{ connections: 0.5 }, 'connections'],
    [{ clientShare: 0 }, 'Expected a number in (0, 1] for clientShare but received 0'],
    [{ inFlightBytes: 1 }, 'inFlightBytes: the reply to a row takes'],
    [{ bodyBytes: 1, clientShare: 0.01 }, 'clientShare × inFlightBytes = 0.01 × 64; give at least'],
    [{ learnRows: 3 }, 'learnRows is for a model that learns'],
    [{ idempotencyKeys: 3 }, 'idempotencyKeys is for a model that learns'],
    [{ learn: true, out: 'm', idempotencyKeys: 100_001 }, 'from 1 to 100000 for idempotencyKeys'],
  ] as [ServeOptions, string][])
    await expect(serveModel(models.price, { port: 0, ...options })).rejects.toThrow(message);
  await expect(serveModel({} as TableModel)).rejects.toThrow('a TableModel');
  const { url } = await started(models.price);
  const taken = serveModel(models.price, { port: Number(new URL(url).port) });
  await expect(taken).rejects.toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining('in use') });
});
