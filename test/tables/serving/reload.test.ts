import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { table } from '../../../lib/tables/open';
import type { ModelServer } from '../../../lib/tables/serving/model_server';
import { loadTableModel, TableModel } from '../../../lib/tables/table_model';
import { train } from '../../../lib/tables/train/train';
import { folders } from '../../support/folders';
import { metricsOf, post, started } from '../../support/model_servers';
import { modelFor, people } from '../../support/people';

const newFolder = folders();
const person = { age: 41, city: 'Bern', income: 5200 };

/** A model of the same columns and target with another result: the one given, with its parameters changed. */
async function changed(model: TableModel, change: number): Promise<TableModel> {
  const copy = await loadTableModel(model.toBytes());
  copy.network.parameters.set(copy.network.parameters.map((x) => x * change));
  return copy;
}

let models: TableModel[];
let plan: TableModel;
beforeAll(async () => {
  const model = await modelFor('price');
  models = [model, await changed(model, 0.9), await changed(model, 1.1)];
  plan = await modelFor('plan', 60);
});
afterEach(() => jest.restoreAllMocks());

/** A model that predicts the plan of rows, after a short training. */
async function serveable(rows: readonly Record<string, unknown>[]): Promise<TableModel> {
  const { model } = await train(await table(rows), { target: 'plan', epochs: 1, validation: 0.2, hidden: [] });
  return model;
}

const healthOf = async (server: ModelServer) => (await fetch(`${server.url}/health`)).json();

describe('the version of a model', () => {
  test('is a digest of its file', async () => {
    const file = path.join(newFolder(), 'model.safetensors');
    await models[0]!.save(file);
    const digest = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
    expect(models[0]!.version()).toBe(digest.slice(0, 12));
    expect(new Set(models.map((model) => model.version())).size).toBe(3);
  });

  test('is in the health, the metrics and each reply', async () => {
    const server = await started(models[0]!);
    const version = models[0]!.version();
    expect((await healthOf(server)).version).toBe(version);
    expect((await metricsOf(server)).get(`glissade_model_info{version="${version}"}`)).toBe(1);
    for (const [route, body] of [
      ['/predict', person],
      ['/predict', { age: 'old' }],
      ['/nowhere', person],
    ] as const)
      expect((await post(server, route, body)).headers.get('x-model-version')).toBe(version);
  });

  test('of a model that learns has the number of steps', async () => {
    const model = await changed(models[0]!, 1.01);
    const version = model.version();
    const server = await started(model, { learn: true, out: path.join(newFolder(), 'out.safetensors') });
    const reply = await post(server, '/learn', { ...person, price: 90 });
    expect(reply.headers.get('x-model-version')).toBe(`${version}+1`);
    expect((await healthOf(server)).version).toBe(`${version}+1`);
  });
});

describe('reload', () => {
  test('loses no request under load, and each reply is that of its version', async () => {
    const server = await started(models[0]!);
    const rows = people(200).map(({ age, city, income }) => ({ age, city, income })); // several pieces
    const answers = new Map(models.map((model) => [model.version(), model.predict(rows)]));
    const versions = new Set<string>();
    let [sent, isOver] = [0, false];
    const client = async () => {
      while (!isOver) {
        sent += 1;
        const { status, headers, answer } = await post(server, '/predict', rows);
        const version = headers.get('x-model-version')!;
        expect(status).toBe(200);
        expect(answer.map(({ prediction }: { prediction: number }) => prediction)).toEqual(answers.get(version));
        versions.add(version);
      }
    };
    const clients = Array.from({ length: 20 }, client);
    for (let i = 1; i <= 8; ++i) {
      const before = sent;
      while (sent < before + 40) await new Promise(setImmediate);
      await server.reload(models[i % 3]!);
      expect(server.model).toBe(models[i % 3]);
    }
    isOver = true;
    await Promise.all(clients);
    const metrics = await metricsOf(server);
    expect(sent).toBeGreaterThanOrEqual(320);
    expect(metrics.get('glissade_requests_total{path="/predict",status="200"}')).toBe(sent);
    expect(metrics.get('glissade_reloads_total')).toBe(8);
    expect(versions.size).toBe(3);
  });

  test('answers a request with the model that it began with', async () => {
    const server = await started(models[0]!);
    const rows = people(3000).map(({ age, city, income }) => ({ age, city, income }));
    const reply = post(server, '/predict', rows);
    while ((await metricsOf(server)).get('glissade_in_flight_bytes') === 0);
    await server.reload(models[1]!);
    const { headers, answer } = await reply;
    const used = models.find((model) => model.version() === headers.get('x-model-version'))!;
    expect(answer.map(({ prediction }: { prediction: number }) => prediction)).toEqual(used.predict(rows));
  });

  test('follows its file, and keeps the model while the file is damaged, or of another model', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const file = path.join(newFolder(), 'model.safetensors');
    await models[0]!.save(file);
    const server = await started(await loadTableModel(file), { reloadFrom: file });
    const until = async (name: string, count: number) => {
      while ((await metricsOf(server)).get(name) !== count) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await models[1]!.save(file);
    await until('glissade_reloads_total', 1);
    expect((await healthOf(server)).version).toBe(models[1]!.version());
    const bytes = models[2]!.toBytes();
    fs.writeFileSync(file, bytes.subarray(0, bytes.length / 2));
    await until('glissade_failed_reloads_total', 1);
    await plan.save(file);
    await until('glissade_failed_reloads_total', 2);
    expect((await healthOf(server)).version).toBe(models[1]!.version());
    expect(warned.mock.calls[1]![0]).toBe(
      `${file}: the model does not fit the served one: it predicts "plan", but the served model predicts "price"; the server goes on with version ${models[1]!.version()}`,
    );
    expect(warned.mock.calls[1]![1]).toMatchObject({ code: 'GLISSADE_NOT_RELOADED' });
    fs.rmSync(file);
    await models[2]!.save(file);
    await until('glissade_reloads_total', 2);
    expect((await post(server, '/predict', person)).answer).toEqual({ prediction: models[2]!.predict(person) });
    await server.reload(); // the same file
    expect((await metricsOf(server)).get('glissade_reloads_total')).toBe(2);
  });

  test('refuses models that do not fit, and keeps the one that it has', async () => {
    const server = await started(models[0]!, { strict: true });
    const { network, pipeline, about } = models[0]!;
    for (const [other, message] of [
      [plan, 'it predicts "plan", but the served model predicts "price"'],
      [path.join(newFolder(), 'none'), 'no such file'],
      [3 as unknown as string, 'Expected'],
    ] as const)
      await expect(server.reload(other)).rejects.toThrow(message);
    const { distributions: _, ...without } = about;
    await expect(server.reload(new TableModel(network, pipeline, without))).rejects.toThrow('strict: the model');
    expect(server.model).toBe(models[0]);
    expect((await metricsOf(server)).get('glissade_failed_reloads_total')).toBe(4);
    await expect(server.reload()).rejects.toThrow('reload: give a model or a file');

    const wide = new TableModel(network, pipeline, { report: { kinds: { phone: 'identifier' } } });
    await expect((await started(wide)).reload(models[1]!)).rejects.toThrow(
      'it knows no column "phone", which clients may send; train it on a table that has the column',
    );
    await expect((await started(wide, { lenient: true })).reload(models[1]!)).resolves.toBeUndefined();
    await expect((await started(models[1]!)).reload(wide)).resolves.toBeUndefined();
  });

  test('refuses a model for other classes', async () => {
    const rows = people(60).map(({ age, plan: of }) => ({ age, plan: of }));
    const all = await serveable(rows);
    const fewer = await serveable(rows.map((row) => ({ ...row, plan: row.plan === 'family' ? 'gold' : row.plan })));
    const numbers = await serveable(rows.map((row, i) => ({ ...row, plan: 1.5 * i })));
    const server = await started(all);
    await expect(server.reload(fewer)).rejects.toThrow(
      'its classes are basic, gold, but those of the served model are basic, family, gold',
    );
    await expect(server.reload(numbers)).rejects.toThrow('its task is regression');
    const more = await serveable(rows.map((row, i) => ({ ...row, height: i % 7 })));
    await expect(server.reload(more)).rejects.toThrow('it reads the column "height"');
  });

  test('is not for a server that learns', async () => {
    const out = path.join(newFolder(), 'out.safetensors');
    const server = await started(await changed(models[0]!, 1.02), { learn: true, out });
    await expect(server.reload(models[1]!)).rejects.toThrow('reload: the server learns');
    await expect(started(models[0]!, { learn: true, out, reloadFrom: out })).rejects.toThrow(
      'reloadFrom would replace what a model has learnt: leave out learn',
    );
  });
});
