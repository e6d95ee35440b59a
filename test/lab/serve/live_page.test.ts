/// <reference lib="dom" />
import type { Browser, Page } from 'puppeteer-core';
import { shortened } from '../../../lib/lab/check';
import { delayOf } from '../../../lib/lab/client/delay';
import { singleLayer } from '../../../lib/lab/experiments/single_layer';
import { reportOf } from '../../../lib/lab/run';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';
import { LiveLab } from '../../support/live_lab';

describeInBrowser('the live page', () => {
  let lab: LiveLab;
  let browser: Browser;
  let page: Page;
  let messages: string[];

  beforeAll(async () => {
    [lab, browser] = await Promise.all([LiveLab.open(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    lab?.kill('SIGTERM');
    await lab?.ended;
  });
  beforeEach(async () => {
    ({ page, messages } = await openPage(browser, `${lab.url}#single-layer`));
  });
  afterEach(async () => {
    expect(messages).toEqual([]);
    await page.close();
  });

  const status = (name: string) => page.$eval(`#${name} .run output`, (output) => output.textContent ?? '');
  const isDone = (name: string, words = 'done') =>
    page.waitForFunction(
      (selector, words) => document.querySelector(selector)?.textContent?.startsWith(words),
      {},
      `#${name} .run output`,
      words,
    );
  const move = (name: string, key: string, position: number) =>
    page.$eval(
      `#${name} input[name=${key}]`,
      (input, position) => {
        input.value = String(position);
        input.dispatchEvent(new Event('input'));
      },
      position,
    );
  const set = (name: string, key: string, value: string) =>
    page.$eval(
      `#${name} .setting:has([name=${key}]) input[type=number]`,
      (field, value) => {
        (field as HTMLInputElement).value = value;
        field.dispatchEvent(new Event('change'));
      },
      value,
    );
  const command = (name: string) => page.$eval(`#${name} .controls .command`, (code) => code.textContent);

  test('runs experiments that come into view, and draws their outcomes', async () => {
    await isDone('single-layer');
    expect(await page.$$eval('#single-layer figure svg.plot', (all) => all.length)).toBeGreaterThanOrEqual(3);
    expect(await page.$eval('#single-layer .verdicts', (all) => all.textContent)).toContain('checks hold');
    expect(await page.$eval('nav a[href="#single-layer"] .verdict', (one) => one.textContent)).toBe('✓');
    expect(await page.$$eval('#single-layer .findings p', (all) => all.length)).toBeGreaterThan(0);
    expect(await command('single-layer')).toBe('npx glissade lab single-layer --small');
    expect(await status('zoo')).toBe(''); // which is not in view
  });

  test('runs again when a slider moves: a check turns red, and green again', async () => {
    await page.goto(`${lab.url}#rates`);
    await isDone('rates');
    const title = () => page.$eval('#rates .verdicts summary', (one) => [one.textContent, one.innerHTML]);
    expect(await title()).toEqual(expect.arrayContaining([expect.stringMatching(/^all \d+ checks hold$/)]));
    await set('rates', 'stepFactor', '2.1');
    await page.waitForSelector('#rates .verdicts .fails');
    await isDone('rates');
    expect(await page.$eval('nav a[href="#rates"] .verdict', (one) => one.textContent)).toContain('fails');
    expect(await command('rates')).toBe('npx glissade lab rates --small --step-factor 2.1');
    await page.$$eval('#rates .run button', (all) => all.find((one) => one.textContent === 'Reset')!.click());
    await page.waitForFunction(() => !document.querySelector('#rates .verdicts .fails'));
    await isDone('rates');
  });

  test('shows what the command line measures with the same settings', async () => {
    await isDone('single-layer');
    await move('single-layer', 'learningRate', 0.9);
    await page.waitForSelector('#single-layer .stale');
    await page.waitForFunction(() => !document.querySelector('#single-layer .stale'));
    await isDone('single-layer');
    const learningRate = await page.$eval('#single-layer input[name=learningRate] + input', (field) =>
      Number(field.value),
    );
    expect(learningRate).toBe(0.398); // 0.0001 · 10,000^0.9
    const { checks } = await reportOf(singleLayer, { size: 'small', settings: { learningRate } });
    const measured = await page.$$eval('#single-layer td[data-is=measured]', (all) =>
      all.map((one) => one.textContent),
    );
    expect(measured).toEqual(checks.map((check) => shortened(check.measured)));
  });

  test('has playgrounds outside of the sections that run, where the panel of settings does not cover them', async () => {
    await page.$eval('[data-playground="momentum"]', (place) => place.scrollIntoView());
    await page.waitForSelector('#momentum-phase .box svg');
    await page.$$eval('[data-playground="momentum"] button', (all) =>
      all.find((one) => one.textContent === 'gradient descent')!.click(),
    );
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[data-playground="momentum"] .slider .value')].some(
        (one) => one.textContent === '1.961/L', // 2/(1 + 1/κ), κ = 50
      ),
    );
    expect(await page.$eval('[data-playground="momentum"]', (place) => place.closest('section'))).toBeNull();
  });

  test('replaces the right model by a wrong one', async () => {
    await page.goto(`${lab.url}#rates`);
    await isDone('rates');
    const models = await page.$$eval('#rates select[aria-label^="a wrong"] option', (all) =>
      all.map(({ value }) => value),
    );
    expect(models).toContain('η = 2.1/L');
    await page.select('#rates select[aria-label^="a wrong"]', 'η = 2.1/L');
    await page.waitForSelector('#rates .verdicts .fails');
    await isDone('rates');
    expect(await command('rates')).toBe('npx glissade lab rates --small --counter-model "η = 2.1/L"');
  });

  test('reports a wrong value with the message of the command line', async () => {
    await isDone('single-layer');
    await set('single-layer', 'steps', '0');
    await isDone('single-layer', 'Expected a whole number from 2 to 10000 for single-layer.steps but received 0');
    messages.splice(0); // the browser notes the status 400
  });

  test('reports a wrong value during a run, which can still be stopped', async () => {
    await page.goto(`${lab.url}#saxe`);
    await page.waitForSelector('#saxe .run button:nth-child(2):enabled');
    await set('saxe', 'seed', '-1');
    await isDone('saxe', 'Expected');
    const share = () => page.$eval('#saxe progress', (progress) => progress.value);
    for (const before = await share(); (await share()) === before; ) await new Promise((done) => setTimeout(done, 20));
    expect(await status('saxe')).toMatch(/^Expected/);
    await page.$$eval('#saxe .run button', (all) => all.find((one) => one.textContent === 'Stop')!.click());
    await isDone('saxe', 'stopped');
    messages.splice(0); // the browser notes the status 400
  });

  test('keeps the buttons of its figures while it reports', async () => {
    await isDone('single-layer');
    const buttons = '#single-layer figure :is(.entry, .scale)';
    const before = await page.$$eval(buttons, (all) => {
      for (const one of all) one.setAttribute('data-before', one.textContent!);
      return all.length;
    });
    await move('single-layer', 'learningRate', 0.6);
    await page.waitForSelector('#single-layer .stale');
    await page.waitForFunction(() => !document.querySelector('#single-layer .stale'));
    await isDone('single-layer');
    const { kept, renamed } = await page.$$eval(buttons, (all) => ({
      kept: all.filter((one) => one.getAttribute('data-before') === one.textContent).length,
      renamed: all.filter((one) => !one.hasAttribute('data-before')).map(({ textContent }) => textContent!),
    }));
    expect(kept + renamed.length).toBe(before);
    expect(renamed.filter((name) => !/\d/.test(name))).toEqual([]); // other names have the rate now
    expect(kept).toBeGreaterThan(before / 2);
  });

  test('is stopped by its button, and ends when its page closes', async () => {
    await page.goto(`${lab.url}#saxe`);
    await page.waitForSelector('#saxe .run button:nth-child(2):enabled');
    await page.$$eval('#saxe .run button', (all) => all.find((one) => one.textContent === 'Stop')!.click());
    await isDone('saxe', 'stopped');
  });

  test('follows a slider that moves ten times a second, to its last value', async () => {
    await isDone('single-layer');
    for (let i = 0; i <= 30; ++i) {
      await move('single-layer', 'learningRate', 0.4 + i / 100);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    const expected = await page.$eval('#single-layer input[name=learningRate] + input', (field) => field.value);
    await page.waitForFunction(() => !document.querySelector('#single-layer .stale'));
    await isDone('single-layer');
    expect(await command('single-layer')).toBe(`npx glissade lab single-layer --small --learning-rate ${expected}`);
  });

  test('measures the delay of new points after a slider moves, which `npm run lab:delay` prints', async () => {
    await isDone('single-layer');
    const delays: number[] = [];
    for (let i = 0; i < 3; ++i) {
      await page.evaluate((name) => performance.clearMeasures(name), delayOf('single-layer'));
      await move('single-layer', 'learningRate', 0.4 + i / 50);
      const found = await page.waitForFunction(
        (name) => performance.getEntriesByName(name)[0]?.duration,
        {},
        delayOf('single-layer'),
      );
      delays.push((await found.jsonValue())!);
      await isDone('single-layer');
    }
    expect(Math.min(...delays)).toBeGreaterThan(0);
  });

  test.each([390, 1300])('fits a window %i pixels wide', async (width) => {
    await page.setViewport({ width, height: 900 });
    await page.$eval('#single-layer .controls', (controls) => controls.scrollIntoView());
    await isDone('single-layer');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  test('continues when its server is back', async () => {
    const server = await LiveLab.open();
    const { port } = new URL(server.url);
    await page.goto(`${server.url}#single-layer`);
    await isDone('single-layer');
    server.kill('SIGINT');
    await server.ended;
    await page.waitForSelector('#connection:not([hidden])');
    await move('single-layer', 'learningRate', 0.7);
    const before = messages.length;
    while (messages.length < before + 2) await new Promise((resolve) => setTimeout(resolve, 20)); // attempts to reach it fail
    const again = await LiveLab.open('--port', port);
    await page.waitForSelector('#connection[hidden]');
    await page.waitForSelector('#single-layer .stale');
    await page.waitForFunction(() => !document.querySelector('#single-layer .stale'));
    await isDone('single-layer');
    await move('single-layer', 'learningRate', 0.5);
    await isDone('single-layer');
    await page.goto('about:blank');
    again.kill('SIGINT');
    expect(await again.ended).toBe(0);
    messages.splice(0); // the browser notes each connection that was refused
  });
});
