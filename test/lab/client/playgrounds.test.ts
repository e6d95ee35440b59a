/// <reference lib="dom" />
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, ElementHandle, Page } from 'puppeteer-core';
import { factorOf } from '../../../lib/lab/adaptive/heavy_ball';
import { labPage } from '../../../lib/lab/page';
import { type PlaygroundName, playgrounds } from '../../../lib/lab/playgrounds';
import { initialValues } from '../../../lib/lab/playgrounds/playground';
import { axisRange } from '../../../lib/pages/axes';
import type { Figure, Point } from '../../../lib/pages/figure';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';

const names = Object.keys(playgrounds) as PlaygroundName[];

const report = (name: string) => ({
  name,
  title: name,
  settings: {},
  figures: [],
  checks: [],
  findings: [],
  seconds: 1,
  holds: true,
});

/** Of a y axis. The x axes of playgrounds have a domain, which does not depend on the number of ticks. */
const ticks = 7;

/** Slider positions, if not 0.55, at which figures have points other than before. */
const positions: Record<string, number> = { condition: 0.15 };

/** The place of a value on an axis, from 0 to 1. */
function shareOf(figure: Figure, which: 'x' | 'y', value: number): number {
  const { scale, domain } = axisRange(figure, which, ticks);
  const at = scale === 'log' ? Math.log : (one: number) => one;
  return (at(value) - at(domain[0])) / (at(domain[1]) - at(domain[0]));
}

const sliders = names.flatMap((name) => Object.keys(playgrounds[name].controls).map((control) => ({ name, control })));

describeInBrowser('the playgrounds of a page', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-playgrounds-'));
  const file = path.join(folder, 'page.html');
  let browser: Browser;
  let page: Page;
  let messages: string[];

  beforeAll(async () => {
    fs.writeFileSync(file, labPage(['adaptive', 'saxe'].map(report)));
    browser = await openBrowser();
    ({ page, messages } = await openPage(browser, file));
  });

  afterEach(() => {
    expect(messages).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const within = (name: PlaygroundName, selector = '') => `[data-playground="${name}"] ${selector}`;

  /** Scrolls to a playground, so that it is drawn. */
  const scrollTo = async (name: PlaygroundName, on: Page) => {
    await on.$eval(within(name), (place) => place.scrollIntoView());
    for (const figure of playgrounds[name].figures(initialValues(playgrounds[name]), []))
      await on.waitForSelector(`#${name}-${figure.name} .box svg`);
  };

  /** Shows a playground in its initial state. */
  const show = async (name: PlaygroundName) => {
    await scrollTo(name, page);
    await press(name, 'reset');
  };

  /** Waits until the figures have followed a change. */
  const drawn = () =>
    page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

  const move = async (name: PlaygroundName, control: string, position: number) => {
    const place = Object.keys(playgrounds[name].controls).indexOf(control);
    await page.$$eval(
      within(name, '.slider input'),
      (all, place, position) => {
        const input = all[place] as HTMLInputElement;
        input.value = String(Math.round(Number(input.max) * position));
        input.dispatchEvent(new Event('input'));
      },
      place,
      position,
    );
    await drawn();
  };

  const press = async (name: PlaygroundName, label: string) => {
    await page.$$eval(
      within(name, 'button'),
      (all, label) => (all.find((one) => one.textContent === label) as HTMLElement).click(),
      label,
    );
    await drawn();
  };

  /** The values that the sliders display. */
  const valuesOf = async (name: PlaygroundName): Promise<Record<string, number>> => {
    const texts = await page.$$eval(within(name, '.slider .value'), (all) => all.map((one) => one.textContent!));
    return Object.fromEntries(
      Object.entries(playgrounds[name].controls).map(([control, { unit = '' }], i) => {
        expect(texts[i]!.endsWith(unit)).toBe(true);
        return [control, Number(texts[i]!.slice(0, texts[i]!.length - unit.length).replace('−', '-'))];
      }),
    );
  };

  const findingsOf = (name: PlaygroundName) =>
    page.$$eval(within(name, '.findings p'), (all) => all.map((one) => one.textContent!));

  const toMiddle = (element: ElementHandle<Element>) =>
    element.evaluate((one) => one.scrollIntoView({ block: 'center' }));

  /** The text of a figure at a point of its plot. */
  const pointAt = async (id: string, figure: Figure, [x, y]: Point) => {
    await toMiddle((await page.$(`#${id} .box`))!);
    const frame = await page.$eval(`#${id} .box svg [aria-label="frame"]`, (one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return { left, right, top, bottom };
    });
    await page.mouse.move(
      frame.left + shareOf(figure, 'x', x) * (frame.right - frame.left),
      frame.bottom - shareOf(figure, 'y', y) * (frame.bottom - frame.top),
    );
    return await page.$eval(`#${id} .tip`, (tip) => ({
      hidden: (tip as HTMLElement).hidden,
      point: [Number(tip.getAttribute('data-x')), Number(tip.getAttribute('data-y'))] as const,
      text: tip.textContent!,
    }));
  };

  const isClose = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1e-9, Math.abs(a));
  const pointsOf = ({ marks }: Figure): Point[] =>
    marks.flatMap((mark) => (mark.kind === 'line' || mark.kind === 'dots' || mark.kind === 'path' ? mark.points : []));
  const has = (figure: Figure, [x, y]: Point) => pointsOf(figure).some(([px, py]) => isClose(px, x) && isClose(py, y));

  /** Whether a figure of the page shows the data of `figure` at a point that `other` lacks. */
  async function showsData(id: string, figure: Figure, other: Figure): Promise<boolean> {
    const isInside = (which: 'x' | 'y', value: number) => Math.abs(shareOf(figure, which, value) - 0.5) < 0.48;
    const before = new Set(pointsOf(other).map(String));
    const changed = pointsOf(figure).filter(
      (point) => isInside('x', point[0]) && isInside('y', point[1]) && !before.has(String(point)),
    );
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const { hidden, point, text } = await pointAt(id, figure, changed[Math.floor(share * changed.length)]!);
      if (hidden || !has(figure, point)) throw new Error(`${id} shows what is not in its data: ${text}`);
      if (!has(other, point)) return true;
    }
    return false;
  }

  test.each(sliders)(
    'the slider $control of $name changes figures to those of its value',
    async ({ name, control }) => {
      const { figures, starts } = playgrounds[name];
      await show(name);
      if (name === 'learning-curves') await move(name, 'modes', control === 'modes' ? 0 : 1);
      const before = figures(await valuesOf(name), starts?.initial ?? []);
      await move(name, control, positions[control] ?? 0.55);
      const values = await valuesOf(name);
      const after = figures(values, starts?.initial ?? []);
      const changed = after.filter((figure, i) => JSON.stringify(figure) !== JSON.stringify(before[i]));
      expect(changed.length).toBeGreaterThan(0);
      for (const figure of changed)
        expect([
          figure.name,
          await showsData(`${name}-${figure.name}`, figure, before[after.indexOf(figure)]!),
        ]).toEqual([figure.name, true]);
      expect(await findingsOf(name)).toEqual(playgrounds[name].findings(values, starts?.initial ?? []));
    },
  );

  test('a place of the phase diagram has the factor of the larger root', async () => {
    await show('momentum');
    const phase = playgrounds.momentum.figures(initialValues(playgrounds.momentum), [])[2]!;
    for (const place of [
      [1.5, 0.9],
      [2.2, 0.5],
      [3.5, 0.2],
      [0.3, 0.05],
    ] as const) {
      // biome-ignore format: short
      const { point, text } = await pointAt('momentum-phase', phase, place);
      for (const k of [0, 1]) expect(Math.abs(point[k]! - place[k]!)).toBeLessThan(0.02);
      const [step, decay] = point;
      expect(Number(text.split('factor per step: ')[1])).toBeCloseTo(factorOf({ step, decay }), 2);
    }
  });

  test('the dots of the phase diagram are at (ηλ, α)', async () => {
    await show('momentum');
    await move('momentum', 'rate', 0.6);
    await move('momentum', 'condition', 0.1);
    const { rate, decay, condition } = (await valuesOf('momentum')) as Record<string, number>;
    const circles = await page.$$('#momentum-phase .box circle');
    const shown: number[][] = [];
    for (const circle of circles) {
      await toMiddle(circle);
      const { x, y, width, height } = (await circle.boundingBox())!;
      await page.mouse.move(x + width / 2, y + height / 2);
      shown.push(
        await page.$eval('#momentum-phase .tip', (tip) => [
          Number(tip.getAttribute('data-x')),
          Number(tip.getAttribute('data-y')),
        ]),
      );
    }
    expect(shown).toEqual([[rate! / condition!, decay], [rate, decay]]); // biome-ignore format: short
  });

  test('presets set sliders, and reset sets them back', async () => {
    await show('momentum');
    await move('momentum', 'condition', 0.5);
    await press('momentum', 'best η and α for this κ');
    const { condition } = await valuesOf('momentum');
    const root = Math.sqrt(condition!);
    const best = ((root - 1) / (root + 1)).toPrecision(4);
    expect(
      (await findingsOf('momentum')).filter((text) => text.includes(`by a factor of ${best} per step`)),
    ).toHaveLength(2);
    await press('momentum', 'reset');
    expect(await valuesOf('momentum')).toEqual(initialValues(playgrounds.momentum));
  });

  test('the pointer marks the same step in the other figures', async () => {
    await show('momentum');
    const risk = playgrounds.momentum.figures(initialValues(playgrounds.momentum), [])[1]!;
    const [, after] = pointsOf(risk).filter(([t]) => t === 40);
    const { text } = await pointAt('momentum-risk', risk, after!);
    const step = /step t: (\d+)/.exec(text)![1];
    expect(await page.$eval('#momentum-path .player output', (one) => one.textContent)).toBe(`step ${step}`);
  });

  const startsSaid = async () =>
    (await findingsOf('one-mode')).slice(1).map((text) => /^([A-E]), from \((.*?), (.*?)\)/.exec(text)!.slice(1).map((one) => one.replace('−', '-'))); // biome-ignore format: short

  test('a click on the plane starts a flow there, and a sixth start replaces the first', async () => {
    await show('one-mode');
    const box = (await page.$('#one-mode-plane .box'))!;
    await toMiddle(box);
    /** Clicks at a point, located by the ticks of an axis. */
    const click = async (a: number, b: number) => {
      const place = await page.$eval(
        '#one-mode-plane svg',
        (svg, a, b) => {
          const at = (which: 'x' | 'y', value: number) => {
            const ticks = [...svg.querySelectorAll(`[aria-label="${which}-axis tick label"] text`)].map((text) => {
              const [, tx, ty] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(text.getAttribute('transform')!)!;
              return [Number(text.textContent!.replace('−', '-')), Number(which === 'x' ? tx : ty)] as const;
            });
            const [[v0, p0], [v1, p1]] = [ticks[0]!, ticks.at(-1)!];
            return p0 + ((value - v0) / (v1 - v0)) * (p1 - p0);
          };
          return [at('x', a), at('y', b)];
        },
        a,
        b,
      );
      const { x, y } = (await box.boundingBox())!;
      await page.mouse.click(x + place[0]!, y + place[1]!);
      await drawn();
    };
    const points: Point[] = [[1, 2], [-2, -1], [-0.5, 1.5], [0.5, -2.5]]; // biome-ignore format: short
    for (const [a, b] of points) await click(a, b);
    const said = await startsSaid();
    expect(said.map(([name]) => name)).toEqual(['A', 'B', 'C', 'D', 'E']);
    const order = [points[2]!, points[3]!, undefined, points[0]!, points[1]!];
    for (const [i, point] of order.entries())
      if (point) for (const k of [0, 1]) expect(Math.abs(Number(said[i]![k + 1]) - point[k]!)).toBeLessThan(0.04);
    expect(said[2]!.slice(1)).toEqual(['-1.5', '1.3']);
  });

  test('starts can be chosen by keyboard', async () => {
    await show('one-mode');
    await press('one-mode', 'no starts');
    expect(await startsSaid()).toEqual([]);
    const [a, b] = await page.$$(within('one-mode', 'input[type="number"]'));
    for (const [input, text] of [
      [a!, '-1.25'],
      [b!, '0.5'],
    ] as const) {
      // biome-ignore format: short
      await input.evaluate((one) => {
        (one as HTMLInputElement).value = '';
      });
      await input.type(text);
    }
    await page.keyboard.press('Enter');
    await drawn();
    expect(await startsSaid()).toEqual([['A', '-1.25', '0.5']]);
    await press('one-mode', 'random start');
    const [, drawnAtRandom] = await startsSaid();
    for (const text of drawnAtRandom!.slice(1)) expect(Math.abs(Number(text))).toBeLessThanOrEqual(3);
    await press('one-mode', 'reset');
    expect(await startsSaid()).toHaveLength(playgrounds['one-mode'].starts!.initial.length);
  });

  test('an arrow key moves a slider, which shows its value with its unit', async () => {
    await show('momentum');
    const [slider] = await page.$$(within('momentum', '.slider input'));
    await slider!.focus();
    await page.keyboard.press('ArrowRight');
    await drawn();
    const { rate } = await valuesOf('momentum');
    expect(rate).toBeGreaterThan(1);
    expect(rate).toBeLessThan(1.05);
    expect(await slider!.evaluate((one) => one.getAttribute('aria-valuetext'))).toBe(`${rate}/L`);
    expect(await slider!.evaluate((one) => one.getAttribute('aria-label'))).toBe('η, length of a step');
  });

  test('sliders without an effect are hidden', async () => {
    await show('learning-curves');
    const visible = () =>
      page.$$eval(within('learning-curves', '.slider'), (all) => all.filter((one) => one.checkVisibility()).length);
    expect(await visible()).toBe(7);
    await move('learning-curves', 'modes', 0);
    expect(await visible()).toBe(4);
    await move('learning-curves', 'modes', 1);
    expect(await visible()).toBe(8);
  });

  test.each([390, 1200].flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ width, scheme }))))(
    'fit a window of $width pixels in $scheme colours',
    async ({ width, scheme }) => {
      const opened = await openPage(browser, file, { width, scheme });
      for (const name of names) await scrollTo(name, opened.page);
      expect(await opened.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      const colors = await opened.page.$eval(within('momentum', '.slider'), (one) => {
        const luminance = (color: string) => Math.max(...color.match(/\d+/g)!.slice(0, 3).map(Number));
        return [getComputedStyle(one).color, getComputedStyle(document.body).backgroundColor].map(luminance);
      });
      expect(colors[0]! > colors[1]!).toBe(scheme === 'dark');
      expect(opened.messages).toEqual([]);
      await opened.page.close();
    },
  );

  test('are readable without the script', async () => {
    const { page: plain } = await openPage(browser, file);
    await plain.setJavaScriptEnabled(false);
    await plain.reload();
    for (const name of names) {
      const { title, about } = playgrounds[name];
      expect(await plain.$eval(within(name, 'h3'), (one) => one.textContent)).toBe(`Try it: ${title}`);
      expect(await plain.$eval(within(name, 'p'), (one) => one.textContent)).toBe(about);
    }
    await plain.close();
  });
});
