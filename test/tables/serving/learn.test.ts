import http from 'node:http';
import path from 'node:path';
import type { ModelServer } from '../../../lib/tables/serving/model_server';
import type { ServeOptions } from '../../../lib/tables/serving/options';
import { loadTableModel, type TableModel } from '../../../lib/tables/table_model';
import { Trainer } from '../../../lib/training/trainer';
import { folders } from '../../support/folders';
import { json, metricsOf, post, servers, started } from '../../support/model_servers';
import { testOnLinux } from '../../support/on_linux';
import { modelFor, people } from '../../support/people';

const newFolder = folders();
afterEach(() => jest.restoreAllMocks());

const lesson = (rows: number, seed = 1) => people(rows, seed).map(({ id, price, ...row }) => row);

async function learning(options: ServeOptions = {}, given?: TableModel) {
  const out = path.join(newFolder(), 'model.safetensors');
  const model = given ?? (await modelFor('plan'));
  return { server: await started(model, { learn: true, out, saveSeconds: 1000, ...options }), model, out };
}

/** Makes steps wait. `begun` resolves when the numbered step is requested, and the step is taken after `go`. */
function gateAt(number: number) {
  const real = Trainer.prototype.stepAsync;
  let go = () => {};
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  let steps = 0;
  jest.spyOn(Trainer.prototype, 'stepAsync').mockImplementation(async function (this: Trainer, ...args) {
    steps += 1;
    if (steps === number) {
      begin();
      await gate;
    }
    return real.apply(this, args);
  });
  return { begun, go: () => go() };
}

/** Sends rows on a connection that is closed by `leave`. */
function sent(server: ModelServer, rows: unknown, headers: Record<string, string> = {}) {
  const request = http.request(`${server.url}/learn`, { method: 'POST', headers: { ...json, ...headers } });
  const closed = new Promise((resolve) => request.on('error', resolve).on('close', resolve));
  request.end(JSON.stringify(rows));
  return { leave: () => void request.destroy(), closed };
}

async function until(server: ModelServer, name: string, value: number): Promise<void> {
  while ((await metricsOf(server)).get(name) !== value) await new Promise((resolve) => setTimeout(resolve, 5));
}

const learntRows = async (server: ModelServer) => (await metricsOf(server)).get('glissade_rows_learnt_total');

test('no time limit ends a request while its reply is being computed', async () => {
  const seconds = 0.2;
  const { server } = await learning({ timeoutSeconds: seconds });
  const { begun, go } = gateAt(2);
  const reply = post(server, '/learn', lesson(600));
  await begun;
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds * 5));
  go();
  expect(await reply).toMatchObject({ status: 200, answer: { rows: 600, steps: 3 } });
  expect(await learntRows(server)).toBe(600);
});

test('learns nothing of a request if one of its steps is refused', async () => {
  const { server, model } = await learning({ learningRate: 0.01 }, await modelFor('price'));
  const rows = people(600).map(({ id, plan, ...row }) => row);
  expect((await post(server, '/learn', rows)).status).toBe(200);
  const before = model.network.parameters.slice();
  const far = [...rows.slice(0, 599), { ...rows[0], price: 1e300 }];
  const refused = await post(server, '/learn', far);
  expect([refused.status, refused.answer.code]).toEqual([400, 'ERR_NON_FINITE']);
  expect(model.network.parameters).toEqual(before);
  expect(await learntRows(server)).toBe(600);
  expect(await post(server, '/learn', rows)).toMatchObject({ status: 200, answer: { rows: 600, steps: 6 } });
  expect(model.network.parameters).not.toEqual(before);
});

test('a request is learnt completely if it has begun when its client leaves, and otherwise not at all', async () => {
  const { server } = await learning();
  const { begun, go } = gateAt(2);
  const first = sent(server, lesson(600));
  await begun;
  const second = sent(server, lesson(300));
  await until(server, 'glissade_learn_queue_length', 2);
  second.leave();
  await until(server, 'glissade_learn_queue_length', 1);
  first.leave();
  await Promise.all([first.closed, second.closed]);
  await until(server, 'glissade_requests_total{path="/learn",status="499"}', 2);
  go();
  await until(server, 'glissade_learn_queue_length', 0);
  const samples = await metricsOf(server);
  expect([samples.get('glissade_rows_learnt_total'), samples.get('glissade_abandoned_total')]).toEqual([600, 1]);
  expect(samples.get('glissade_in_flight_bytes')).toBe(0);
});

test('saves the model between requests', async () => {
  const { server, model, out } = await learning({ graceSeconds: 0.05 });
  const { begun, go } = gateAt(2);
  const { closed } = sent(server, lesson(600));
  await begun;
  servers.length = 0;
  const end = server.close();
  await closed; // after the grace period
  go();
  await end;
  expect((await loadTableModel(out)).network.parameters).toEqual(model.network.parameters);
});

test('bounds the rows of a request', async () => {
  const { server } = await learning({ learnRows: 5 });
  expect((await post(server, '/learn', lesson(5))).status).toBe(200);
  const { status, answer } = await post(server, '/learn', lesson(6));
  expect([status, answer.message]).toEqual([413, 'the body has more than 5 rows: send fewer at once']);
  expect(await learntRows(server)).toBe(5);
});

testOnLinux('a client that teaches much leaves places in the queue, and waits behind others', async () => {
  const { server } = await learning({ queue: 8 });
  const { begun, go } = gateAt(2);
  const greedy = Array.from({ length: 8 }, () => post(server, '/learn', lesson(500)));
  await begun;
  await until(server, 'glissade_refused_total{limit="queue",of="client"}', 4);
  const order: string[] = [];
  for (const reply of greedy) void reply.then(({ status }) => status === 200 && order.push('greedy'));
  const other = new Promise<void>((resolve, reject) => {
    const options = { method: 'POST', headers: json, localAddress: '127.0.0.2' };
    const request = http.request(`${server.url}/learn`, options, (response) => {
      order.push(`other ${response.statusCode}`);
      response.resume().on('end', resolve);
    });
    request.on('error', reject).end(JSON.stringify(lesson(1)));
  });
  await until(server, 'glissade_learn_queue_length', 5);
  go();
  await Promise.all([...greedy, other]);
  expect(order.filter((one) => one === 'greedy')).toHaveLength(4);
  expect(order.slice(0, 3)).toContain('other 200'); // after the request that was being learnt
});

describe('an Idempotency-Key', () => {
  const key = { ...json, 'idempotency-key': '"8e03978e-40d5-43dd-bc93-6894a57f9324"' };

  test('makes a retry safe', async () => {
    const { server } = await learning();
    const first = await post(server, '/learn', lesson(3), key);
    const again = await post(server, '/learn', lesson(3), {
      ...key,
      'idempotency-key': key['idempotency-key'].slice(1, -1),
    });
    expect(first.answer).toMatchObject({ rows: 3, steps: 1 });
    expect(again).toMatchObject({ status: 200, answer: first.answer });
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    const other = await post(server, '/learn', lesson(3, 2), key);
    expect([other.status, other.answer.code]).toEqual([422, 'ERR_KEY_REUSED']);
    const samples = await metricsOf(server);
    expect(samples.get('glissade_rows_learnt_total')).toBe(3);
    expect(samples.get('glissade_replayed_total')).toBe(1);
    expect(samples.get('glissade_idempotency_keys')).toBe(1);
  });

  test('is refused for now while its request is under way, even if the client has left', async () => {
    const { server } = await learning();
    const { begun, go } = gateAt(1);
    const first = sent(server, lesson(3), key);
    await begun;
    first.leave();
    await first.closed;
    const second = await post(server, '/learn', lesson(3), key);
    expect([second.status, second.answer.code, second.headers.get('retry-after')]).toEqual([
      409,
      'ERR_IN_PROGRESS',
      '1',
    ]);
    go();
    await until(server, 'glissade_learn_queue_length', 0);
    const third = await post(server, '/learn', lesson(3), key);
    expect([third.status, third.answer.rows, third.headers.get('idempotent-replayed')]).toEqual([200, 3, 'true']);
    expect(await learntRows(server)).toBe(3);
  });

  test('is free again after a request that was refused', async () => {
    const { server } = await learning();
    expect((await post(server, '/learn', [{ age: 'old' }], key)).status).toBe(400);
    expect((await post(server, '/learn', lesson(3), key)).status).toBe(200);
    for (const bad of ['', 'x'.repeat(256), 'with space'])
      expect(await post(server, '/learn', lesson(3), { ...json, 'idempotency-key': bad })).toMatchObject({
        status: 400,
        answer: { message: expect.stringContaining('Idempotency-Key must have 1 to 255 visible ASCII characters') },
      });
    expect(await learntRows(server)).toBe(3);
  });

  test('is forgotten after `idempotencyKeys` others', async () => {
    const { server } = await learning({ idempotencyKeys: 2 });
    for (const name of ['a', 'b', 'c', 'a', 'c'])
      expect((await post(server, '/learn', lesson(1), { ...json, 'idempotency-key': name })).status).toBe(200);
    expect(await learntRows(server)).toBe(4); // c was remembered
    expect((await metricsOf(server)).get('glissade_idempotency_keys')).toBe(2);
  });

  test('is saved with the model, so a restarted server knows which requests its parameters contain', async () => {
    const { server, out } = await learning();
    const first = await post(server, '/learn', lesson(3), key);
    await server.close();
    const { server: again, model } = await learning({}, await loadTableModel(out));
    const parameters = model.network.parameters.slice();
    expect((await post(again, '/learn', lesson(3), key)).answer).toEqual(first.answer);
    expect(model.network.parameters).toEqual(parameters);
    expect((await post(again, '/learn', lesson(3, 2), key)).status).toBe(422);
    expect(model.about.report).toBeDefined();
  });
});
