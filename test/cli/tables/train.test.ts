import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Browser } from 'puppeteer-core';
import '../../../lib/optimizers';
import { table } from '../../../lib/tables/open';
import { loadTableModel } from '../../../lib/tables/table_model';
import { search } from '../../../lib/tables/train/search';
import packageJson from '../../../package.json';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';
import { packageRoot, runNode } from '../../support/child';
import { eventsIn } from '../../support/event_files';
import { folders } from '../../support/folders';
import { csvOf, people } from '../../support/people';

const newFolder = folders();
const rows = people(400, 3);
let folder: string;
const file = (name: string) => path.join(folder, name);

beforeAll(() => {
  folder = newFolder();
  fs.writeFileSync(file('people.csv'), csvOf(rows));
});

const train = (...parameters: string[]) =>
  runNode([packageJson.bin.glissade, 'train', file('people.csv'), ...parameters]);

describe('glissade train', () => {
  test('prints its guesses and findings, and writes a model that predicts', async () => {
    const { code, stdout, stderr } = await train('--target', 'price', '--out', file('price.safetensors'));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^regression of "price" from \d+ rows/);
    expect(stdout).toMatch(/^ {2}RMSE +[\d.]+ \(/m);
    expect(stdout).toMatch(/The network is (better than|not clearly better than)/);
    const model = await loadTableModel(file('price.safetensors'));
    expect(Number.isFinite(model.predict(rows[0]!))).toBe(true);
  });

  test('trains with the given options, and prints JSON', async () => {
    const common = ['--target', 'plan', '--epochs', '3', '--seed', '5', '--validation', '0.25', '--json'];
    const { stdout } = await train(...common, '--model', '8,4', '--out', file('plan.safetensors'));
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ task: 'classification', hidden: [8, 4], seed: 5, heldOut: 'held out' });
    expect(report.epochs).toBeLessThanOrEqual(3);
    expect(report.files).toEqual([file('plan.safetensors')]);
    const options = ['--rule', 'sgd', '--rate', '0.02', '--decay', '0.001', '--batch', '16'];
    const linear = await train(...common, '--model', 'linear', ...options, '--out', file('linear.safetensors'));
    const asked = { hidden: [], rule: 'sgd', learningRate: 0.02, weightDecay: 0.001, batchSize: 16 };
    expect(JSON.parse(linear.stdout)).toMatchObject(asked);
  });

  test('keeps groups together, or predicts later rows, and says so', async () => {
    const common = ['--target', 'price', '--epochs', '2', '--out', file('divided.safetensors')];
    const grouped = await train(...common, '--by', 'city', '--report', file('grouped.html'));
    expect(grouped.stdout).toContain('(cross-validated by "city")');
    expect(grouped.stdout).toContain(
      'not used: id (identifier: nearly every value differs), city (the column by which the rows are divided)',
    );
    const page = fs.readFileSync(file('grouped.html'), 'utf8');
    expect(page).toContain('Each group of &quot;city&quot; was held out once');
    expect(page).toContain('--by city');
    const later = JSON.parse((await train(...common, '--time', 'income', '--gap', '50', '--json')).stdout);
    expect(later).toMatchObject({ time: 'income', gap: 50, heldOut: 'cross-validated' });
    const strata = JSON.parse((await train(...common, '--stratified', 'plan', '--json')).stdout);
    expect(strata).toMatchObject({ stratified: 'plan' });
  });

  test('stops at Ctrl-C, and writes the model trained so far', async () => {
    const line = 'a,b,c,y\n';
    const many = Array.from({ length: 30_000 }, (_, i) =>
      [Math.sin(i), Math.cos(2 * i), i % 7, Math.sin(3 * i)].join(),
    );
    fs.writeFileSync(file('many.csv'), line + many.join('\n'));
    const program = spawn(
      process.execPath,
      [
        packageJson.bin.glissade,
        'train',
        file('many.csv'),
        '--target',
        'y',
        '--out',
        file('many.safetensors'),
        '--metrics',
        file('many.jsonl'),
        '--json',
      ],
      { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let text = '';
    program.stdout.on('data', (data) => (text += data));
    const ended = new Promise<number | null>((resolve) => program.on('close', resolve));
    const hasBegun = () => (fs.statSync(file('many.jsonl'), { throwIfNoEntry: false })?.size ?? 0) > 0;
    while (!hasBegun()) await new Promise((resolve) => setTimeout(resolve, 5)); // a training takes seconds
    program.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(JSON.parse(text).stopped).toBe(true);
    expect(Number.isFinite((await loadTableModel(file('many.safetensors'))).predict({ a: 0, b: 1, c: 2 }))).toBe(true);
  });

  test('logs each training for TensorBoard and as JSON lines', async () => {
    const [out, log] = [file('logged.safetensors'), file('log.jsonl')];
    const folder = path.join(file('new'), 'logs');
    const { stdout } = await train(
      ...['--target', 'plan', '--epochs', '2', '--validation', '0.3', '--out', out],
      ...['--log-dir', folder, '--metrics', log, '--json'],
    );
    expect(JSON.parse(stdout).files).toEqual([out, log, folder]);
    const lines = fs
      .readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event }) => event)).toEqual(['start', 'epoch', 'epoch', 'end']);
    const runs = fs.readdirSync(folder);
    expect(runs).toEqual(['network-1']);
    for (const [i, run] of runs.entries()) {
      const [events] = fs.readdirSync(path.join(folder, run));
      const losses = eventsIn(path.join(folder, run, events!)).flatMap(({ scalars }) => scalars.loss ?? []);
      expect(losses).toEqual([1, 2].map((epoch) => Math.fround(lines[4 * i + epoch].loss)));
    }
  });

  test('trains with the best setting of a search, which the report, the model and the page mention', async () => {
    const [out, page] = [file('searched.safetensors'), file('searched.html')];
    const common = ['--target', 'plan', '--epochs', '6', '--model', 'linear', '--seed', '2'];
    const { stdout } = await train(...common, '--search', '5', '--out', out, '--report', page, '--json');
    const { search: trials, ...report } = JSON.parse(stdout);
    expect(trials).toHaveLength(5);
    const found = await search(await table(file('people.csv')), {
      ...{ target: 'plan', epochs: 6, hidden: [], seed: 2, trials: 5 },
    });
    expect(trials[0]).toMatchObject(found.best);
    expect(report).toMatchObject(found.best);
    expect((await loadTableModel(out)).about.search).toEqual(trials);
    const sentence = `Of 5 settings, the search chose ${found.best.rule}`;
    expect(fs.readFileSync(page, 'utf8')).toContain(sentence);
    expect(fs.readFileSync(page, 'utf8')).toContain('data-name="learning-curve"'); // of minibatches
    const inspected = await runNode([packageJson.bin.glissade, 'inspect', out]);
    expect(inspected.stdout).toContain(`${sentence} with a learning rate of`);
    expect(inspected.stdout).toContain('slightly optimistic');
    const { stdout: held } = await train(...common, '--search', '2', '--validation', '0.3', '--out', out);
    expect(held).toContain('Of 2 settings');
    expect(held).not.toContain('optimistic');
  });

  test('resumes with --resume after SIGKILL, to the same model', async () => {
    const common = ['--target', 'plan', '--search', '4', '--epochs', '30'];
    const { stdout } = await train(...common, '--out', file('undisturbed.safetensors'), '--json');
    const out = file('resumed.safetensors');
    const command = [
      packageJson.bin.glissade,
      'train',
      file('people.csv'),
      ...common,
      '--out',
      out,
      '--resume',
      '--json',
    ];
    const program = spawn(process.execPath, command, { cwd: packageRoot, stdio: 'ignore' });
    const ended = new Promise((resolve) => program.on('close', resolve));
    while (!fs.existsSync(path.join(`${out}.progress`, 'training', 'network-3')))
      await new Promise((resolve) => setTimeout(resolve, 5));
    program.kill('SIGKILL');
    await ended;
    expect(fs.existsSync(out)).toBe(false);
    const journal = fs.readFileSync(path.join(`${out}.progress`, 'search.jsonl'), 'utf8');
    const resumed = JSON.parse((await runNode(command)).stdout);
    const undisturbed = JSON.parse(stdout);
    for (const name of ['scores', 'history', 'epochs', 'importance', 'chosen'])
      expect(resumed[name]).toEqual(undisturbed[name]);
    // The time of the search includes that of the killed one.
    const [last] = journal
      .trim()
      .split('\n')
      .slice(-1)
      .map((line) => JSON.parse(line));
    const same = resumed.search.find(({ trial }: { trial: number }) => trial === last.trial + 1);
    expect(same.seconds).toBeGreaterThanOrEqual(last.seconds);
    const [one, other] = await Promise.all(
      [out, file('undisturbed.safetensors')].map((model) => loadTableModel(model)),
    );
    expect(one!.network.parameters).toEqual(other!.network.parameters);
    expect(fs.existsSync(`${out}.progress`)).toBe(false);
  });

  test.each([
    [['--target', 'prize'], 'has no column "prize". Did you mean "price"?'],
    [['--target', 'price', '--rate', 'fast'], '--rate: Expected a number or auto but received "fast"'],
    [['--target', 'price', '--max-time', 'soon'], '--max-time: Expected a time such as 60s'],
    [['--target', 'price', '--by', 'town'], 'has no column "town"'],
    [['--target', 'price', '--by', 'city', '--time', 'income'], 'by and time exclude each other'],
    [['--target', 'price', '--gap', '-1'], 'for --gap but received -1'],
    [['--target', 'price', '--model', '64,x'], '--model'],
    [['--target', 'price', '--rule', 'adamx'], 'unknown rule "adamx". Did you mean "adam"?'],
    [['--target', 'price', '--decay', 'much'], '--decay: Expected a number or auto'],
    [['--target', 'price', '--search', '0'], 'for --search but received 0'],
    [['--target', 'price', '--search', '3', '--model', 'linear'], 'nothing is left to choose, because a linear model'],
    [['--target', 'price', '--batch', '0'], 'for --batch but received 0'],
    [['--target', 'price', '--rate', '-1'], 'for --rate but received -1'],
    [['--target', 'price', '--decay', '-1'], 'for --decay but received -1'],
    [['--target', 'price', '--epochs', '0'], 'for --epochs but received 0'],
    [['--target', 'price', '--seed', '-1'], 'for --seed but received -1'],
    [['--target', 'price', '--validation', '1'], 'for --validation but received 1'],
    [['--target', 'price', '--max-time', '0s'], 'for --max-time but received 0'],
    [['--target', 'price', '--validation', '0.99'], 'are left to train on; hold out a smaller share'],
    [['--target', 'price', '--validation', '0.0001'], 'is none; hold out a larger share'],
    [
      ['--target', 'price', '--search', '3', '--rule', 'sgd', '--rate', '0.1', '--decay', '0', '--model', '8'],
      'nothing is left to choose',
    ],
    [['--target', 'price', '--out', 'model/'], 'only names of folders end with a separator'],
    [['--target', 'price', '--out', `${'m'.repeat(300)}.safetensors`], 'name too long'],
    [['--target', 'price', '--out', '/nowhere/model.safetensors'], 'there is no folder /nowhere'],
    [['--target', 'price', '--out', 'same.html', '--report', './same.html'], '--out and --report are the same file'],
    [['--target', 'price', '--out', 'same.html', '--metrics', './same.html'], '--out and --metrics are the same file'],
    [['--target', 'price', '--metrics', '/nowhere/log.jsonl'], 'there is no folder /nowhere'],
    [['--target', 'price', '--log-dir', 'package.json/logs'], 'package.json is not a folder'],
    [['--target', 'price', '--log-dir', ''], "an output can't be written: its name is empty"],
    [[], "required option '--target <column>' not specified"],
  ])('refuses %j in one line, and writes nothing', async (parameters, message) => {
    const before = fs.readdirSync(folder);
    const { code, stdout, stderr } = await train('--out', file('none.safetensors'), ...parameters);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(fs.readdirSync(folder)).toEqual(before);
  });

  (fs.existsSync('/dev/full') ? test : test.skip)(
    'does not list a log that it could not write (needs /dev/full)',
    async () => {
      const out = file('without-log.safetensors');
      const options = ['--target', 'price', '--model', 'linear', '--epochs', '1', '--metrics', '/dev/full'];
      const { code, stdout, stderr } = await train('--out', out, ...options);
      expect(code).toBe(0);
      expect(stdout).toContain(`written: ${out}`);
      expect(stdout).not.toContain('/dev/full');
      expect(stderr.split('GLISSADE_LOG')).toHaveLength(2);
    },
  );

  test('reads what table reads, including queries', async () => {
    const query = `select price, age, city from '${file('people.csv')}' where price is not null`;
    const { code, stdout } = await runNode([
      ...[packageJson.bin.glissade, 'train', query, '--target', 'price', '--model', 'linear'],
      ...['--out', file('query.safetensors'), '--json'],
    ]);
    expect(code).toBe(0);
    const known = (await table(rows)).values('price') as Float64Array;
    expect(JSON.parse(stdout).rows).toBe(known.filter((price) => !Number.isNaN(price)).length);
  });
});

describeInBrowser('the report', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  test.each([
    ['price', ['predicted', 'errors', 'importance']],
    ['plan', ['calibration', 'importance']],
  ])(
    'writes one self-contained page for %s, with figures, scores, columns and the command',
    async (target, figures) => {
      const page = file(`${target}.html`);
      const model = file(`${target}-report.safetensors`);
      const { code } = await train('--target', target, '--epochs', '20', '--out', model, '--report', page);
      expect(code).toBe(0);
      expect(fs.readFileSync(page, 'utf8')).not.toMatch(/(?:src|href)="(?!data:)/);
      for (const width of [1200, 390]) {
        const { page: shown, messages } = await openPage(browser, page, { width });
        await shown.evaluate(() => dispatchEvent(new Event('beforeprint'))); // draws what is still below the window
        expect(await shown.$$eval('figure svg', (drawn) => drawn.length)).toBeGreaterThanOrEqual(figures.length);
        const text = await shown.evaluate(() => document.body.textContent);
        expect(text).toContain(`glissade train ${file('people.csv')} --target ${target} --epochs 20`);
        expect(text).toMatch(/The network is (better|not clearly better)/);
        expect(messages).toEqual([]);
        expect(await shown.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        await shown.close();
      }
      for (const name of figures) expect(fs.readFileSync(page, 'utf8')).toContain(`data-name="${name}"`);
    },
  );
});
