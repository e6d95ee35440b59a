/// <reference lib="dom" />
import { createHash } from 'node:crypto';
import type { Browser } from 'puppeteer-core';
import { dense } from '../../../lib/layers/dense';
import { embedding } from '../../../lib/layers/embedding';
import { input } from '../../../lib/layers/input';
import { parallel } from '../../../lib/layers/parallel';
import { distributionsOf } from '../../../lib/tables/monitoring/distributions_of';
import { table } from '../../../lib/tables/open';
import { modelPage } from '../../../lib/tables/page/model_page';
import { script } from '../../../lib/tables/page/page_script.js';
import { pageHeaders } from '../../../lib/tables/page/served_page';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { TableModel } from '../../../lib/tables/table_model';
import { network } from '../../../lib/training/network';
import { describeInBrowser, openBrowser } from '../../support/browser';

const cities = Array.from({ length: 70 }, (_, i) => `city ${String(i).padStart(2, '0')}`);

/** Rows whose columns have known medians. */
const rows = Array.from({ length: 210 }, (_, i) => ({
  age: i % 5 === 4 ? null : i,
  member: i % 3 !== 0,
  plan: ['gold', 'gold', 'free'][i % 3]!,
  stars: [3, 3, 5][i % 3]!,
  city: cities[i % 70]!,
  joined: new Date(Date.UTC(2024, 0, 1 + i)),
  seen: new Date(Date.UTC(2024, 0, 1, i)),
  note: `the note number ${i} says hello`,
  one: `a${i % 2}`,
  other: `b${i % 7}`,
  amount: i / 7,
  sold: i % 2 === 0,
}));

async function modelOf(all: readonly Record<string, unknown>[], steps: Parameters<typeof pipeline>[0], target: string) {
  const data = await table(all);
  const fitted = await pipeline(steps).fit(data, { target });
  const inner = typeof fitted.inputs === 'number' ? [] : Object.keys(fitted.inputs);
  const blocks = inner.map((name) =>
    name === 'codes' ? [input(name), embedding()] : name === 'words' ? [input(name), dense(4)] : [input(name)],
  );
  const layers = [...(blocks.length > 1 ? [parallel(blocks)] : (blocks[0] ?? [])), dense(fitted.outputs)];
  const made = network({ inputs: fitted.inputs, layers });
  return new TableModel(made, fitted, { distributions: await distributionsOf(fitted, data) } as never);
}

const pageOf = (model: TableModel, interval?: number) => modelPage(model, { version: '0123456789ab', interval });

let browser: Browser;

function useBrowser(): void {
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
}

/** What a browser reads in a page, without its script. */
async function outlineOf(html: string) {
  const page = await browser.newPage();
  await page.setJavaScriptEnabled(false); // the script needs the server
  await page.setContent(html);
  const outline = await page.evaluate(() => {
    const valuesOf = (options: Iterable<HTMLOptionElement>) => Array.from(options, ({ value }) => value);
    return {
      title: document.querySelector('h1')!.textContent,
      header: document.querySelector('header')!.textContent,
      images: document.images.length,
      scripts: Array.from(document.scripts, ({ textContent }) => textContent),
      handlers: Array.from(document.querySelectorAll('*')).filter((one) =>
        Array.from(one.attributes).some(({ name }) => name.startsWith('on')),
      ).length,
      ids: Array.from(document.querySelectorAll('[id]'), ({ id }) => id),
      unfolded: document.querySelectorAll('form > .fields > .field').length,
      summary: document.querySelector('form summary')?.textContent,
      flags: document.querySelector<HTMLInputElement>('[name=flags]')?.value,
      explains: document.querySelector('[name=explain]') !== null,
      interval: document.querySelector<HTMLSelectElement>('[name=interval]')?.value,
      intervals: valuesOf(document.querySelector<HTMLSelectElement>('[name=interval]')?.options ?? []),
      fields: Array.from(document.querySelectorAll<HTMLElement>('.field'), (field) => {
        const control = field.querySelector<HTMLInputElement | HTMLSelectElement>('input, select, textarea')!;
        return {
          column: JSON.parse(field.dataset.column!) as string,
          kind: field.dataset.kind,
          values: field.dataset.values,
          label: field.querySelector('label')!.textContent,
          labels: control.labels?.length,
          described: control
            .getAttribute('aria-describedby')!
            .split(' ')
            .map((id) => field.querySelector(`#${id}`)?.className),
          control: `${control.localName} ${control.type}`,
          step: control.getAttribute('step'),
          start: control.value,
          choices: 'options' in control ? valuesOf(control.options) : [],
          suggested:
            control instanceof HTMLInputElement ? valuesOf((control.list as HTMLDataListElement)?.options ?? []) : [],
          other: field.querySelector('.other')?.ariaLabel,
          help: field.querySelector('.help')?.textContent,
        };
      }),
    };
  });
  await page.close();
  return outline;
}

type Outline = Awaited<ReturnType<typeof outlineOf>>;

describeInBrowser('the form of a model', () => {
  useBrowser();
  let model: TableModel;
  let outline: Outline;
  beforeAll(async () => {
    const steps = {
      age: columns.number(),
      member: columns.number(),
      plan: columns.category(),
      stars: columns.category(),
      city: columns.category(),
      joined: columns.date(),
      seen: columns.date(),
      note: columns.text({ columns: 64 }),
      both: columns.cross(['one', 'other'], { columns: 64 }),
    };
    model = await modelOf(rows, steps, 'sold');
    outline = await outlineOf(pageOf(model));
  });

  const fieldOf = (column: string) => outline.fields.find((field) => field.column === column)!;

  test('has a field with a label for each column that the model reads, in its order', () => {
    expect(outline.fields.map(({ column }) => column)).toEqual(model.columns);
    for (const { column, label, labels, described, help } of outline.fields) {
      expect([label, labels]).toEqual([column, 1]);
      expect(described).toEqual(help === undefined ? ['error'] : ['help', 'error']);
    }
    expect(new Set(outline.ids).size).toBe(outline.ids.length);
  });

  test('a number begins at the median of the training rows, and may be any number', () => {
    expect(fieldOf('age')).toMatchObject({ control: 'input number', step: 'any', help: 'training rows: 0 to 208' });
    expect(Number(fieldOf('age').start)).toBeCloseTo(104, -1);
  });

  test('a truth value is a choice of two and none', () => {
    expect(fieldOf('member')).toMatchObject({ start: 'true', choices: ['', 'true', 'false'] });
  });

  test('categories are a choice of those of training rows, none and another value, of the type of the column', () => {
    const other = 'another value';
    expect(fieldOf('plan')).toMatchObject({ start: '"gold"', choices: ['', '"gold"', '"free"', 'other'], other });
    expect(fieldOf('stars')).toMatchObject({ start: '3', choices: ['', '3', '5', 'other'], values: 'number', other });
  });

  test('many categories are suggested for a text', () => {
    const { control, help, suggested } = fieldOf('city');
    expect([control, help]).toEqual(['input text', '70 values of training rows are suggested']);
    expect(suggested.sort()).toEqual(cities);
  });

  test('dates have a field of dates, with the time of day if the model reads it', () => {
    const joined = fieldOf('joined');
    expect([joined.control, joined.help]).toEqual(['input date', 'training rows: 2024-01-01 to 2024-07-28']);
    expect(joined.start).toMatch(/^2024-04-1[45]$/);
    const seen = fieldOf('seen');
    expect(seen).toMatchObject({
      control: 'input datetime-local',
      start: expect.stringMatching(/^2024-01-05T0[789]:\d\d$/),
    });
    expect(seen.help).toBe('training rows: 2024-01-01 to 2024-01-09; in UTC');
  });

  test('texts have a text area, and columns of a cross a choice', () => {
    expect(fieldOf('note')).toMatchObject({ control: 'textarea textarea', start: '' });
    expect(fieldOf('one').choices.sort()).toEqual(['', '"a0"', '"a1"', 'other']);
  });

  test('says what is predicted, by which version', () => {
    expect(outline.title).toBe('Predict sold');
    expect(outline.header).toMatch(/one of 2 classes.* 0123456789ab/);
  });

  test('asks for flags, and offers contributions, but no interval of a class', () => {
    expect(outline).toMatchObject({ flags: '1', explains: true, intervals: [] });
  });
});

describeInBrowser('a page', () => {
  useBrowser();
  const steps = { age: columns.number(), plan: columns.category() };

  test('of a model without distributions has empty fields, and no flags', async () => {
    const { network: made, pipeline: fitted } = await modelOf(rows, steps, 'sold');
    const { fields, flags } = await outlineOf(pageOf(new TableModel(made, fitted)));
    expect([fields[0]!.start, fields[0]!.help, flags]).toEqual(['', undefined, undefined]);
  });

  test('offers the intervals that the model has, and begins with that of the server', async () => {
    const { network: made, pipeline: fitted } = await modelOf(rows, steps, 'amount');
    const bound = (sign: number) => Array.from({ length: 500 }, (_, i) => (i < 30 ? null : (sign * (500 - i)) / 100));
    const model = new TableModel(made, fitted, {}, { errorBounds: { low: bound(-1), high: bound(1) } });
    expect(await outlineOf(pageOf(model))).toMatchObject({ interval: '', intervals: ['', '0.5', '0.8', '0.9'] });
    expect(await outlineOf(pageOf(model, 0.6))).toMatchObject({
      interval: '0.6',
      intervals: ['0.5', '0.6', '0.8', '0.9'],
    });
  });

  test('folds the fields of many columns', async () => {
    const names = Array.from({ length: 45 }, (_, i) => `x${i}`);
    const wide = rows.map(({ sold }, i) => ({
      ...Object.fromEntries(names.map((name, j) => [name, i * (j + 1)])),
      sold,
    }));
    const numbers = Object.fromEntries(names.map((name) => [name, columns.number()]));
    const { unfolded, summary, fields } = await outlineOf(pageOf(await modelOf(wide, numbers, 'sold')));
    expect([unfolded, fields.length, summary]).toEqual([40, 45, '5 further columns']);
  });

  test('takes hostile names of columns and categories as texts', async () => {
    const wild = `</script></title></select><img src=x onerror="alert('1')">&lt;\r\n\u0000`;
    const hostile = rows.map(({ age, plan, sold }) => ({
      [wild]: age,
      ['__proto__']: plan === 'gold' ? wild : plan,
      sold,
    }));
    const model = await modelOf(hostile, { [wild]: columns.number(), ['__proto__']: columns.category() }, 'sold');
    const { images, scripts, handlers, fields } = await outlineOf(pageOf(model));
    expect([images, handlers]).toEqual([0, 0]);
    expect(scripts).toEqual([script]);
    expect(fields.map(({ column }) => column)).toEqual([wild, '__proto__']);
    const choices = fields[1]!.choices.slice(1, -1);
    expect(choices.map((value) => JSON.parse(value))).toEqual([wild, 'free']);
  });
});

test('the policy of the page loads nothing, and runs its own script alone', () => {
  const policy = pageHeaders['Content-Security-Policy']!;
  expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  expect(policy.split('; ')[0]).toBe("default-src 'none'");
  expect(policy).toContain("connect-src 'self'");
  expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
  expect(script).not.toMatch(/\beval\(|new Function/);
});
