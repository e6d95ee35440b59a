// Writes docs/reference.md from the code: the options of each command with their defaults, the settings of each experiment, the
// codes of errors and warnings, the variables of the environment.
//   npm run docs:reference               writes the page
//   node scripts/reference.mjs --check   fails if the page differs from the code
//   node scripts/reference.mjs --json    prints the contents
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = path.join(root, 'docs/reference.md');
const main = path.join(root, 'dist/cjs/cli/main.js');

/** The purpose of each variable. The names are those that the code reads; {@link variables} combines both. */
const meanings = {
  GLISSADE_THREADS: 'threads of the engine, from 1 to 1024; default: one for each processor that the process may use',
  GLISSADE_PRIORITY: '`idle`, `background` (default) or `normal`: the priority of work in the background',
  GLISSADE_ISA: 'the instruction set, as `avx2`; default: the best that the processor has',
  GLISSADE_MPI: 'the library of MPI, as `libmpi.so.12`; default: the first that is found, that of the launcher first',
  GLISSADE_TABLE_ENGINE: '`duckdb` or `small`: what reads tables; default: DuckDB where it is installed',
  GLISSADE_FASHION_MNIST: "the folder with the files of Fashion-MNIST, for races; default: that of Debian's package",
  GLISSADE_PREBUILD: 'a folder whose `build` or `prebuilds` has the addon, in place of the package’s own',
  GLISSADE_WASM:
    '`1`: the addon is the package `glissade-wasm`; `0`: only the native one; default: `glissade-wasm`, if it is installed, where the native one cannot be loaded',
  OMP_NUM_THREADS: 'threads, where `GLISSADE_THREADS` is not set',
  CXX: 'the C++ compiler of `glissade build`; default: the first of `c++`, `g++` and `clang++`',
};

/** Set by launchers of MPI for the processes they start. */
const ofLaunchers = ['OMPI_COMM_WORLD_SIZE', 'PMI_SIZE', 'PMI_FD', 'PMIX_NAMESPACE', 'SLURM_STEP_NUM_TASKS'];

const sources = (folder) =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => /\.(?:c?ts|cpp|h)$/.test(name) && !/\bclient\b/.test(name))
    .map((name) => fs.readFileSync(path.join(root, folder, name), 'utf8'));

const text = [...sources('lib'), ...sources('native')].join('\n');
const allOf = (pattern) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name))].sort();

/** The variables of the environment that the code reads, except those of launchers. */
function variables() {
  const read = allOf(/process\.env(?:\.|\[')([A-Z]\w+)|getenv\("(\w+)"/g).concat(allOf(/getenv\("(\w+)"/g));
  const names = [...new Set(read)].filter((name) => name && !ofLaunchers.includes(name)).sort();
  const known = Object.keys(meanings).sort();
  if (names.join() !== known.join())
    throw new Error(`the code reads the variables ${names}, and scripts/reference.mjs explains ${known}`);
  return names.map((name) => ({ name, about: meanings[name] }));
}

/** The codes of errors, as the comment in lib/errors.ts lists them. */
/** The codes of a type, with the text of its doc comment for each. */
function codesOf(file) {
  const source = fs.readFileSync(path.join(root, file), 'utf8');
  const listed = [...source.matchAll(/^ \* - `([A-Z]+_\w+)`(?: \(\w+\))?: (.*(?:\n \* {3}.*)*)/gm)].map(
    ([, name, about]) => ({
      name,
      about: about.replaceAll(/\n \* +/g, ' '),
    }),
  );
  const typed = [...source.matchAll(/^ {2}\| '([A-Z]+_\w+)'/gm)].map(([, name]) => name);
  const names = listed.map(({ name }) => name);
  if (names.join() !== typed.join()) throw new Error(`${file} explains ${names}, and its type has ${typed}`);
  return listed;
}

const errors = () => codesOf('lib/errors.ts');
const warnings = () => codesOf('lib/checks/warn.ts');

/** The server's additional codes, with the status of each. */
function refusals() {
  const found = [...text.matchAll(/new Refusal\(\s*(\d{3}),\s*'(ERR_\w+)'/g)].map(([, status, name]) => [name, status]);
  const own = [...new Map(found)].filter(([name]) => !errors().some((error) => error.name === name));
  return own.sort().map(([name, status]) => ({ name, status: Number(status) }));
}

const helpOf = (...words) => execFileSync(process.execPath, [main, ...words, '--help'], { encoding: 'utf8' });

/** The entries of a part of a command's help: the first column and the second one. */
function entriesOf(help, part) {
  const [, body = ''] = new RegExp(`^${part}:\\n((?:  .*\\n?)*)`, 'm').exec(help) ?? [];
  const entries = [];
  for (const line of body.split('\n')) {
    const [, name, about] = /^ {2}(\S.*?)(?: {2,}(\S.*))?$/.exec(line) ?? [];
    if (name) entries.push({ name, about: about ?? '' });
    else if (line.trim()) entries.at(-1).about = `${entries.at(-1).about} ${line.trim()}`.trim();
  }
  return entries;
}

function commands() {
  const names = entriesOf(helpOf(), 'Commands').map(({ name }) => name.split(' ')[0]);
  const plain = names.filter((name) => name !== 'help').map((name) => [name]);
  return [...plain, ['lab', 'rates'], ['lab', 'all']].map((words) => {
    const help = helpOf(...words);
    const isExperiment = words[1] === 'rates';
    const options = entriesOf(help, 'Options').filter(({ name }) => !/^-h, /.test(name));
    return {
      name: isExperiment ? 'lab <experiment>' : words.join(' '),
      arguments: entriesOf(help, 'Arguments'),
      // The others are settings of this experiment.
      options: isExperiment
        ? options.filter(({ name }) => /^--(?:counter-model|out|json|small)\b/.test(name))
        : options,
    };
  });
}

/** The settings of each experiment, as options of its command. */
async function settings() {
  const { experiments } = await import('../dist/cjs/lab/index.js');
  return experiments.map(({ name, settings }) => ({
    name,
    settings: Object.entries(settings).map(([key, { about, full, small, range }]) => ({
      option: `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      about,
      full,
      small,
      range: range.expected.replace(/^a /, ''),
    })),
  }));
}

const cell = (words) => words.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

function pageOf({ commands, settings, errors, refusals, warnings, variables }) {
  const parts = [
    '# Reference',
    'Options, codes and variables, as the code has them: `npm run docs:reference` of a checkout writes this page. What they are for is in [The\ncommand line](command-line.md), on the pages of the [guide](guide.md#where-to-look) and in [Deployment](deployment.md).',
    '## Options of the commands',
    ...commands.flatMap(({ name, arguments: given, options }) => [
      `### glissade ${cell(name)}`,
      table(
        [given.length > 0 ? 'argument or option' : 'option', 'meaning'],
        [...given, ...options].map((one) => [`\`${one.name.replaceAll('|', '\\|')}\``, cell(one.about)]),
      ),
    ]),
    '## Settings of the experiments',
    'They are options of `glissade lab <experiment>`. Those of the column `--small` are taken under that option.',
    ...settings.flatMap(({ name, settings }) => [
      `### glissade lab ${name}`,
      table(
        ['option', 'meaning', 'default', '`--small`', 'range'],
        settings.map(({ option, about, full, small, range }) => [`\`${option}\``, cell(about), full, small, range]),
      ),
    ]),
    '## Codes of errors',
    table(
      ['code', 'when'],
      errors.map(({ name, about }) => [`\`${name}\``, cell(about)]),
    ),
    'The server of `serveModel` and `glissade serve` refuses requests with these as well:',
    table(
      ['code', 'status'],
      refusals.map(({ name, status }) => [`\`${name}\``, String(status)]),
    ),
    '## Codes of warnings',
    "Warnings are those of `process.on('warning')`, of the type `GlissadeWarning`. `--disable-warning=CODE` of Node hides one.",
    table(
      ['code', 'when'],
      warnings.map(({ name, about }) => [`\`${name}\``, cell(about)]),
    ),
    '## Variables of the environment',
    table(
      ['variable', 'meaning'],
      variables.map(({ name, about }) => [`\`${name}\``, about]),
    ),
    `A process finds that it is one of several by the variables that launchers of MPI set: ${ofLaunchers.map((name) => `\`${name}\``).join(', ')}.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

const found = {
  commands: commands(),
  settings: await settings(),
  errors: errors(),
  refusals: refusals(),
  warnings: warnings(),
  variables: variables(),
};
if (process.argv.includes('--json')) console.log(JSON.stringify({ ...found, ofLaunchers }));
else if (process.argv.includes('--check')) {
  if (fs.readFileSync(page, 'utf8') !== pageOf(found)) {
    console.error('docs/reference.md is not as the code has it: npm run docs:reference');
    process.exitCode = 1;
  }
} else fs.writeFileSync(page, pageOf(found));
