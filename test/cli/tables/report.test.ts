import fs from 'node:fs';
import path from 'node:path';
import type { Browser } from 'puppeteer-core';
import { loadTableModel } from '../../../lib/tables';
import packageJson from '../../../package.json';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';
import { runNode } from '../../support/child';
import { folders } from '../../support/folders';

const newFolder = folders();
let folder: string;
const file = (name: string) => path.join(folder, name);

const tagged = '<b>a & "b"</b>';
const long = 'a name that is much longer than a column of a table of a report';

/** 200 rows, the last two without a target. */
beforeAll(() => {
  folder = newFolder();
  const lines = Array.from({ length: 200 }, (_, i) => {
    const x = i % 50;
    const city = i % 4 === 0 ? '<i>Bern</i>' : i % 2 === 0 ? 'Basel' : '';
    return [x, Math.sin(i), `2020-01-${String((i % 28) + 1).padStart(2, '0')}`, city, i < 198 ? x + Math.sin(i) : ''];
  });
  const names = ['"<b>a & ""b""</b>"', long, 'day', 'city', "the 'target'"];
  fs.writeFileSync(
    file('a_table_whose_name_is_longer_than_a_line.csv'),
    [names, ...lines].map((line) => `${line.join(',')}\n`).join(''),
  );
});

const glissade = packageJson.bin.glissade;

describeInBrowser('the report', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  test('shows the table.describe() of each column, and its command trains the same model', async () => {
    const train = [
      ...[
        'train',
        file('a_table_whose_name_is_longer_than_a_line.csv'),
        '--target',
        "the 'target'",
        '--epochs',
        '4',
        '--rate',
        '0.01',
        '--seed',
        '3',
      ],
      ...['--kinds', `${long}=number`, '--out', file('first.safetensors'), '--report', file('first.html')],
      ...['--metrics', file('log.jsonl'), '--log-dir', file('logs')],
    ];
    expect((await runNode([glissade, ...train])).code).toBe(0);
    const { page } = await openPage(browser, file('first.html'));
    const shown = await page.evaluate(() => ({
      rows: Array.from(document.querySelectorAll('.columns tr'), (row) => {
        const [name, ...cells] = Array.from(row.querySelectorAll('th, td'), (cell) => cell.textContent!.trim());
        return { name, cells };
      }),
      tags: document.querySelectorAll('.columns b, .columns i').length,
      pictures: Array.from(document.querySelectorAll('.histogram'), (one) => one.getAttribute('aria-label')),
      text: document.body.textContent!,
      command: document.querySelector('pre')!.textContent!,
    }));
    const [titles, first, second, day, city, target] = shown.rows;
    expect(titles!.cells.slice(3)).toEqual('Missing,Distinct,Values,Minimum,25 %,Median,75 %,Maximum,Mean'.split(','));
    expect(first).toEqual({
      name: tagged,
      cells: [
        'number',
        'input',
        expect.stringMatching(/^[\d.]+ \(/),
        '',
        '50',
        '',
        '0',
        '12',
        '24.5',
        '37',
        '49',
        '24.5',
      ],
    });
    expect(second!.name).toBe('a name that is much lon…');
    expect(day!.cells).toEqual([
      ...['date', 'input', expect.anything(), '', '28', '', '2020-01-01'],
      ...['2020-01-07', '2020-01-14', '2020-01-21', '2020-01-28', expect.stringMatching(/^2020-01-14/)],
    ]);
    expect(city!.cells).toEqual([
      ...['category', 'input', expect.anything(), '100 (50 %)', '2'],
      '<i>Bern</i> 25 %, Basel 25 %',
    ]);
    expect(target!.cells.slice(0, 4)).toEqual(['number', 'target', '', '2 (1 %)']);
    expect(shown.tags).toBe(0);
    expect(shown.pictures).toHaveLength(4);
    expect(shown.pictures[0]).toBe('rows of 12 equal intervals: 20, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 20');

    expect(shown.text).toContain('It is the exact solution');

    expect(shown.command).toMatch(/^glissade train /);
    expect(shown.command).not.toContain('log');
    const again = shown.command
      .replace(/^glissade/, `'${process.execPath}' ${glissade}`)
      .replaceAll('first.', 'second.');
    const { code } = await runNode([
      '-e',
      `process.exit(require('child_process').spawnSync(${JSON.stringify(again)}, { shell: true }).status)`,
    ]);
    expect(code).toBe(0);
    const models = await Promise.all(['first', 'second'].map((name) => loadTableModel(file(`${name}.safetensors`))));
    const [one, two] = models.map(({ about }) => about.report as Record<string, unknown>);
    const timed = { examplesPerSecond: 0, seconds: 0 };
    expect({ ...two, ...timed }).toEqual({ ...one, ...timed });
    const row = { [tagged]: 3, [long]: 0.5, day: new Date('2020-01-05'), city: 'Basel' };
    expect(models[1]!.predict(row)).toBe(models[0]!.predict(row));
  });

  test.each(['light', 'dark'] as const)('fits a narrow window, %s', async (scheme) => {
    const { page, messages } = await openPage(browser, file('first.html'), { width: 390, scheme });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint'))); // draws what is still below the window
    expect(await page.$$eval('figure svg', (drawn) => drawn.length)).toBeGreaterThanOrEqual(4);
    expect(messages).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });
});
