// Runs the addon for Windows x64 under Wine (Debian's package wine64, with Node for Windows from the npm registry):
//   npm run check:prebuilds -- windows              all of these
//   npm run check:prebuilds -- windows suite        one of them: first-steps, exits, bits, commands or suite
//   npm run check:prebuilds -- windows suite 5 12   the 5th and the 12th of the suite's 24 parts
// Node's standard output to a pipe fails under Wine, so each program writes to files.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { digitsProgram } from '../../test/install/projects.mjs';
import { compareHashes, ofTheCLibrary } from '../compare_hashes.mjs';
import { runSuite } from '../suite.mjs';
import { leftOut } from './windows_left_out.mjs';

class Wine {
  constructor(root, work, node) {
    this.root = root;
    this.node = node;
    this.folder = path.join(work, 'wine');
    fs.mkdirSync(path.join(this.folder, 'runtime'), { recursive: true, mode: 0o700 });
    this.env = {
      ...process.env,
      WINEPREFIX: path.join(this.folder, 'prefix'),
      WINEARCH: 'win64',
      WINEDEBUG: '-all',
      XDG_RUNTIME_DIR: path.join(this.folder, 'runtime'),
      PREBUILDS_ONLY: '1',
    };
  }

  /** A path as Windows programs see it. */
  windowsPath = (file) => `Z:${path.resolve(this.root, file).replaceAll('/', '\\')}`;

  /** Runs Node for Windows to its end. Returns its exit code, undefined after `seconds`, and its output. */
  run(name, args, { env = {}, cwd = this.root, seconds = 300, command = this.node } = {}) {
    const [out, err] = ['out', 'err'].map((end) => path.join(this.folder, `${name}.${end}`));
    const stdio = ['ignore', fs.openSync(out, 'w'), fs.openSync(err, 'w')];
    const { status } = spawnSync('wine', [command, ...args], {
      cwd,
      env: { ...this.env, ...env },
      stdio,
      timeout: 1000 * seconds,
      killSignal: 'SIGKILL',
    });
    for (const file of stdio.slice(1)) fs.closeSync(file);
    return { code: status ?? undefined, out: fs.readFileSync(out, 'utf8'), err: fs.readFileSync(err, 'utf8') };
  }

  /** {@link run} of a program that must end well. Returns its output. */
  mustRun(name, args, options) {
    const { code, out, err } = this.run(name, args, options);
    if (code !== 0)
      throw new Error(`${name} under Wine: ${code === undefined ? 'no end' : `exit code ${code}`}\n${out}${err}`);
    return out;
  }

  /** Starts Node for Windows, which writes to a file. */
  start(name, args, cwd = this.root) {
    const file = path.join(this.folder, `${name}.out`);
    const output = fs.openSync(file, 'w');
    const child = spawn('wine', [this.node, ...args], { cwd, env: this.env, stdio: ['ignore', output, output] });
    fs.closeSync(output);
    return { child, text: () => fs.readFileSync(file, 'utf8') };
  }
}

/** The smoke test, and the first program of the README. */
function firstSteps(wine) {
  console.log(wine.mustRun('smoke', ['test/smoke.mjs']).trim());
  const file = path.join(wine.folder, 'first.mjs');
  fs.writeFileSync(file, digitsProgram(fs.readFileSync(path.join(wine.root, 'README.md'), 'utf8')));
  console.log(wine.mustRun('first', [wine.windowsPath(file)]).trim());
}

/** A process that ends, and a Worker that is terminated, during a training: a hundred times each. */
function exits(wine) {
  for (let i = 0; i < 100; ++i) {
    const { code, err } = wine.run('exit', ['test/exits/during_training.mjs', String(i)], { seconds: 60 });
    if (code !== 7) throw new Error(`the exit ${i} during a training: ${code === undefined ? 'no end' : code}\n${err}`);
  }
  console.log('100 processes ended during a training');
  console.log(wine.mustRun('terminate', ['test/exits/terminated_workers.mjs', '100'], { seconds: 600 }).trim());
}

/**
 * The bits of trainings are Linux's on the same instruction set. float64's functions such as exp are the C library's:
 * trainings with them are left out, and so are the last places of a loss, which may differ.
 */
function bits(wine) {
  for (const set of ['baseline', 'avx2', 'avx512']) {
    const env = { GLISSADE_ISA: set };
    const here = path.join(wine.folder, `hashes-${set}.json`);
    const options = ['--without-losses', '--out'];
    const { status, stderr } = spawnSync(process.execPath, ['scripts/hashes.mjs', ...options, here], {
      cwd: wine.root,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    if (/GLISSADE_ISA/.test(stderr)) {
      console.log(`${set}: not on this processor`);
      continue;
    }
    if (status !== 0) throw new Error(stderr);
    const there = `${here}.windows`;
    wine.mustRun('hashes', ['scripts/hashes.mjs', ...options, wine.windowsPath(there)], { env });
    const { same, all, unexplained } = compareHashes(here, there, ofTheCLibrary);
    console.log(`${set}: ${same} of ${all} trainings have Linux's bits`);
    if (unexplained.length > 0) throw new Error(`on ${set}, other bits than on Linux: ${unexplained.join('; ')}`);
  }
}

/** From a table to a served model and a request over HTTP, in a folder with a space and letters beyond ASCII. */
async function commands(wine) {
  const folder = path.join(wine.folder, 'Über Tisch');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  const rows = Array.from({ length: 400 }, (_, i) => `${i % 17},${['red', 'blue'][i % 2]},${(i % 17) + 3 * (i % 2)}`);
  fs.writeFileSync(path.join(folder, 'table.csv'), `size,colour,price\r\n${rows.join('\r\n')}\r\n`);
  const main = wine.windowsPath('dist/cjs/cli/main.js');
  const train = [main, 'train', 'table.csv', '--target', 'price', '--out', 'model.safetensors'];
  wine.mustRun('train', train, { cwd: folder });
  const { child, text } = wine.start('serve', [main, 'serve', 'model.safetensors', '--port', '0'], folder);
  try {
    const address = await until(() => text().match(/http:\/\/[^\s/]+/)?.[0], 'the address of the server');
    const answer = await fetch(`${address}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ size: 5, colour: 'red' }]),
    });
    const body = await answer.text();
    if (answer.status !== 200) throw new Error(`the server answered ${answer.status}: ${body}`);
    console.log(`train, serve and a request: ${body}`);
  } finally {
    child.kill('SIGKILL');
    spawnSync('wineserver', ['-k'], { env: wine.env });
  }
}

async function until(find, what) {
  for (const begin = performance.now(); performance.now() - begin < 60_000; ) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come within a minute`);
}

/** Installs DuckDB's addon for Windows beside that for Linux: npm would take only one of them. */
function installDuckDb({ root, folder }) {
  const name = '@duckdb/node-bindings-win32-x64';
  const place = path.join(root, 'node_modules', name);
  if (fs.existsSync(place)) return;
  const { version } = JSON.parse(fs.readFileSync(`${root}/node_modules/@duckdb/node-bindings/package.json`, 'utf8'));
  const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', `${name}@${version}`], options));
  const fresh = path.join(folder, 'duckdb');
  fs.rmSync(fresh, { recursive: true, force: true });
  fs.mkdirSync(fresh);
  execFileSync('tar', ['-xzf', path.join(folder, filename), '-C', fresh, '--strip-components=1']);
  fs.renameSync(fresh, place);
}

/** The whole jest suite, or the wanted parts of it. */
const suiteOf = (isWine, wanted) => ({
  leftOut: leftOut.filter(({ ofWine }) => isWine || !ofWine),
  shards: 24,
  leastPart: 0.97,
  wanted,
});

async function suite(wine, wanted) {
  installDuckDb(wine);
  const limit = '--testTimeout=300000'; // a test that waits for a signal fails by it
  const run = (args, name, env) => wine.run(name, [...args, limit], { env, seconds: 3600 });
  await runSuite({ folder: wine.folder, run, pathFor: wine.windowsPath }, suiteOf(true, wanted));
}

const parts = { 'first-steps': firstSteps, exits, bits, commands, suite };

/** Runs the part by this name, or all. */
export async function checkUnderWine({ root, work, node, wanted: [name, ...more] }) {
  const wine = new Wine(root, work, node);
  const chosen = name === undefined ? Object.keys(parts) : [name];
  for (const part of chosen) {
    if (!parts[part]) throw new Error(`${part} is not one of ${Object.keys(parts).join(', ')}`);
    await parts[part](wine, more);
  }
}

/** Runs the suite with this process's Node on Windows itself. */
export async function checkOnWindows({ root, work, wanted: [name, ...more] }) {
  if (name !== 'suite') throw new Error('Windows runs the suite alone: npm run check:prebuilds -- windows suite');
  const folder = path.join(work, 'windows');
  fs.mkdirSync(folder, { recursive: true });
  const run = (args, _, env) => {
    spawnSync(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
  };
  await runSuite({ folder, run }, suiteOf(false, more));
}
