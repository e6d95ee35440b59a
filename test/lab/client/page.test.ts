/// <reference lib="dom" />
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'puppeteer-core';
import { experiments } from '../../../lib/lab/experiments';
import { runExperiment } from '../../../lib/lab/named';
import { labPage } from '../../../lib/lab/page';
import type { ExperimentReport } from '../../../lib/lab/run';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';

describeInBrowser('the page of all experiments in the browser', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-lab-'));
  const file = path.join(folder, 'lab.html');
  let browser: Browser;
  let reports: ExperimentReport[];

  beforeAll(async () => {
    reports = [];
    for (const { name } of experiments) reports.push(await runExperiment(name, { size: 'small' }));
    fs.writeFileSync(file, labPage(reports));
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    [1400, 'light'],
    [1400, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)('draws every figure at %i pixels, %s, without an error or overflow', async (width, scheme) => {
    const { page, messages } = await openPage(browser, file, { width, scheme });
    await page.addStyleTag({ content: 'main > section { content-visibility: visible !important }' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint'))); // draws what is still below the window
    const drawn = await page.$$eval('section > .figures > figure[id]', (figures) =>
      figures.map((figure) => [
        figure.id,
        figure.querySelectorAll('.box > svg path, .box > svg circle, .box > svg rect').length > 0,
      ]),
    );
    const expected = reports.flatMap(({ name, figures }) => figures.map((figure) => [`${name}-${figure.name}`, true]));
    expect(drawn).toEqual(expected);
    expect(messages).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.close();
  });

  test('reads the data of a figure only when it comes near the window', async () => {
    const { page } = await openPage(browser, file);
    await page.waitForSelector(`#${experiments[0]!.name} .box svg`);
    const drawn = () =>
      page.$$eval('main > section', (all) => all.filter((one) => one.querySelector('.box svg')).length);
    expect(await drawn()).toBeLessThan(4);
    await page.$eval('#zoo', (section) => section.scrollIntoView());
    await page.waitForSelector('#zoo .box svg');
    expect(await drawn()).toBeLessThan(8);
    await page.close();
  });

  test('keeps its contents in view, with the visible section marked', async () => {
    const { page } = await openPage(browser, file, { width: 1400 });
    await page.$eval('#saxe', (section) => section.scrollIntoView());
    await page.waitForSelector('nav.contents a.here[href="#saxe"]');
    const top = await page.$eval('nav.contents', (contents) => contents.getBoundingClientRect().top);
    expect(top).toBe(0);
    await page.close();
  });

  test('folds its contents on a narrow screen, and after a choice', async () => {
    const { page } = await openPage(browser, file, { width: 390 });
    const isOpen = () => page.$eval('nav.contents details', (contents) => contents.open);
    expect(await isOpen()).toBe(false);
    await page.click('nav.contents summary');
    expect(await isOpen()).toBe(true);
    await page.click('nav.contents a[href="#flow"]');
    expect(await isOpen()).toBe(false);
    await page.close();
  });

  test('offers to copy the command of each experiment', async () => {
    const { page } = await openPage(browser, file);
    expect(await page.$$eval('.copy', (buttons) => buttons.length)).toBe(experiments.length);
    await browser
      .defaultBrowserContext()
      .overridePermissions('file://', ['clipboard-read', 'clipboard-write', 'clipboard-sanitized-write']);
    await page.$eval('#rates .copy', (button) => (button as HTMLElement).click());
    await page.waitForFunction(() => document.querySelector('#rates .copy')!.textContent !== 'copy');
    const copied = await page.$eval('#rates .copy', (button) => button.textContent);
    const text =
      copied === 'copied'
        ? await page.evaluate(() => navigator.clipboard.readText())
        : await page.evaluate(() => String(getSelection()));
    expect(text).toMatch(/^npx glissade lab rates --step-factor 1 --steps \d+/);
    await page.close();
  });
});
