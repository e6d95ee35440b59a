import {
  type ForecastModel,
  type ForecastServer,
  forecast,
  type ServeForecastOptions,
  serveForecast,
  table,
} from '../../../lib/tables/index.js';

const day = 86_400_000;
const start = Date.UTC(2024, 0, 1);
const rowOf = (i: number) => ({ day: new Date(start + i * day), sales: 20 + (i % 7) + Math.sin(i * i) });

let model: ForecastModel;
const servers: ForecastServer[] = [];

beforeAll(async () => {
  const rows = await table(Array.from({ length: 60 }, (_, i) => rowOf(i)));
  ({ model } = await forecast(rows, { time: 'day', target: 'sales', horizon: 3, folds: 2, methods: ['linear'] }));
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function started(options: ServeForecastOptions = {}): Promise<ForecastServer> {
  const server = await serveForecast(model, { port: 0, ...options });
  servers.push(server);
  return server;
}

async function post(server: ForecastServer, body: string, type = 'application/json', path = '/forecast') {
  const response = await fetch(server.url + path, { method: 'POST', headers: { 'content-type': type }, body });
  return { status: response.status, answer: await response.json() };
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

test('recent rows get the forecasts of the times after them', async () => {
  const server = await started();
  const recent = [rowOf(60), rowOf(61)];
  const { status, answer } = await post(server, JSON.stringify(recent));
  expect(status).toBe(200);
  expect(answer).toEqual(plain(await model.forecast(recent)));
  expect(answer.map(({ time }: { time: string }) => time.slice(0, 10))).toEqual([
    '2024-03-03',
    '2024-03-04',
    '2024-03-05',
  ]);
  // Rows of a request are not kept.
  const first = await (await fetch(`${server.url}/forecast`)).json();
  expect(first).toEqual(plain(await model.forecast()));
  expect(await (await fetch(`${server.url}/health`)).json()).toEqual({
    ...{ status: 'ok', target: 'sales', horizon: 3, spacing: 'day', interval: 0.9, last: '2024-02-29' },
    ...{ method: 'linear', columns: ['day', 'sales'] },
  });
});

test('what does not fit is refused with its reason', async () => {
  const server = await started({ bodyBytes: 200 });
  const refused = async (status: number, message: RegExp, ...request: [string, string?, string?]) => {
    const { status: found, answer } = await post(server, ...request);
    expect([found, answer.message]).toEqual([status, expect.stringMatching(message)]);
  };
  await refused(400, /the body is not JSON/, '{');
  await refused(400, /not an array of rows/, '[1]');
  await refused(400, /has no column "day"|"day"/, '[{"sales": 3}]');
  await refused(413, /more than 200 bytes/, JSON.stringify([0, 1, 2, 3, 4, 5, 6].map(rowOf)));
  await refused(415, /application\/json/, '[]', 'text/plain');
  await refused(404, /there is \/forecast, \/health/, '[]', 'application/json', '/predict');
  await refused(405, /\/health takes GET/, '[]', 'application/json', '/health');
});

test('requests beyond the queue are refused', async () => {
  const server = await started({ queue: 1 });
  let release = () => {};
  const waiting = new Promise<[]>((resolve) => {
    release = () => resolve([]);
  });
  const begun = new Promise<void>((resolve) => {
    jest.spyOn(model, 'forecast').mockImplementationOnce(() => {
      resolve();
      return waiting;
    });
  });
  const first = post(server, '[]');
  await begun;
  const second = post(server, '[]');
  // If the second request were queued, it would get no reply until the first one is answered.
  const late = setTimeout(release, 3000);
  expect(await second).toMatchObject({ status: 503, answer: { code: 'ERR_OVERLOADED' } });
  clearTimeout(late);
  release();
  expect(await first).toEqual({ status: 200, answer: [] });
  expect((await post(server, '[]')).status).toBe(200);
});

test('options are checked', async () => {
  await expect(serveForecast(model, { prot: 1 } as never)).rejects.toThrow('Did you mean "port"?');
  await expect(serveForecast({} as never)).rejects.toThrow('Expected a model of forecasts for model');
});
