import { TableModel } from '../../../lib/tables/table_model';
import { post, started } from '../../support/model_servers';
import { modelFor, people } from '../../support/people';

const models = {} as Record<'plan' | 'price', TableModel>;
beforeAll(async () => {
  for (const target of ['plan', 'price'] as const) models[target] = await modelFor(target);
});
const rows = people(100, 3).map(({ age, city, income }) => ({ age, city, income }));

test('a reply has intervals on request', async () => {
  const server = await started(models.price);
  const plain = (await post(server, '/predict', rows)).answer;
  expect(Object.keys(plain[0])).toEqual(['prediction']);
  for (const interval of [0.5, 0.9])
    expect((await post(server, `/predict?interval=${interval}`, rows)).answer).toEqual(
      models.price.predict(rows, { interval }),
    );
  const { answer } = await post(server, '/predict?interval=0.9&flags=1', rows[0]);
  expect(answer).toEqual({ ...models.price.predict(rows[0]!, { interval: 0.9 }), flags: [] });
});

test('all replies have the intervals of the option, unless a request asks for others', async () => {
  const server = await started(models.price, { interval: 0.8 });
  expect((await post(server, '/predict', rows)).answer).toEqual(models.price.predict(rows, { interval: 0.8 }));
  expect((await post(server, '/predict?flags=1', rows[0])).answer).toMatchObject(
    models.price.predict(rows[0]!, { interval: 0.8 }),
  );
  expect((await post(server, '/predict?interval=0.5', rows[0])).answer).toEqual(
    models.price.predict(rows[0]!, { interval: 0.5 }),
  );
  const { network, pipeline } = models.price;
  await expect(server.reload(new TableModel(network, pipeline))).rejects.toThrow('the model has no intervals');
});

test.each([
  ['1', 'for interval but received 1'],
  ['0', 'for interval but received "0"'],
  ['most', 'for interval but received "most"'],
  ['', 'for interval but received ""'],
  ['0.9999', 'an interval of 0.9999 is too high'],
])('a request for an interval of %j is refused', async (level, message) => {
  const server = await started(models.price);
  const { status, answer } = await post(server, `/predict?interval=${level}`, rows[0]);
  expect([status, answer.message]).toEqual([400, expect.stringContaining(message)]);
});

test('models that have no intervals are refused, or the requests are', async () => {
  const server = await started(models.plan);
  const { status, answer } = await post(server, '/predict?interval=0.9', rows[0]);
  expect([status, answer.message]).toEqual([400, expect.stringContaining('interval is for numbers')]);
  await expect(started(models.plan, { interval: 0.9 })).rejects.toThrow('interval is for numbers');
  await expect(started(models.price, { interval: 2 })).rejects.toThrow('for interval but received 2');
});
