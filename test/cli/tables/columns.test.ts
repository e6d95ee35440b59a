import fs from 'node:fs';
import path from 'node:path';
import { loadTableModel } from '../../../lib/tables';
import packageJson from '../../../package.json';
import { runNode } from '../../support/child';
import { folders } from '../../support/folders';

const glissade = (...parameters: string[]) => runNode([packageJson.bin.glissade, ...parameters]);

const newFolder = folders();
let file: string;
let model: string;

/** Names of versions, which look like numbers: those that end with a zero have small values. */
const versions = ['1.0', '1', '2.0', '2'];

beforeAll(() => {
  const folder = newFolder();
  file = path.join(folder, 'versions.csv');
  model = path.join(folder, 'versions.safetensors');
  const lines = Array.from({ length: 120 }, (_, i) => {
    const version = versions[i % 4]!;
    return `${version},${Math.sin(i)},${i % 3},${(version.endsWith('0') ? 0 : 100) + Math.sin(i)}`;
  });
  fs.writeFileSync(file, ['version,x,"a,b=c",y', ...lines, ''].join('\n'));
});

async function printed(...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await glissade(...parameters);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

test('describe: columns have the given kinds and types, whatever characters their names contain', async () => {
  const kindsBy = async (...parameters: string[]) => {
    const { columns } = JSON.parse(await printed('describe', file, '--json', ...parameters));
    return columns.map(({ type, kind }: { type: string; kind: string }) => [type, kind]);
  };
  const [x, y] = [['number', 'number'], ['number', 'number']]; // biome-ignore format: two columns
  expect(await kindsBy()).toEqual([['number', 'number'], x, ['number', 'number'], y]);
  expect(await kindsBy('--kinds', 'version=category, a,b=c=identifier')).toEqual([
    ...[['number', 'category'], x],
    ...[['number', 'identifier'], y],
  ]);
  expect(await kindsBy('--types', 'a,b=c=word,version = word')).toEqual([
    ...[['word', 'category'], x],
    ...[['word', 'category'], y],
  ]);
});

test('a model of words reads words in files to predict and evaluate, unless types are given', async () => {
  const trained = await printed(
    ...['train', file, '--target', 'y', '--out', model, '--json', '--epochs', '60'],
    ...['--types', 'version=word', '--kinds', 'a,b=c=identifier'],
  );
  expect(JSON.parse(trained)).toMatchObject({ kinds: { version: 'category' }, leftOut: ['a,b=c'] });
  const known = (await loadTableModel(model)).pipeline.steps.find(({ name }) => name === 'version')!.found;
  expect((known as { words: string[] }).words.toSorted()).toEqual(versions.toSorted());

  const errorBy = async (...parameters: string[]) =>
    JSON.parse(await printed('evaluate', model, file, '--json', ...parameters)).scores.rootMeanSquaredError.value;
  expect(await errorBy()).toBeLessThan(10);
  expect(await errorBy('--types', 'version=word')).toBeLessThan(10);
  expect(await errorBy('--types', 'version=number')).toBeGreaterThan(20);

  const predictions = (await printed('predict', model, file)).split('\n').slice(1, 5).map(Number);
  expect(predictions.map((value) => value > 50)).toEqual([false, true, false, true]);
});

test.each([
  ['--kinds', 'versoin=category', 'has no column "versoin". Did you mean "version"?'],
  ['--kinds', 'version=categories', 'unknown kind of "version" "categories". Did you mean "category"?'],
  ['--types', 'versoin=word', 'has no column "versoin". Did you mean "version"?'],
  ['--types', 'version=text', 'unknown type of "version" "text". Known are: number, date, boolean, word.'],
  ['--types', 'version', '--types: Expected a list such as zip=word,city=word but received "version"'],
  ['--kinds', '', '--kinds: Expected a list such as zip=category,city=category but received ""'],
  ['--kinds', 'x=number,x=category', '--kinds: "x" is named twice'],
])('describe %s %s is refused in one line', async (option, list, sentence) => {
  const { code, stdout, stderr } = await glissade('describe', file, option, list);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^glissade: ERR_INVALID_ARGUMENT: [^\n]+\n$/);
  expect(stderr).toContain(sentence);
});
