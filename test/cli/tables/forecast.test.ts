import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import packageJson from '../../../package.json';
import { packageRoot, runNode } from '../../support/child';
import { folders } from '../../support/folders';

const newFolder = folders();
const glissade = packageJson.bin.glissade;

const line = (i: number) =>
  `${new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10)},${20 + (i % 7) + (Math.sin(i * i) + 1).toFixed(3)}`;

const csv = (from: number, to: number) =>
  `day,sales\n${Array.from({ length: to - from }, (_, i) => line(from + i)).join('\n')}\n`;

test('writes forecasts, a page and a model, which goes on with newer rows', async () => {
  const folder = newFolder();
  const file = (name: string) => path.join(folder, name);
  fs.writeFileSync(file('sales.csv'), csv(0, 70));
  fs.writeFileSync(file('new.csv'), csv(70, 73));
  const { stdout, stderr, code } = await runNode([
    ...[
      glissade,
      'forecast',
      file('sales.csv'),
      '--time',
      'day',
      '--target',
      'sales',
      '--horizon',
      '5',
      '--folds',
      '2',
    ],
    ...['--out', file('next.csv'), '--save', file('model.safetensors'), '--report', file('page.html')],
  ]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/"sales": 70 values, one every day from 2024-01-01 to 2024-03-10; a season of 7/);
  expect(stdout).toMatch(/seasonal persistence .*\n {2}exponential smoothing/);
  const lines = fs.readFileSync(file('next.csv'), 'utf8').trim().split('\n');
  expect(lines[0]).toBe('day,step,sales,low,high');
  expect(lines.slice(1).map((one) => one.split(',').slice(0, 2).join())).toEqual(
    [1, 2, 3, 4, 5].map((step) => `2024-03-${10 + step},${step}`),
  );
  const page = fs.readFileSync(file('page.html'), 'utf8');
  const figures = [...page.matchAll(/class="figure"[^>]*>(\{.*?\})<\/script>/g)].map(([, json]) => JSON.parse(json!));
  expect(figures.map(({ name }) => name)).toEqual(['series-1', 'steps']);
  const names = figures[0].marks.map(({ name }: { name?: string }) => name);
  expect(names).toEqual(['past', undefined, 'backtest', undefined, 'forecast']);
  const [past, , backtest, band, forecast] = figures[0].marks;
  expect(past.points.at(-1)[0]).toBe(0);
  expect(backtest.points.at(-1)[0]).toBe(0);
  expect(forecast.points.map(([x]: number[]) => x)).toEqual([1, 2, 3, 4, 5]);
  expect(band.points[0][1]).toBeLessThan(band.points[0][2]);
  expect(page).toContain('glissade forecast ');

  const inspected = await runNode([glissade, 'inspect', file('model.safetensors')]);
  expect(inspected.stdout).toContain('forecasts 5 values of sales after the last, from the columns day, sales');
  expect(inspected.stdout).toContain('seasonal persistence');
  const json = JSON.parse((await runNode([glissade, 'inspect', file('model.safetensors'), '--json'])).stdout);
  expect(json).toMatchObject({ kind: 'forecasts', columns: ['day', 'sales'], report: { horizon: 5, spacing: 'day' } });

  const again = await runNode([glissade, 'forecast', file('new.csv'), '--model', file('model.safetensors'), '--json']);
  expect(again.stderr).toBe('');
  const found = JSON.parse(again.stdout);
  expect(found.forecast.map(({ time }: { time: string }) => time.slice(0, 10))).toEqual(
    [14, 15, 16, 17, 18].map((day) => `2024-03-${day}`),
  );
});

test('glissade serve answers with the next values', async () => {
  const folder = newFolder();
  const file = (name: string) => path.join(folder, name);
  fs.writeFileSync(file('sales.csv'), csv(0, 60));
  const model = file('model.safetensors');
  const series = ['--time', 'day', '--target', 'sales', '--horizon', '2', '--methods', 'exponentialSmoothing'];
  const made = await runNode([glissade, 'forecast', file('sales.csv'), ...series, '--save', model, '--json']);
  expect(JSON.parse(made.stdout)).toMatchObject({ chosen: 'exponentialSmoothing', files: [model] });
  const refused = await runNode([glissade, 'serve', model, '--port', '0', '--learn', '--out', file('out.safetensors')]);
  expect(refused.stderr).toMatch(/is a model of forecasts, whose server takes --port, .*, not --learn/);
  const child = spawn(process.execPath, [glissade, 'serve', model, '--port', '0'], { cwd: packageRoot });
  try {
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    while (!said.includes('\n')) await once(child.stdout, 'data');
    const url = /http:\/\/[\w.:]+/.exec(said)![0];
    const body = JSON.stringify([{ day: '2024-03-01', sales: 24 }]);
    const reply = await fetch(`${url}/forecast`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const rows = (await reply.json()) as { time: string }[];
    expect(rows.map(({ time }) => time.slice(0, 10))).toEqual(['2024-03-02', '2024-03-03']);
  } finally {
    child.kill('SIGTERM');
  }
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
});

test('says which option is missing, and which does not fit', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'sales.csv');
  fs.writeFileSync(file, csv(0, 30));
  const none = await runNode([glissade, 'forecast', file, '--time', 'day', '--target', 'sales']);
  expect(none.stderr).toMatch(/ERR_INVALID_ARGUMENT: forecast needs .* --horizon is missing/);
  const both = await runNode([glissade, 'forecast', file, '--model', 'm.safetensors', '--horizon', '3']);
  expect(both.stderr).toMatch(/--horizon is for the training of a model/);
  const other = await runNode([glissade, 'forecast', file, '--model', file]);
  expect(other.stderr).toMatch(/ERR_CORRUPT_FILE: .*sales\.csv/);
});
