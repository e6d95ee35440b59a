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
  for (const one of found) for (const loaded of loads.get(one) ?? []) found.add(loaded); // iterating over a Set includes added entries
  return found;
}

/** The pieces that look up a name, and that define all names. */
const registries = {
  'layers/descriptions.ts': 'layers/index.ts',
  'losses/loss.ts': 'losses/index.ts',
  'metrics/metric.ts': 'metrics/index.ts',
  'optimizers/rule.ts': 'optimizers/index.ts',
  'schedules/schedule.ts': 'schedules/index.ts',
};

/** Modules that people import, and those that no file loads on import: commands and workers. */
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
