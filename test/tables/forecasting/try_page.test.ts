/// <reference lib="dom" />
import type { Browser, Page } from 'puppeteer-core';
import { type ForecastModel, type ForecastServer, forecast, serveForecast, table } from '../../../lib/tables/index';
import { pageHeaders } from '../../../lib/tables/page/served_page';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';

const day = 86_400_000;
const start = Date.UTC(2024, 0, 1);
const wild = `</script><img src=x onerror='document.title = 1'>"`;

/** Values of two series; those of the last days are to be forecast. */
const rows = Array.from({ length: 126 }, (_, i) => {
  const place = Math.floor(i / 2);
  return {
    day: new Date(start + place * day),
    store: i % 2 === 0 ? wild : 'south',
    offer: place % 7 === 5 ? 'yes' : 'no',
    sales: place < 60 ? 20 + (i % 2) * 10 + (place % 7) + Math.sin(i * i) : null,
  };
});

let model: ForecastModel;
const servers: ForecastServer[] = [];
beforeAll(async () => {
  const options = { time: 'day', target: 'sales', by: 'store', known: ['offer'], horizon: 3, folds: 2 };
  ({ model } = await forecast(await table(rows), { ...options, methods: ['linear'] }));
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function started(options: { page?: boolean } = {}): Promise<ForecastServer> {
  const server = await serveForecast(model, { port: 0, ...options });
  servers.push(server);
  return server;
}

test('GET / is served with the option alone, and then no requests of other sites', async () => {
  const without = await fetch(`${(await started()).url}/`);
  expect([without.status, (await without.json()).message]).toEqual([404, 'there is /forecast, /health, not /']);
  const { url } = await started({ page: true });
  const response = await fetch(`${url}/`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  for (const [name, value] of Object.entries(pageHeaders)) expect(response.headers.get(name)).toBe(value);
  expect(await response.text()).toContain('<h1>Forecast sales</h1>');
  expect((await fetch(`${url}/`, { method: 'POST' })).status).toBe(405);
  const foreign = await fetch(`${url}/health`, { headers: { 'sec-fetch-site': 'cross-site' } });
  expect(foreign.status).toBe(403);
});

describeInBrowser('the page of a model of forecasts', () => {
  let browser: Browser;
  let page: Page;
  let messages: string[];
  let url: string;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    ({ url } = await started({ page: true }));
    ({ page, messages } = await openPage(browser, url, { width: 360 }));
  });
  afterEach(() => page.close());

  const textOf = (selector: string) => page.$eval(selector, (one) => one.textContent!);
  const shown = (expected: string) =>
    page.waitForFunction((expected) => document.querySelector('#reply')!.textContent === expected, {}, expected);
  const cells = () =>
    page.$$eval('#details table', (tables) =>
      (tables as HTMLTableElement[]).map((one) => [
        one.caption!.textContent,
        ...Array.from(one.tBodies[0]!.rows, (row) => [row.cells[0]!.textContent, Number(row.cells[1]!.textContent)]),
      ]),
    );
  const expectedCells = (answer: { series: string; time: string; prediction: number }[]) =>
    [wild, 'south'].map((name) => [
      name,
      ...answer
        .filter(({ series }) => series === name)
        .map(({ time, prediction }) => [time.slice(0, 10), Number(prediction.toPrecision(6))]),
    ]);

  test('forecasts after the training rows, and after rows that are added', async () => {
    await page.click('button[type=submit]');
    const first = await (await fetch(`${url}/forecast`)).text();
    await shown(first);
    expect(await cells()).toEqual(expectedCells(JSON.parse(first)));
    expect(await textOf('#headline')).toBe('2024-03-01 to 2024-03-03');
    expect(await textOf('#curl')).toBe(`curl '${url}/forecast'`);

    await page.click('#add');
    expect(await page.$eval('.recent input', (one) => (one as HTMLInputElement).value)).toBe('2024-03-01');
    const [store, offer] = await page.$$('.recent select');
    await store!.select(JSON.stringify('south'));
    await offer!.select(JSON.stringify('yes'));
    const row = { day: '2024-03-01', store: 'south', sales: null, offer: 'yes' };
    await page.click('button[type=submit]');
    const body = JSON.stringify([row]);
    const headers = { 'content-type': 'application/json' };
    const changed = await (await fetch(`${url}/forecast`, { method: 'POST', headers, body })).text();
    await shown(changed);
    expect(changed).not.toBe(first);
    expect(await textOf('#curl')).toBe(`curl '${url}/forecast' -H 'content-type: application/json' -d '${body}'`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);

    await page.click('#add');
    expect(
      await page.$$eval('.recent label', (all) => new Set(all.map((one) => (one as HTMLLabelElement).control)).size),
    ).toBe(8);
    for (let left = 2; left > 0; --left) await page.click('.remove');
    await shown(first);
    expect(messages).toEqual([]);
    expect([await page.title(), (await page.$$('img')).length]).toEqual(['Forecast sales', 0]);
  });

  test('a refusal is shown at the row that it names', async () => {
    await page.click('#add');
    await page.click('#add');
    await page.evaluate(() => {
      const message = 'row 2, column "sales": Expected a number but received "x"';
      window.fetch = async () => new Response(JSON.stringify({ code: 'ERR', message }), { status: 400 });
    });
    await page.click('button[type=submit]');
    await page.waitForSelector('.recent:nth-child(2) [aria-invalid]');
    expect(await page.$$('.recent:nth-child(1) [aria-invalid]')).toHaveLength(0);
    expect(await textOf('.error:not([hidden], #headline)')).toBe('Expected a number but received "x"');
  });
});
