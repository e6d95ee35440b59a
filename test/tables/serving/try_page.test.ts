/// <reference lib="dom" />
import type { Browser } from 'puppeteer-core';
import { type TableModel, table, train } from '../../../lib/tables/index';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';
import { json, started } from '../../support/model_servers';
import { people } from '../../support/people';

const quick = { epochs: 3, validation: 0.2, hidden: [4] };

const modelOf = async (rows: readonly Record<string, unknown>[], target: string, more = {}) =>
  (await train(await table(rows), { target, ...quick, ...more })).model;

const rows = people(300).map(({ age, city, plan, price }) => ({ age, city, plan, price }));

describeInBrowser('the page of a served model', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  /** What the page of a model shows for its first values, and the reply that a program gets for the same. */
  async function shown(model: TableModel) {
    const { url } = await started(model, { page: true });
    const { page, messages } = await openPage(browser, url);
    await page.click('button[type=submit]');
    await page.waitForFunction(() => document.querySelector('#reply')!.textContent !== '');
    const [headline, command] = await Promise.all(
      ['#headline', '#curl'].map((selector) => page.$eval(selector, (one) => one.textContent!)),
    );
    const cells = await page.$$eval('#details > table > tbody > tr', (all) =>
      (all as HTMLTableRowElement[]).map((row) => [row.cells[0]!.textContent!, row.cells[1]!.textContent!]),
    );
    expect(messages).toEqual([]);
    await page.close();
    const body = command!.match(/-d '(.*)'$/)![1]!;
    const response = await fetch(`${url}/predict`, { method: 'POST', headers: json, body });
    return { headline, cells, answer: await response.json() };
  }

  const inWords = (x: number) => String(Number(x.toPrecision(6))).replace('-', '−');

  test('has each target of several, and nothing in the line above them', async () => {
    const { headline, cells, answer } = await shown(
      (await train(await table(rows), { target: ['plan', 'price'], ...quick })).model,
    );
    expect(headline).toBe('');
    const { plan, price } = answer.prediction;
    expect(cells.slice(0, 2)).toEqual([
      ['plan', plan],
      ['price', inWords(price)],
    ]);
  });

  test('has the quantiles of a number', async () => {
    const { cells, answer } = await shown(await modelOf(rows, 'price', { quantiles: [0.1, 0.5, 0.9] }));
    expect(cells).toEqual(Object.entries<number>(answer.prediction).map(([level, x]) => [level, inWords(x)]));
    expect(cells.map(([level]) => level)).toEqual(['0.1', '0.5', '0.9']);
  });

  test('sends another value of categories that are numbers as a number', async () => {
    const numbered = rows.map(({ plan, price }, i) => ({ code: 10 * (1 + (i % 3)), plan, price }));
    const data = await table(numbered, { kinds: { code: 'category' } });
    const { model } = await train(data, { target: 'plan', ...quick });
    const { url } = await started(model, { page: true });
    const { page } = await openPage(browser, url);
    await page.select('select', 'other');
    await page.type('.other', '70');
    await page.waitForFunction(() => document.querySelector('#reply')!.textContent !== '');
    expect(await page.$eval('#curl', (one) => one.textContent)).toMatch(/ -d '\{"code":70,/);
    expect(JSON.parse(await page.$eval('#reply', (one) => one.textContent!)).flags).toMatchObject([{ column: 'code' }]);
    await page.close();
  });

  test('has the most probable of many classes first', async () => {
    const many = Array.from({ length: 630 }, (_, i) => ({ x: i % 21, name: `class ${i % 21}` }));
    const { cells, answer } = await shown(await modelOf(many, 'name'));
    const { probabilities, prediction } = answer as { probabilities: Record<string, number>; prediction: string };
    const names = Object.keys(probabilities).sort((a, b) => probabilities[b]! - probabilities[a]!);
    expect(cells.map(([name]) => name)).toEqual(names);
    expect([names.length, names[0]]).toEqual([21, prediction]);
  });
});
