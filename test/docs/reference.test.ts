// Compares the options, codes and variables of the pages with the code.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../support/child';

const run = (...options: string[]) =>
  execFileSync(process.execPath, ['scripts/reference.mjs', ...options], { cwd: packageRoot, encoding: 'utf8' });

interface Named {
  name: string;
}
interface Found {
  commands: (Named & { options: Named[] })[];
  errors: Named[];
  refusals: Named[];
  warnings: { name: string }[];
  variables: Named[];
  ofLaunchers: string[];
}

const read = (file: string) => fs.readFileSync(path.join(packageRoot, file), 'utf8');
const inDocs = fs.readdirSync(path.join(packageRoot, 'docs')).filter((name) => name.endsWith('.md'));
const byHand = [
  'README.md',
  'SECURITY.md',
  ...inDocs.filter((name) => name !== 'reference.md').map((name) => `docs/${name}`),
];
const pages = byHand.map((page) => ({ page, text: read(page) }));
const all = pages.map(({ text }) => text).join('\n');

let found: Found;
beforeAll(() => {
  found = JSON.parse(run('--json'));
});

test('docs/reference.md follows the code (npm run docs:reference writes it)', () => {
  expect(run('--check')).toBe('');
});

test('each option of a command is in the reference and in a page', () => {
  const reference = read('docs/reference.md');
  const names = found.commands.flatMap(({ name, options }) =>
    options.map((option) => [name, option.name.split(' ')[0]!]),
  );
  expect(names.length).toBeGreaterThan(60);
  expect(names.filter(([, option]) => !reference.includes(`\`${option}`))).toEqual([]);
  expect(names.filter(([, option]) => !new RegExp(`${option}(?![\\w-])`).test(all))).toEqual([]);
});

test('each code of an error, a refusal or a warning is in a page', () => {
  const codes = [...found.errors, ...found.refusals, ...found.warnings].map(({ name }) => name);
  expect(codes.length).toBeGreaterThan(25);
  expect(codes.filter((code) => !all.includes(`\`${code}\``))).toEqual([]);
});

test('each variable of the environment is in a page', () => {
  const names = found.variables.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(7);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(all))).toEqual([]);
});

/** Names on pages, each with its page. */
const named = (pattern: RegExp) =>
  pages.flatMap(({ page, text }) => [...text.matchAll(pattern)].map(([, name]) => [page, name!] as const));

test('each code on a page exists', () => {
  const codes = new Set([...found.errors, ...found.refusals].map(({ name }) => name));
  const ofNode = ['ERR_PACKAGE_PATH_NOT_EXPORTED'];
  expect(named(/\b(ERR_[A-Z_]+)\b/g).filter(([, name]) => !codes.has(name) && !ofNode.includes(name))).toEqual([]);
});

test('each variable on a page is read by the package, its tests or benchmarks, or a warning about it', () => {
  const known = new Set([...found.variables, ...found.warnings].map(({ name }) => name));
  const files = execFileSync('git', ['ls-files', 'test', 'bench', 'scripts', 'native', '.ci', 'CMakeLists.txt'], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  const others = files.trim().split('\n').filter((file) => /\.(?:[cm]?[jt]s|txt|cpp|h)$|run$/.test(file) && !file.startsWith('test/docs/')); // biome-ignore format: two steps
  const text = others.map(read).join('\n');
  const unknown = named(/\b(GLISSADE_[A-Z_]+)\b/g).filter(([, name]) => !known.has(name) && !text.includes(name));
  expect(unknown).toEqual([]);
});

test('each option that a page gives to a command exists', () => {
  const optionsOf = new Map(
    found.commands.map(({ name, options }) => [name, options.map((one) => one.name.split(' ')[0]!)]),
  );
  const given = pages.flatMap(({ page, text }) =>
    [...text.matchAll(/\bglissade (train|forecast|predict|evaluate|describe|inspect|export|serve|bench|info|schedule|build|lab)\b([^\n`]*)/g)].flatMap(
      ([, command, rest]) =>
        [...rest!.replace(/#.*| && .*/g, '').matchAll(/(?<![\w-])(--[a-z][\w-]*)/g)].map(([, option]) => ({ page, command: command!, option: option! })),
    ),
  ); // biome-ignore format: a list in a list
  expect(given.length).toBeGreaterThan(10);
  const wrong = given.filter(
    ({ command, option }) => command !== 'lab' && option !== '--help' && !optionsOf.get(command)!.includes(option),
  );
  expect(wrong).toEqual([]);
});

test('each option that the page of the command line names is one of some command', () => {
  const options = new Set(found.commands.flatMap((one) => one.options.map(({ name }) => name.split(' ')[0]!)));
  const ofOthers = ['--help', '--logdir']; // TensorBoard's
  const page = read('docs/command-line.md');
  const unknown = [...page.matchAll(/(?<![\w-])(--[a-z][\w-]*)/g)].map(([, option]) => option!).filter((option) => !options.has(option) && !ofOthers.includes(option)); // biome-ignore format: a chain
  expect(unknown).toEqual([]);
});
