import type { ModelServer } from '../../../lib/tables/serving/model_server';
import { loadTableModel, type TableModel } from '../../../lib/tables/table_model';
import { metricsOf, post, started } from '../../support/model_servers';
import { modelFor, people } from '../../support/people';

const rows = people(300, 5).map(({ age, city, income }) => ({ age, city, income }));
const models = {} as Record<'plan' | 'price', TableModel>;
const shadows = {} as Record<'plan' | 'price', TableModel>;

beforeAll(async () => {
  for (const target of ['plan', 'price'] as const) {
    models[target] = await modelFor(target);
    shadows[target] = await modelFor(target, 150);
  }
});

/** The metrics once the shadow has done with some rows. */
async function metricsAfter(server: ModelServer, count: number): Promise<Map<string, number>> {
  for (;;) {
    const metrics = await metricsOf(server);
    const done = ['rows', 'failed_rows', 'left_out_rows'].map((name) => metrics.get(`glissade_shadow_${name}_total`)!);
    if (done.reduce((sum, one) => sum + one, 0) >= count) return metrics;
    await new Promise(setImmediate);
  }
}

const meanOf = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

test('measures how far two models of numbers agree; replies are those of the first', async () => {
  const [model, shadow] = [models.price, shadows.price];
  const server = await started(model, { shadow });
  const { answer } = await post(server, '/predict', rows);
  expect(answer).toEqual(model.predict(rows).map((prediction) => ({ prediction })));
  const metrics = await metricsAfter(server, 300);
  const [ours, theirs] = [model.predict(rows) as number[], shadow.predict(rows) as number[]];
  const expected = meanOf(ours.map((x, i) => Math.abs(x - theirs[i]!)));
  expect(expected).toBeGreaterThan(0.1);
  expect(metrics.get('glissade_shadow_rows_total')).toBe(300);
  expect(metrics.get('glissade_shadow_difference_total')! / 300).toBeCloseTo(expected, 6);
  expect(metrics.get(`glissade_shadow_info{version="${shadow.version()}"}`)).toBe(1);
  const health = await (await fetch(`${server.url}/health`)).json();
  expect(health.shadow).toEqual({ version: shadow.version(), rows: 300, meanDifference: expect.closeTo(expected, 6) });
});

test('measures the agreement of classes, in any order', async () => {
  const [model, shadow] = [models.plan, shadows.plan];
  const server = await started(model, { shadow });
  await post(server, '/predict', rows);
  const metrics = await metricsAfter(server, 300);
  const equal = model.predict(rows).filter((one, i) => one === shadow.predict(rows)[i]).length;
  const [ours, theirs] = [model.predictProbabilities(rows), shadow.predictProbabilities(rows)];
  const difference = meanOf(
    ours.flatMap((of, i) => Object.keys(of).map((name) => Math.abs(of[name]! - theirs[i]![name]!))),
  );
  expect(metrics.get('glissade_shadow_agreeing_rows_total')).toBe(equal);
  expect(metrics.get('glissade_shadow_difference_total')! / 300).toBeCloseTo(difference, 6);
  const { shadow: health } = await (await fetch(`${server.url}/health`)).json();
  expect(health.agreement).toBeCloseTo(equal / 300, 12);
});

test('never shows the failures of a shadow to clients', async () => {
  const broken = await loadTableModel(shadows.price.toBytes());
  broken.network.parameters.fill(Number.MAX_VALUE);
  const server = await started(models.price, { shadow: broken });
  const { status, answer } = await post(server, '/predict', rows);
  expect([status, answer.length]).toEqual([200, 300]);
  const metrics = await metricsAfter(server, 300);
  expect(metrics.get('glissade_shadow_failed_rows_total')).toBe(300);
  expect(metrics.get('glissade_shadow_rows_total')).toBe(0);
});

test('leaves rows out rather than keep more than 4096', async () => {
  const server = await started(models.price, { shadow: shadows.price });
  const many = Array.from({ length: 40 }, () => rows).flat();
  expect((await post(server, '/predict', many)).answer).toHaveLength(12_000);
  const metrics = await metricsAfter(server, 12_000);
  expect(metrics.get('glissade_shadow_rows_total')! + metrics.get('glissade_shadow_left_out_rows_total')!).toBe(12_000);
});

test('keeps the shadow at a reload, and compares it with the new model', async () => {
  const server = await started(models.price, { shadow: shadows.price });
  await server.reload(shadows.price);
  await post(server, '/predict', rows);
  const metrics = await metricsAfter(server, 300);
  expect(metrics.get('glissade_shadow_difference_total')).toBe(0);
});

test('refuses a shadow that predicts something else', async () => {
  await expect(started(models.price, { shadow: models.plan })).rejects.toThrow('it predicts "plan"');
  await expect(started(models.price, { shadow: 'model' as unknown as TableModel })).rejects.toThrow(
    'Expected a TableModel for shadow but received "model"',
  );
});
