import fs from 'node:fs';
import path from 'node:path';
import packageJson from '../../../package.json';
import { runNode } from '../../support/child';
import { folders } from '../../support/folders';
import { random } from '../../support/numbers';

const glissade = (...parameters: string[]) => runNode([packageJson.bin.glissade, ...parameters]);

const newFolder = folders();
let file: string;
let model: string;

beforeAll(() => {
  const folder = newFolder();
  file = path.join(folder, 'houses.csv');
  model = path.join(folder, 'houses.safetensors');
  const draw = random(1);
  const lines = Array.from({ length: 150 }, (_, i) => {
    const x = draw();
    return `${x},${i % 9 === 0 ? '' : 10 * x + draw()},${draw() < x / 4 ? 'yes' : 'no'},${1 + (i % 2)}`;
  });
  fs.writeFileSync(file, ['x,price,sold,w', ...lines, ''].join('\n'));
});

const quick = ['--model', 'linear', '--epochs', '10', '--no-warnings'];

async function printed(...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await glissade(...parameters);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

test('train: quantiles of a number, whose columns predict writes', async () => {
  const report = path.join(path.dirname(file), 'report.html');
  const options = ['--quantiles', '0.1,0.5,0.9', '--weight', 'w', '--report', report];
  const text = await printed('train', file, '--target', 'price', ...options, '--out', model, ...quick);
  expect(text).toContain('Pinball loss');
  expect(text).toContain('not used: w');
  const page = fs.readFileSync(report, 'utf8');
  expect(page).toContain('The share of held-out rows whose true value is at most the predicted quantile');
  expect(page).toContain('--quantiles 0.1,0.5,0.9 --weight w');
  const [names, first] = (await printed('predict', model, file)).split('\n');
  expect(names).toBe('prediction_0.1,prediction_0.5,prediction_0.9');
  const [low, middle, high] = first!.split(',').map(Number);
  expect(low).toBeLessThanOrEqual(middle!);
  expect(middle).toBeLessThanOrEqual(high!);
  const [line] = (await printed('predict', model, file, '--json')).split('\n');
  expect(JSON.parse(line!)).toEqual({ prediction: { 0.1: low, 0.5: middle, 0.9: high } });
});

test('train: several targets, which predict, evaluate and inspect know', async () => {
  const targets = ['--target', 'price', '--target', 'sold'];
  const text = await printed('train', file, ...targets, '--out', model, ...quick);
  expect(text).toContain('regression of "price"');
  expect(text).toContain('classification of "sold"');
  expect(text.match(/Constant +Linear +Nearest rows +Network/g)).toHaveLength(2);
  expect(text).toContain('The model is linear, so there is no network to compare.');
  expect(text).toMatch(/Balanced accuracy +0\.5 \(0\.5 to 0\.5\)/);
  expect(text).toContain('Scores of each class; the average precision is that of');
  const [names] = (await printed('predict', model, file, '--keep', 'x')).split('\n');
  expect(names).toBe('x,prediction_price,prediction_sold');
  const lines = (await printed('evaluate', model, file, '--json')).trim().split('\n');
  const evaluations = lines.map((line) => JSON.parse(line));
  expect(evaluations.map(({ target, rows }) => [target, rows])).toEqual([['price', 133], ['sold', 150]]); // biome-ignore format: pairs
  expect(await printed('inspect', model)).toContain('predicts "sold": one of no, yes');
});

test.each([
  [['--loss', 'cubed'], 'unknown --loss "cubed"'],
  [['--loss', 'focal'], 'loss: "focal" is for classes, but the target "price" is a number'],
  [['--quantiles', '0.1;0.9'], '--quantiles[0]'],
  [['--class-weights', 'yes:3'], '--class-weights: Expected JSON such as {"ill": 10}'],
  [['--class-weights', '{"yes": -1}'], '--class-weights.yes'],
  [['--target', 'sold', '--search', '3'], '--search is an option of one target, but there are several'],
  [['--target', 'sold', '--threshold', '0.2'], '--threshold is an option of one target, but there are several'],
  [['--target', 'sold', '--costs', '{}'], '--costs is an option of one target, but there are several'],
  [['--target', 'sold', '--no-calibration'], '--no-calibration is an option of one target, but there are several'],
  [['--no-calibration'], 'calibration is for classes, but the target "price" is a number'],
  [['--target', 'sold', '--loss', 'huber'], 'loss is an option of one target, but there are several'],
])('train with %p is refused', async (options, message) => {
  const { code, stderr } = await glissade('train', file, '--target', 'price', ...options, ...quick);
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
});
