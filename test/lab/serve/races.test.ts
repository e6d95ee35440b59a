/// <reference lib="dom" />
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'puppeteer-core';
import '../../../lib/definitions';
import { race } from '../../../lib/lab/race/race';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';
import { LiveLab, type Visit } from '../../support/live_lab';
import { range } from '../../support/numbers';

const csv = ['x,y,kind', ...range(60).map((i) => `${Math.sin(i)},${Math.cos(3 * i)},${i % 3}`)].join('\n');
const settings = { networks: 2, passes: 2, measurements: 2, hidden: 4, batchSize: 8 };
const entrants = [{ rule: { name: 'sgd', learningRate: 0.1 } }] as const;

let lab: LiveLab;
beforeAll(async () => {
  lab = await LiveLab.open();
});
afterAll(async () => {
  lab.kill('SIGTERM');
  await lab.ended;
});

describe('a race on the server', () => {
  let page: string;
  let visit: Visit;
  beforeEach(async () => {
    page = randomUUID();
    visit = await lab.visit(page);
  });
  afterEach(() => visit.close());

  const send = (text: string, headers = { 'Content-Type': 'text/csv' }, of = page) =>
    lab.request('POST', `/tables?page=${of}`, { headers, body: text });
  const start = (options: object) => lab.post('/races', { page, ...options });

  test('with a submitted table has the results of race()', async () => {
    const { status, text } = await send(csv);
    expect([status, JSON.parse(text)]).toEqual([201, { columns: ['x', 'y', 'kind'] }]);
    const { value } = await start({ data: { target: 'kind' }, entrants, settings });
    await visit.next(value.run, 'done');
    const { figures } = await race({ data: { csv, target: 'kind' }, entrants, settings, size: 'small' });
    const sent = visit.of(value.run).flatMap(({ data }) => (data.figures as { name: string }[]) ?? []);
    for (const name of ['loss-steps', 'score-steps', 'plane', 'sharpness'])
      expect(sent.findLast((figure) => figure.name === name)).toEqual(
        JSON.parse(JSON.stringify(figures.find((figure) => figure.name === name))),
      );
    expect(visit.of(value.run)[0]).toMatchObject({ event: 'started', data: { experiment: 'race', settings } });
  });

  test('uses the newest table of its page, and no other', async () => {
    await send(csv);
    await send('a,b\n1,2\n');
    expect(await start({ data: { target: 'kind' }, entrants })).toMatchObject({ status: 201 });
    const { value } = await start({ data: { target: 'b' }, entrants });
    expect((await visit.next(value.run, 'failed')).data.error).toContain('1 row with "b", and a race needs 20');
    const other = await lab.visit('q'.repeat(20));
    const { status, value: refusal } = await lab.post('/races', { page: 'q'.repeat(20), data: { target: 'kind' } });
    expect([status, refusal.message]).toEqual([409, 'this page has not sent a table yet']);
    other.close();
  });

  test.each<[object, string]>([
    [{ data: 'digit' }, 'Expected "digits", "fashion-mnist" or { csv, target } for data but received "digit"'],
    [{ entrants: [{ rule: { name: 'adm' } }] }, 'unknown rule "adm". Did you mean "adam"?'],
    [{ settings: { passes: 0 } }, 'Expected a whole number from 1 to 200 for race.passes but received 0'],
    [{ data: { csv: 'a,b', target: 'a' } }, 'data: unknown option "csv". Known are: target.'],
    [{ signal: 1 }, 'the race: unknown option "signal".'],
    [{ experiment: 'saxe' }, 'the race: unknown option "experiment".'],
  ])('is refused with %j in the words of race()', async (options, reason) => {
    const { status, value } = await start(options);
    expect(status).toBe(400);
    expect(value.message).toContain(reason);
  });

  test.each<[string, Record<string, string>, number]>([
    ['a,a\n1,2\n', { 'Content-Type': 'text/csv' }, 400],
    [csv, { 'Content-Type': 'text/plain' }, 415],
    [csv, { 'Content-Type': 'application/json' }, 415],
    [csv, { 'Content-Type': 'text/csv', Origin: 'http://evil.example' }, 403],
    [csv, { 'Content-Type': 'text/csv', Host: 'evil.example' }, 421],
    ['x'.repeat(33 * 2 ** 20), { 'Content-Type': 'text/csv' }, 413],
  ])('gets no table from %.10j sent as %j: %i', async (text, headers, expected) => {
    expect((await send(text, headers as never)).status).toBe(expected);
    expect((await start({ data: { target: 'kind' } })).status).toBe(409);
  });

  test('limits the size of incoming tables of all pages together', async () => {
    const { hostname, port } = new URL(lab.url);
    await send(csv); // four tables of 32 MB would be the limit
    const body = Buffer.alloc(16 * 2 ** 20 + 1, 'x'); // 32 MB are reserved for it with its last byte
    const headers = { 'content-type': 'text/csv', 'content-length': body.length + 1 }; // never complete
    const visits = await Promise.all(range(4).map(() => lab.visit()));
    const requests = visits.map((one) => {
      const options = {
        hostname,
        port,
        path: `/tables?page=${one.page}`,
        method: 'POST',
        headers,
        agent: false,
      } as const;
      const request = http.request(options);
      request.on('error', () => {}).write(body);
      return request;
    });
    try {
      const [response] = await Promise.race(requests.map((request) => once(request, 'response')));
      expect(response.statusCode).toBe(503);
      expect(await send(csv)).toMatchObject({ status: 201 }); // the refused table returned its memory
    } finally {
      for (const request of requests) request.destroy();
      for (const one of visits) one.close();
    }
    while ((await send(`x,y\n${'1,2\n'.repeat(2 ** 22)}`)).status !== 201) await setTimeout(20); // and then for a large one
  });

  test('refuses a table of a page without open events', async () => {
    expect((await send(csv, undefined, 'z'.repeat(20))).status).toBe(409);
  });

  test('ends with its page, and when a newer one starts', async () => {
    const long = { entrants, settings: { ...settings, passes: 200, networks: 10 } };
    const first = (await start(long)).value.run;
    await visit.next(first, 'outcome');
    const second = (await start(long)).value.run;
    await visit.next(first, 'stopped');
    await visit.next(second, 'outcome');
    visit.close();
    for (let before = lab.busy; ; before = lab.busy) {
      await setTimeout(300);
      if (lab.busy - before <= 20) break;
    }
  });
});

describeInBrowser('the race on the page', () => {
  let browser: Browser;
  let page: Page;
  let messages: string[];
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'race-')), 'kinds.csv');

  beforeAll(async () => {
    fs.writeFileSync(file, csv);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    fs.rmSync(path.dirname(file), { recursive: true });
  });
  beforeEach(async () => {
    ({ page, messages } = await openPage(browser, `${lab.url}#race`));
  });
  afterEach(async () => {
    expect(messages).toEqual([]);
    await page.close();
  });

  const run = () => page.$eval('#race .run button', (button) => button.click());
  const status = () => page.$eval('#race .run output', (output) => output.textContent ?? '');
  const says = (words: string) =>
    page.waitForFunction(
      (words) => document.querySelector('#race .run output')?.textContent?.includes(words),
      {},
      words,
    );
  const findings = () => page.$$eval('#race .findings p', (all) => all.map(({ textContent }) => textContent ?? ''));
  const program = () => page.$eval('#race .controls .command', (code) => code.textContent ?? '');

  test('runs the chosen rules on a file of the user, and draws them', async () => {
    await page.select('#race .data select', 'a CSV file …');
    await (await page.$('#race input[type=file]'))!.uploadFile(file);
    await page.waitForFunction(() => document.querySelector('#race .data output')?.textContent === '3 columns');
    expect(await page.$$eval('#race .data span option', (all) => all.map(({ textContent }) => textContent))).toEqual([
      'x',
      'y',
      'kind',
    ]);
    for (const _ of range(4)) await page.$eval('#race .entrant button', (button) => button.click()); // four removed
    await page.select('#race .entrant select', 'adamw');
    await page.$eval('#race .entrant input[type=text]', (input) => {
      input.value = '{"weightDecay": 0.1}';
    });
    await page.select('#race .entrant select:nth-of-type(2)', 'cosine');
    await run();
    await says('done');
    const [about, sentence, ...others] = await findings();
    expect(about).toContain('48 rows of a table, “kind” from 2 columns'.replaceAll(/[“”]/g, '"'));
    expect(sentence).toMatch(/^adamw, weightDecay 0\.1, η = 0\.001, cosine /);
    expect(others).toEqual([]);
    expect(await page.$$eval('#race figure svg.plot', (all) => all.length)).toBe(9);
    expect(await program()).toContain(
      'await race({ data: { csv, target: "kind" }, "entrants":[{"name":"adamw, weightDecay 0.1, η = 0.001, cosine","rule":{"name":"adamw","learningRate":{"name":"cosine","from":0.001},"weightDecay":0.1}}]',
    );
  });

  test('reports what is wrong with an entrant', async () => {
    await page.$eval('#race .entrant input[type=text]', (input) => {
      input.value = '{"wait": 1}';
    });
    await run();
    await says('unknown option "wait"');
    await page.$eval('#race .entrant input[type=text]', (input) => {
      input.value = '{';
    });
    await run();
    await says('options of sgd: { is not the JSON of an object');
    await page.$eval('#race .entrant input[type=text]', (input) => {
      input.value = '';
    });
    await page.$eval('#race .entrant input[type=number]', (input) => {
      input.value = '';
    });
    await run();
    await says('sgd.learningRate');
    expect(messages.splice(0)).toEqual([expect.stringContaining('400'), expect.stringContaining('400')]);
  });

  test('fills in the default rate of the rule, and accepts as many entrants as there are colours', async () => {
    await page.select('#race .entrant select', 'lion');
    expect(await page.$eval('#race .entrant input[type=number]', (input) => input.value)).toBe('0.0001');
    const add = () => page.$eval('#race .entrants > button', (button) => button.disabled || button.click());
    for (const _ of range(6)) await add();
    expect(await page.$$eval('#race .entrant', (all) => all.length)).toBe(8);
    await page.$eval('#race .entrant button', (button) => button.click());
    await add();
    expect(await page.$$eval('#race .entrant', (all) => all.length)).toBe(8);
  });

  test('shows an equivalent program for every choice', async () => {
    const first = '#race .entrant';
    await page.select(`${first} select`, 'lion');
    expect(await program()).toContain('"rule":{"name":"lion","learningRate":0.0001}');
    const entrants = async () => (await program()).match(/"rule":/g)!.length;
    const before = await entrants();
    await page.$eval(`${first} button`, (button) => button.click());
    expect(await entrants()).toBe(before - 1);
    await page.$eval('#race .entrants > button', (button) => (button as HTMLButtonElement).click());
    expect(await entrants()).toBe(before);
    await page.$eval('#race .setting:has([name=passes]) input[type=number]', (field) => {
      (field as HTMLInputElement).value = '3';
      field.dispatchEvent(new Event('change'));
    });
    expect(await program()).toContain('"passes":3');
    await page.select('#race .data select', 'a CSV file …');
    await (await page.$('#race input[type=file]'))!.uploadFile(file);
    await page.waitForFunction(() => document.querySelector('#race .data output')?.textContent === '3 columns');
    expect(await program()).toContain('target: "kind"');
    await page.select('#race .data span select', 'x');
    expect(await program()).toContain('target: "x"');
  });

  test('can be stopped', async () => {
    await page.$eval('#race input[name=passes]', (input) => {
      input.value = '1';
      input.dispatchEvent(new Event('input'));
    });
    await run();
    await says('%');
    await page.$eval('#race .run button:nth-of-type(2)', (button) => button.click());
    await says('stopped');
    expect(await status()).toBe('stopped');
  });
});
