/// <reference lib="dom" />
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import type { Figure, Point } from '../../../lib/pages/figure';
import { figureHtml } from '../../../lib/pages/figure_place';
import { pageHtml } from '../../../lib/pages/page';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';

const line = (name: string, points: Point[]) => ({ kind: 'line' as const, name, points });
const squares = Array.from({ length: 11 }, (_, t): Point => [t, (t + 1) ** 2]);
const cubes = squares.map(([t, value]): Point => [t, 3 * value]);

const curves: Figure = {
  name: 'curves',
  title: 'Curves',
  caption: 'Two curves and a band.',
  x: { label: 'step t' },
  y: { label: 'R(θ)' },
  marks: [
    line('squares', squares),
    line('three times', cubes),
    { kind: 'band', name: 'a band', points: squares.map(([t, y]) => [t, y / 2, 2 * y]) },
    line('diverging', [[0, 1], [1, 300], [2, Number.NaN]]), // biome-ignore format: short
  ],
};

const narrow: Figure = {
  ...curves,
  name: 'narrow',
  y: { label: 'loss', scale: 'log' },
  marks: [line('between powers of ten', [[0, 0.0011], [1, 0.03]])], // biome-ignore format: short
};

const bowl: Figure = {
  name: 'bowl',
  title: 'A bowl',
  caption: 'Descent is perpendicular to contours.',
  x: { label: 'x', domain: [-2, 2] },
  y: { label: 'y', domain: [-1, 1] },
  equal: true,
  marks: [
    {
      kind: 'contours',
      width: 41,
      values: Array.from({ length: 41 * 21 }, (_, i) => ((i % 41) / 10 - 2) ** 2 + (Math.floor(i / 41) / 10 - 1) ** 2),
      levels: [0.1, 0.5, 1],
    },
    {
      kind: 'path',
      name: 'SGD',
      points: Array.from({ length: 11 }, (_, t): Point => [1.5 - 0.15 * t, 0.5 - 0.05 * t]),
    },
    { kind: 'path', name: 'Adam', points: [[1, 0.5], [0.5, 0]], steps: [0, 4] }, // biome-ignore format: short
  ],
};

describeInBrowser('a figure in the browser', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-page-'));
  const file = path.join(folder, 'page.html');
  let browser: Browser;
  let page: Page;
  let messages: string[];

  beforeAll(async () => {
    const body = [curves, bowl, narrow].map((figure) => figureHtml('test', figure)).join('\n');
    fs.writeFileSync(file, pageHtml({ title: 'Test', body, figures: { test: [curves, bowl, narrow] } }));
    browser = await openBrowser();
  });

  beforeEach(async () => {
    ({ page, messages } = await openPage(browser, file));
    await page.waitForSelector('#test-bowl .box svg');
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  });

  afterEach(async () => {
    expect(messages).toEqual([]);
    await page.close();
  });

  afterAll(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const countOf = (selector: string) => page.$$eval(selector, (found) => found.length);
  const textsOf = (selector: string) => page.$$eval(selector, (found) => found.map((one) => one.textContent));
  const ticks = (figure: string, axis: 'x' | 'y') => textsOf(`#${figure} [aria-label="${axis}-axis tick label"] text`);

  /** The position of a point of a figure's plot in the window, from the positions of two ticks of each axis. */
  const placeOf = (figure: string, [x, y]: Point) =>
    page.evaluate(
      (id, x, y) => {
        const at = (which: string, value: number) => {
          const texts = [...document.querySelectorAll(`#${id} [aria-label="${which}-axis tick label"] text`)];
          const places = texts.map((text) => {
            const [, tx, ty] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(text.getAttribute('transform')!)!;
            return [
              Number(text.textContent!.replace('−', '-').replaceAll(',', '')),
              Number(which === 'x' ? tx : ty),
            ] as const;
          });
          const [first, last] = [places[0]!, places[places.length - 1]!];
          return first[1] + ((value - first[0]) / (last[0] - first[0])) * (last[1] - first[1]);
        };
        const box = document.querySelector(`#${id} .box`)!;
        box.scrollIntoView({ block: 'center' });
        const { left, top } = box.getBoundingClientRect();
        return [left + at('x', x), top + at('y', y)] as const;
      },
      figure,
      x,
      y,
    );

  test('replaces its placeholder, with legend, labels and ticks', async () => {
    expect(await countOf('p.drawn')).toBe(0);
    expect(await textsOf('#test-curves .legend .entry')).toEqual(['squares', 'three times', 'a band', 'diverging']);
    expect(await textsOf('#test-curves .tools .note')).toEqual(['✕ diverges: its numbers overflow there']);
    expect(await textsOf('#test-curves .axis-label')).toEqual(['R(θ)', 'step t']);
    expect(await countOf('#test-curves .axis-label.y math')).toBe(1);
    expect(await ticks('test-curves', 'y')).toEqual(['0', '50', '100', '150', '200', '250', '300', '350', '400']);
  });

  test('shows the nearest value of the data under the pointer, and the same moment elsewhere', async () => {
    await page.mouse.move(...(await placeOf('test-curves', [6, 50])));
    const tip = await page.$eval('#test-curves .tip', (one) => [
      one.getAttribute('data-x'),
      one.getAttribute('data-y'),
      one.textContent,
    ]);
    expect(tip).toEqual(['6', '49', 'squaresstep t: 6R(θ): 49']);
    // Step 6 of both trajectories: the last of Adam's points is that of step 4.
    const heads = await page.$$eval('#test-bowl .overlay circle', (found) =>
      found.map((one) => Number(one.getAttribute('cx'))),
    );
    const [left] = await page.$eval('#test-bowl .box', (box) => [box.getBoundingClientRect().left]);
    const places = await Promise.all(([[1.5 - 0.9, 0], [0.5, 0]] as Point[]).map((point) => placeOf('test-bowl', point))); // biome-ignore format: short
    for (const [i, [x]] of places.entries()) expect(Math.abs(heads[i]! - (x - left!))).toBeLessThan(0.2);
    await page.mouse.move(2, 2);
    expect(await page.$eval('#test-curves .tip', (tip) => (tip as HTMLElement).hidden)).toBe(true);
  });

  test('hides a curve by its legend, keeps the other colours, and fits its axis to the rest', async () => {
    const color = () =>
      page.$eval('#test-curves .series-0 path, #test-curves .series-0', (one) =>
        (one.closest('[stroke]') ?? one).getAttribute('stroke'),
      );
    const before = await color();
    const toggle = (i: number) =>
      page.$$eval('#test-curves .legend .entry', (all, i) => (all[i] as HTMLElement).click(), i);
    for (const i of [1, 2, 3]) await toggle(i);
    expect(await color()).toBe(before);
    expect((await ticks('test-curves', 'y')).at(-1)).toBe('140');
    for (const i of [1, 2, 3]) await toggle(i);
    expect((await ticks('test-curves', 'y')).at(-1)).toBe('400');
    for (const i of [0, 1, 2, 3]) await toggle(i); // all hidden: no error
  });

  test('fades the other curves while the pointer is at an entry of the legend', async () => {
    const entries = await page.$$('#test-curves .legend .entry');
    await entries[0]!.hover();
    const faded = () => countOf('#test-curves .box.fading .fades');
    expect(await faded()).toBe(4); // three curves and a cross where one diverges
    await page.mouse.move(2, 2);
    expect(await faded()).toBe(0);
  });

  test('switches an axis to a logarithmic scale and back', async () => {
    const press = () => page.$$eval('#test-curves .scale', (all) => (all[1] as HTMLElement).click());
    await press();
    expect(await ticks('test-curves', 'y')).toEqual(['1', '10', '100']);
    await press();
    expect(await ticks('test-curves', 'y')).toEqual(['0', '50', '100', '150', '200', '250', '300', '350', '400']);
  });

  test('writes each tick of a logarithmic axis, also those between powers of ten', async () => {
    expect(await ticks('test-narrow', 'y')).toEqual(['0.001', '0.002', '0.005', '0.01', '0.02']);
  });

  test('plays trajectories, and shows a chosen step', async () => {
    const path = () => page.$eval('#test-bowl .overlay .path', (one) => one.getAttribute('d')!.split('L').length);
    const choose = (step: number) =>
      page.$eval('#test-bowl .player input', (input, step) => {
        input.value = String(step);
        input.dispatchEvent(new Event('input'));
      }, step); // biome-ignore format: short
    await choose(3);
    expect(await path()).toBe(4);
    expect(await textsOf('#test-bowl .player output')).toEqual(['step 3']);
    expect(await countOf('#test-curves .overlay .moment')).toBe(1);
    await page.select('#test-bowl .player select', '4');
    await choose(10);
    await page.click('#test-bowl .player button');
    await page.waitForFunction(() => document.querySelector('#test-bowl .player output')!.textContent !== 'step 10');
    await page.waitForFunction(() => document.querySelector('#test-bowl .player button')!.textContent === '▶ play');
    expect(await path()).toBe(11);
  });

  test('returns to the chosen step when the pointer leaves', async () => {
    const shown = () => textsOf('#test-bowl .player output');
    await page.mouse.move(...(await placeOf('test-curves', [6, 50])));
    expect(await shown()).toEqual(['step 6']);
    await page.mouse.move(2, 2);
    expect(await shown()).toEqual(['step 10']);
    await page.$eval('#test-bowl .player input', (input) => {
      input.value = '3';
      input.dispatchEvent(new Event('input'));
    });
    await page.mouse.move(...(await placeOf('test-curves', [6, 50])));
    await page.mouse.move(2, 2);
    expect(await shown()).toEqual(['step 3']);
    expect(await countOf('#test-bowl .box.playing')).toBe(1);
  });

  test('has units of equal length on both axes if requested', async () => {
    const [a, b, c] = await Promise.all(([[0, 0], [1, 0], [0, 1]] as Point[]).map((point) => placeOf('test-bowl', point))); // biome-ignore format: short
    expect(Math.abs((b![0] - a![0]) / (a![1] - c![1]) - 1)).toBeLessThan(0.02);
  });

  test('writes the names of trajectories at their ends', async () => {
    expect(await textsOf('#test-bowl [aria-label="text"] text')).toEqual(['SGD', 'Adam']);
  });

  test('fits a window of 390 pixels, and is redrawn when the window changes', async () => {
    await page.setViewport({ width: 390, height: 800 });
    await page.waitForFunction(
      () => document.querySelector('#test-curves .box svg')!.getBoundingClientRect().width <= 390,
    );
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  test('is readable without its script', async () => {
    await page.setJavaScriptEnabled(false);
    await page.reload();
    expect(await countOf('.box')).toBe(0);
    expect(await textsOf('figcaption')).toEqual([curves.caption, bowl.caption, narrow.caption]);
  });
});
