/// <reference lib="dom" />
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import packageJson from '../../../package.json';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';
import { packageRoot } from '../../support/child';
import { folders } from '../../support/folders';
import { people } from '../../support/people';

const newFolder = folders();
const glissade = path.join(packageRoot, packageJson.bin.glissade);

/** A name that would be an element, an attribute or a prototype if it were not escaped. */
const hostile = `</script><img src=x onerror='document.title = 1'>"`;

describeInBrowser('the page of glissade serve --page', () => {
  const children: ChildProcess[] = [];
  const urls = {} as Record<'plan' | 'price', string>;
  let browser: Browser;
  let page: Page;
  let messages: string[];

  beforeAll(async () => {
    const folder = newFolder();
    const csv = path.join(folder, 'people.csv');
    const cell = (value: unknown) => (value === null ? '' : `"${String(value).replaceAll('"', '""')}"`);
    const rows = people(300).map(({ age, city, income, plan, price }) => [age, city ?? hostile, income, plan, price]);
    fs.writeFileSync(
      csv,
      [['age', hostile, '__proto__', 'plan', 'price'], ...rows].map((row) => `${row.map(cell).join(',')}\n`).join(''),
    );
    for (const target of ['plan', 'price'] as const) {
      const model = path.join(folder, `${target}.safetensors`);
      const quick = ['--target', target, '--out', model, '--epochs', '5', '--validation', '0.3'];
      execFileSync(process.execPath, [glissade, 'train', csv, ...quick], { stdio: 'ignore' });
      const child = spawn(process.execPath, [glissade, 'serve', model, '--port', '0', '--page', '--json'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      const [line] = await once(child.stdout, 'data');
      urls[target] = JSON.parse(line).url;
    }
    browser = await openBrowser();
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await browser?.close();
  });
  afterEach(() => page.close());

  const open = async (target: 'plan' | 'price', width?: number) => {
    ({ page, messages } = await openPage(browser, urls[target], width === undefined ? {} : { width }));
  };

  /** The control of a column, which its label names. */
  const control = async (name: string) => {
    const id = await page.$$eval(
      'label[for]',
      (labels, name) => (labels as HTMLLabelElement[]).find((label) => label.textContent === name)!.htmlFor,
      name,
    );
    return (await page.$(`#${id}`))!;
  };
  const enter = async (name: string, text: string) => {
    const field = await control(name);
    await field.evaluate((one) => (one as HTMLInputElement).select());
    await field.type(text);
  };
  const textOf = (selector: string) => page.$eval(selector, (one) => one.textContent!);
  /** Waits for the reply to the request that the page shows as a command, and compares it with that to a program's request. */
  const reply = async () => {
    const [url, body] = JSON.parse(
      execFileSync(
        'sh',
        [
          '-c',
          `curl() { node -e 'console.log(JSON.stringify(process.argv.slice(1)))' "$1" "$5"; }; ${await textOf('#curl')}`,
        ],
        { encoding: 'utf8' },
      ),
    ) as [string, string];
    const headers = { 'content-type': 'application/json' };
    const expected = await (await fetch(url, { method: 'POST', headers, body })).text();
    await page.waitForFunction((expected) => document.querySelector('#reply')!.textContent === expected, {}, expected);
    return { url, row: JSON.parse(body), answer: JSON.parse(expected) };
  };

  test('predicts a class as a request to the server does, with all probabilities', async () => {
    await open('plan');
    await enter('age', '41');
    await (await control(hostile)).select('"Bern"');
    await enter('__proto__', '5200');
    await enter('price', '100.5');
    await page.click('button[type=submit]');
    const { url, row, answer } = await reply();
    expect(url).toBe(`${urls.plan}/predict?flags=1`);
    expect(Object.entries(row)).toEqual(
      Object.entries(JSON.parse(`{"age":41,${JSON.stringify(hostile)}:"Bern","__proto__":5200,"price":100.5}`)),
    );
    const percent = (p: number) => (p > 0 && p < 0.001 ? '<0.1 %' : `${Number((100 * p).toFixed(1))} %`);
    const { prediction, probabilities } = answer;
    expect(await textOf('#headline')).toBe(`${prediction} (${percent(probabilities[prediction])})`);
    const cells = await page.$$eval('#details tbody tr', (rows) =>
      (rows as HTMLTableRowElement[]).map((row) => [
        row.cells[0]!.textContent!,
        row.cells[1]!.textContent!,
        row.querySelector<HTMLElement>('.bar')!.style.width,
      ]),
    );
    expect(cells).toEqual(
      Object.entries<number>(probabilities).map(([name, p]) => [name, percent(p), `${Number((100 * p).toFixed(2))}%`]),
    );
    expect(await textOf('tr.predicted th')).toBe(prediction);
    expect(await textOf('#details')).toContain('All values are like those of the training rows.');
    expect(messages).toEqual([]);
    expect(await page.title()).toBe('Predict plan');
    expect(await page.$$('img')).toHaveLength(0);
  });

  test('predicts a number with its interval, by the keyboard alone, and again after each change', async () => {
    await open('price');
    await page.select('[name=interval]', '0.8');
    await page.focus('[name=explain]');
    await page.keyboard.press('Space');
    await (await control('age')).focus();
    await page.keyboard.press('Enter');
    const { url, answer } = await reply();
    expect(url).toBe(`${urls.price}/predict?flags=1&interval=0.8&explain=1`);
    const words = (await textOf('#headline')).replaceAll('−', '-').split(/, between | and /);
    const { prediction, low, high } = answer;
    expect(words.map(Number)).toEqual([prediction, low, high].map((x) => Number(x.toPrecision(6))));
    const contributions = await page.$$eval('#details table th', (names) => names.map((one) => one.textContent));
    expect(contributions).toEqual(answer.explanation.contributions.map((one: { column: string }) => one.column));
    await enter('age', '900');
    expect((await reply()).answer.flags).toHaveLength(1);
    expect(await textOf('.flags')).toMatch(/Unlike the training rows:age: 900 is above \d/);
    await page.click('button[type=reset]');
    await page.waitForFunction(() => !document.querySelector('#curl')!.textContent!.includes('900'));
    expect((await reply()).row.age).toBeLessThan(80);
    expect(messages).toEqual([]);
  });

  test('an empty field is missing, and another value can be typed', async () => {
    await open('plan');
    await (await control('age')).evaluate((one) => (one as HTMLInputElement).select());
    await page.keyboard.press('Backspace');
    const list = await control(hostile);
    expect(await page.$$eval('.other', (all) => all.map((one) => (one as HTMLElement).hidden))).toEqual([true]);
    await list.select('other');
    await page.type('.other', `L'Aquila $HOME`);
    const { row, answer } = await reply();
    expect([row.age, row[hostile]]).toEqual([undefined, `L'Aquila $HOME`]);
    expect(answer.flags).toEqual([{ column: hostile, reason: 'unseen category', value: `L'Aquila $HOME` }]);
  });

  test('errors are shown at the field, and nothing is sent', async () => {
    await open('plan');
    await enter('age', '1e');
    await page.keyboard.press('Enter');
    const age = await control('age');
    const error = () =>
      age.evaluate((one) => [one.ariaInvalid, one.closest('.field')!.querySelector('.error')!.textContent]);
    expect(await error()).toEqual(['true', 'Enter a number, or leave it empty']);
    expect(await textOf('#reply')).toBe('');
    await page.keyboard.type('2');
    expect((await reply()).row.age).toBe(100);
    expect(await error()).toEqual([null, '']);
  });

  test('refusals of the server are shown at the field that they name, or in a sentence', async () => {
    await open('plan');
    const refused = (message: string) =>
      page.evaluate((message) => {
        window.fetch = async () => {
          document.body.dataset.busy = document.querySelector('#answer')!.ariaBusy!;
          return new Response(JSON.stringify({ code: 'ERR', message }), { status: 400 });
        };
      }, message);
    await refused('row 1, column "age": Expected a number but received "x"');
    await page.click('button[type=submit]');
    await page.waitForSelector('#headline.error');
    expect(await textOf('.field:has([aria-invalid]) .error')).toBe('Expected a number but received "x"');
    expect(await page.$eval('body', ({ dataset }) => dataset.busy)).toBe('true');
    await page.waitForSelector('#answer[aria-busy=false]');
    await refused('1 requests are waiting');
    await page.click('button[type=submit]');
    await page.waitForFunction(() => document.querySelector('#headline')!.textContent === '1 requests are waiting');
    await page.evaluate(() => {
      window.fetch = async () => Promise.reject(new TypeError('no'));
    });
    await page.click('button[type=submit]');
    await page.waitForFunction(() => document.querySelector('#headline')!.textContent!.includes('does not answer'));
  });

  test.each([360, 1200])('is not wider than a window of %i pixels', async (width) => {
    await open('price', width);
    await page.click('[name=explain]');
    await reply();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
});
