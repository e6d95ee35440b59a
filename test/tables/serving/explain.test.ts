import { table } from '../../../lib/tables/open';
import type { TableModel } from '../../../lib/tables/table_model';
import { train } from '../../../lib/tables/train/train';
import { folders } from '../../support/folders';
import { post, started } from '../../support/model_servers';
import { modelFor, people } from '../../support/people';

const newFolder = folders();
const models = {} as Record<'plan' | 'price', TableModel>;
beforeAll(async () => {
  for (const target of ['plan', 'price'] as const) models[target] = await modelFor(target);
});
const rows = people(130, 3).map(({ age, city, income }) => ({ age, city, income }));

test.each(['plan', 'price'] as const)('a reply explains the prediction of %s on request', async (target) => {
  const server = await started(models[target]);
  const plain = (await post(server, '/predict', rows[0])).answer;
  expect(plain).not.toHaveProperty('explanation');
  const { answer } = await post(server, '/predict?explain=1&flags=1', rows[0]);
  const { prediction, ...explanation } = models[target].explain(rows[0]!);
  expect(answer).toEqual({ ...plain, explanation, flags: [] });
  expect(answer.prediction).toEqual(prediction);
  const many = (await post(server, '/predict?explain=1', rows)).answer;
  expect(many.map((one: { explanation: unknown }) => one.explanation)).toEqual(
    models[target].explain(rows).map(({ prediction: _, ...rest }) => rest),
  );
  const wrong = await post(server, '/predict?explain=all', rows[0]);
  expect([wrong.status, wrong.answer.message]).toEqual([400, 'Expected 0 or 1 for explain but received "all"']);
});

test('a server that learns explains what the model predicts now', async () => {
  const model = await modelFor('price');
  const server = await started(model, { learn: true, learningRate: 0.05, out: `${newFolder()}/model.safetensors` });
  const before = (await post(server, '/predict?explain=1', rows[0])).answer;
  await post(
    server,
    '/learn',
    rows.map((row) => ({ ...row, price: 300 })),
  );
  const { prediction, explanation } = (await post(server, '/predict?explain=1', rows[0])).answer;
  expect(Math.abs(prediction - before.prediction)).toBeGreaterThan(0.1);
  expect(explanation.value).toBeCloseTo(prediction, 3);
});

test('a model that cannot be explained says so', async () => {
  const data = await table(people(100));
  const { model } = await train(data, {
    target: 'price',
    quantiles: [0.1, 0.9],
    epochs: 1,
    hidden: [],
    validation: 0.2,
  });
  const { status, answer } = await post(await started(model), '/predict?explain=1', rows[0]);
  expect([status, answer.message]).toEqual([400, expect.stringContaining('predicts several quantiles')]);
});
