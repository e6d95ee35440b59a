/// <reference lib="dom" />
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { figureHtml } from '../../../lib/pages/figure_place';
import { pageHtml } from '../../../lib/pages/page';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';
import { figures } from '../../support/drawn_figures';

describeInBrowser('a drawing in the browser', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-drawing-'));
  const file = path.join(folder, 'page.html');
  let browser: Browser;
  let page: Page;
  let messages: string[];

  beforeAll(async () => {
    const body = figures.map((figure) => figureHtml('test', figure)).join('\n');
    fs.writeFileSync(file, pageHtml({ title: 'Test', body, figures: { test: figures } }));
    browser = await openBrowser();
  });

  beforeEach(async () => {
    ({ page, messages } = await openPage(browser, file, { width: 390 }));
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await areDrawn();
  });

  afterEach(async () => {
    expect(messages).toEqual([]);
    await page.close();
  });

  afterAll(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** All drawings have the width of their place, so none is redrawn while its elements are read. */
  const areDrawn = () =>
    page.waitForFunction(() =>
      [...document.querySelectorAll('.box')].every(
        (box) => box.querySelector('svg')?.width.baseVal.value === Math.floor(box.clientWidth),
      ),
    );

  /** Numbers in the attributes of all drawings, and values that are not numbers. */
  const placesOf = () =>
    page.$$eval('.box svg *', (all) => {
      const attributes = ['d', 'transform', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'width', 'height'];
      const texts = all.flatMap((one) => attributes.flatMap((name) => one.getAttribute(name) ?? []));
      const numbers = texts.flatMap((text) => text.match(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g) ?? []).map(Number);
      return { wrong: texts.filter((text) => /NaN|Infinity|undefined/.test(text)), furthest: Math.max(...numbers) };
    });

  const press = (selector: string, i: number) =>
    page.$$eval(
      selector,
      (all, i) => {
        (all[i] as HTMLElement | undefined)?.click();
      },
      i,
    );

  test('has coordinates that a browser can draw, for any values and scales', async () => {
    for (const which of [0, 1, 1, 0]) {
      const { wrong, furthest } = await placesOf();
      expect(wrong).toEqual([]);
      expect(furthest).toBeLessThan(1e5);
      for (const { name } of figures) await press(`#test-${name} .scale`, which);
    }
  });

  test('leaves the frame with the slope of its values', async () => {
    const d = await page.$$eval('#test-in-a-domain [aria-label="line"]', ([one]) =>
      (one!.matches('path') ? one! : one!.querySelector('path')!).getAttribute('d'),
    );
    const [first, second] = d!.slice(1).split('L').map((place) => place.split(',').map(Number)); // biome-ignore format: short
    // From y = 1 to y = 10³⁰ the line leaves the frame at once: within 2 % of the way to the next step.
    expect((first![1]! - second![1]!) / first![1]!).toBeGreaterThan(50);
  });

  test('marks the moment within the frame, also if trajectories have left it', async () => {
    await page.$eval('#test-in-a-domain .player input', (input) => {
      input.value = '10';
      input.dispatchEvent(new Event('input'));
    });
    const clip = await page.$eval('#test-in-a-domain .overlay svg', (svg) => [
      ...['x', 'y', 'width', 'height'].map((name) => Math.round(Number(svg.getAttribute(name)))),
      getComputedStyle(svg).overflow,
    ]);
    const frame = await page.$eval('#test-in-a-domain .box > svg [aria-label="frame"]', (one) =>
      ['x', 'y', 'width', 'height'].map((name) => Math.round(Number(one.getAttribute(name)))),
    );
    expect(clip).toEqual([...frame, 'hidden']);
    expect(await page.$$eval('#test-in-a-domain .overlay circle', (all) => all.length)).toBe(0);
  });

  test.each([
    ['empty', 'there is no finite value'],
    ['infinite', 'there is no finite value'],
    ['negative', 'no value is above 0, as a logarithmic axis needs'],
    ['elsewhere', 'all values are beyond the axes'],
  ])('of the figure %s explains why it is empty', async (name, reason) => {
    const texts = () => page.$$eval(`#test-${name} .nothing text`, (all) => all.map((one) => one.textContent));
    expect(await texts()).toEqual([`Nothing to draw: ${reason}`]);
  });

  test('names curves without values in the legend', async () => {
    const entries = await page.$$eval('#test-in-part .entry', (all) => all.map((one) => one.textContent));
    expect(entries).toEqual(['a', 'b (no value)']);
    expect(await page.$$eval('.nothing', (all) => all.length)).toBe(4);
  });

  test('has all of its texts within its width, on any scale', async () => {
    for (const which of [0, 0, 1]) {
      const cut = await page.$$eval('#test-names .box', ([box]) => {
        const { left, right } = box!.getBoundingClientRect();
        const texts = [...box!.querySelectorAll('svg text')];
        return texts
          .filter((one) => {
            const place = one.getBoundingClientRect();
            return place.left < left - 0.5 || place.right > right + 0.5;
          })
          .map((one) => one.textContent);
      });
      expect(cut).toEqual([]);
      await press('#test-names .scale', which);
    }
    expect(await page.$$eval('#test-names .box [aria-label="text"] text', (all) => all.length)).toBeGreaterThan(2);
  });

  test('has space between the texts of its x axis', async () => {
    await page.setViewport({ width: 430, height: 900 });
    await areDrawn();
    const places = await page.$$eval('#test-small [aria-label="x-axis tick label"] text', (all) =>
      all.map((one) => one.getBoundingClientRect().toJSON() as DOMRect),
    );
    const gaps = places.slice(1).map(({ left }, i) => left - places[i]!.right);
    expect(gaps.length).toBeGreaterThan(1);
    expect(Math.min(...gaps)).toBeGreaterThan(8);
  });

  test('has the name of a trajectory beyond its end, if there is room', async () => {
    const [name, path] = await Promise.all(
      ['[aria-label="text"] text', '.trajectory'].map((one) =>
        page.$eval(`#test-ends .box ${one}`, (found) => found.getBoundingClientRect().toJSON() as DOMRect),
      ),
    );
    expect(name!.left).toBeGreaterThan(path!.right);
    expect(name!.left).toBeLessThan(path!.right + 15);
  });

  test('offers no logarithmic scale if values are negative', async () => {
    expect(await page.$$eval('#test-both-ways .scale', (all) => all.map((one) => one.textContent))).toEqual(['log x']);
    expect(await page.$$eval('#test-linear .scale', (all) => all.map((one) => one.textContent))).toEqual([
      'log x',
      'log y',
    ]);
  });

  test('has no overlapping labels, even with many on a narrow screen', async () => {
    const overlaps = await page.$$eval('#test-labels .box', ([box]) => {
      const places = [...box!.querySelectorAll('[aria-label="text"] text')].map((one) => one.getBoundingClientRect());
      const halo = 4;
      return places.flatMap((one, i) =>
        places
          .slice(0, i)
          .filter((other) => one.left < other.right && one.right > other.left)
          .filter((other) => one.top + halo < other.bottom - halo && one.bottom - halo > other.top + halo),
      ).length;
    });
    expect(overlaps).toBe(0);
  });

  test('has names on the y axis, from the top, and shows the one at the pointer', async () => {
    const ticks = await page.$$eval('#test-bars [aria-label="y-axis tick label"] text', (all) =>
      all.map((one) => [one.textContent, one.getBoundingClientRect().top] as const),
    );
    expect(ticks.map(([name]) => name)).toEqual(['the first', 'the second']);
    expect(ticks[0]![1]).toBeLessThan(ticks[1]![1]);
    expect(await page.$$eval('#test-bars .scale', (all) => all.map((one) => one.textContent))).toEqual([]);
    const bars = await page.$$('#test-bars .series rect');
    await bars[1]!.evaluate((bar) => bar.scrollIntoView({ block: 'center' }));
    const { x, y, width, height } = (await bars[1]!.boundingBox())!;
    await page.mouse.move(x + width, y + height / 2);
    expect(await page.$eval('#test-bars .tip', (tip) => tip.textContent)).toBe('ams: 5the second');
  });

  test('does not move when a curve begins to diverge', async () => {
    const top = (name: string) =>
      page.$eval(
        `#test-${name}`,
        (one) => one.querySelector('.box')!.getBoundingClientRect().top - one.getBoundingClientRect().top,
      );
    expect(await page.$$eval('#test-in-part .note', (all) => all.length)).toBe(0);
    expect(await page.$eval('#test-linear .note', (note) => note.textContent)).toMatch(/^✕ diverges/);
    expect(await top('linear')).toBe(await top('in-part'));
  });
});
