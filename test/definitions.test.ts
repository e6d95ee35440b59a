import fs from 'node:fs';
import path from 'node:path';
import packageJson from '../package.json';
import { loadedBy } from './support/imports';

const lib = path.join(__dirname, '../lib');
const sources = fs.readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ts$/.test(file));
const loads = new Map(
  sources.map((file) => {
    const names = loadedBy(file, fs.readFileSync(path.join(lib, file), 'utf8')).filter((name) => name.startsWith('.'));
    return [file, names.map((name) => path.join(path.dirname(file), name.replace(/js$/, 'ts')))];
  }),
);

function closureOf(file: string): Set<string> {
  const found = new Set([file]);
  for (const one of found) for (const loaded of loads.get(one) ?? []) found.add(loaded); // a Set goes on with what is added
  return found;
}

/** What looks up a name, and what defines all names. */
const registries = {
  'layers/descriptions.ts': 'layers/index.ts',
  'losses/loss.ts': 'losses/index.ts',
  'metrics/metric.ts': 'metrics/index.ts',
  'optimizers/rule.ts': 'optimizers/index.ts',
  'schedules/schedule.ts': 'schedules/index.ts',
};

/** What people import, and what no file loads as it is loaded: commands and workers. */
const exported = Object.values(packageJson.exports).flatMap((each) =>
  typeof each === 'string' ? [] : path.relative('dist/cjs', each.require.default).replace(/js$/, 'ts'),
);
const firsts = sources.filter((file) => exported.includes(file) || ![...loads.values()].flat().includes(file));
const roots = firsts.filter((file) => Object.keys(registries).some((registry) => closureOf(file).has(registry)));

test('finds entry points, commands and workers', () => {
  const some = ['index.ts', 'tables/index.ts', 'lab/index.ts', 'cli/tables/train.ts', 'lab/serve/worker.ts'];
  expect(roots).toEqual(expect.arrayContaining(some));
});

test.each(roots)('%s defines all names that it can look up', (root) => {
  const closure = closureOf(root);
  const missing = Object.entries(registries).filter(([registry, all]) => closure.has(registry) && !closure.has(all));
  expect(missing).toEqual([]);
});
