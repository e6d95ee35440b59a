import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { openBrowser } from '../chromium.mjs';
import { compareHashes, ofTheCLibrary } from '../compare_hashes.mjs';
import { runSuite } from '../suite.mjs';
import { checkBundles } from './bundles.mjs';
import { checkDrawing } from './drawing.mjs';
import { checkLab } from './lab.mjs';
import { folders, leftOut } from './left_out.mjs';
import { checkFailedStarts } from './starts.mjs';

const help = `Checks the WebAssembly build. Needs npm run build:wasm.

Usage: npm run check:wasm [-- part …]

  suites     the tests of ${folders.join(', ')} on WebAssembly in Node, but for those of
             scripts/wasm/left_out.mjs
  bits       the bits of npm run hashes are those of the native baseline, but for float64's functions such as exp
  browsers   in Chromium, with and without isolation: programs bundled by esbuild, Vite and webpack, which npm
             installs into build/wasm/check, train as in Node; the page of npm run drawing learns to read digits; a
             start that fails is refused
  lab        in Chromium, from files: all experiments of the pages of glissade lab --live run and follow their settings
  memory     models that nothing holds any longer are freed, and larger ones than 4 GB are refused
  start      prints how long the module takes to start in Node

Without a part: all of them.`;

const root = path.join(import.meta.dirname, '../..');
const work = path.join(root, 'build/wasm/check');
const onWasm = { ...process.env, GLISSADE_WASM: '1' };

/** Runs Node to its end, with its output where this process has its own. Returns the exit code. */
function node(args, env) {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
}

/** What Node prints. */
function output(args, env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** What a program prints on WebAssembly. */
const run = (program) => output(['--input-type=module', '--eval', program], onWasm);

const suites = () =>
  runSuite(
    { folder: work, run: (args, _, env) => node(args, { ...onWasm, ...env }) },
    { leftOut, paths: folders.map((name) => `test/${name}/`), shards: 24 },
  );

function bits() {
  const [native, wasm] = ['native', 'wasm'].map((name) => path.join(work, `hashes-${name}.json`));
  output(['scripts/hashes.mjs', '--out', native], { ...process.env, GLISSADE_ISA: 'baseline', GLISSADE_WASM: '' });
  output(['scripts/hashes.mjs', '--out', wasm], onWasm);
  const { same, all, unexplained, needless } = compareHashes(native, wasm, ofTheCLibrary);
  console.log(`${same} of ${all} trainings have the bits of the native baseline`);
  if (unexplained.length > 0) throw new Error(`other bits than the native baseline's: ${unexplained.join('; ')}`);
  if (needless.length > 0) throw new Error(`expected to differ, but equal: ${needless.join('; ')}`);
}

async function inBrowser(...checks) {
  const browser = await openBrowser();
  try {
    for (const check of checks) await check({ root, work, browser });
  } finally {
    await browser.close();
  }
}

const browsers = () => inBrowser(checkFailedStarts, checkBundles, checkDrawing);
const lab = () => inBrowser(checkLab);

/** Creates models that need 11 GB in total, then tries to train models whose minibatches would need more than 4 GB each. */
function memory() {
  run(`import { dense, network } from 'glissade';
    for (let i = 0; i < 300; ++i) {
      network({ inputs: 3000, layers: [dense(3000)] });
      await new Promise(setImmediate);
    }`);
  run(`import { Dataset, dense, network, sgd } from 'glissade';
    for (const [units, rows] of [[4096, 300_000], [65_536, 20_000], [2 ** 20, 1025], [2 ** 20, 4097]]) {
      const model = network({ inputs: 1, layers: [dense(units, { activation: 'relu' }), dense(1)] });
      const data = new Dataset({ inputs: new Float32Array(rows), columns: 1, targets: new Float32Array(rows) });
      const options = { loss: 'squared', optimizer: sgd({ learningRate: 0 }), epochs: 1, batchSize: rows };
      let code = 'accepted';
      try {
        await model.fit(data, options);
      } catch (error) {
        code = error.code;
      }
      if (code !== 'ERR_OUT_OF_RANGE') throw new Error(units + ' units for ' + rows + ' rows: ' + code);
    }`);
}

/** Times depend on the machine and what else it does: they are shown, not judged. */
function start() {
  const program = `const begin = performance.now();
    const { network, dense } = await import('glissade');
    network({ inputs: 1, layers: [dense(1)] }).predict([[1]]);
    console.log(performance.now() - begin);`;
  const times = Array.from({ length: 9 }, () => Number(run(program))).sort((a, b) => a - b);
  console.log(`from import to the first prediction: ${times[4].toFixed(0)} ms (median of 9 processes)`);
}

const parts = { suites, bits, browsers, lab, memory, start };
const wanted = process.argv.slice(2);
if (wanted.includes('--help')) {
  console.log(help);
  process.exit();
}
const unknown = wanted.find((name) => !parts[name]);
if (unknown !== undefined) {
  console.error(`${unknown} is not one of ${Object.keys(parts).join(', ')}\n\n${help}`);
  process.exit(2);
}
if (!fs.existsSync(path.join(root, 'wasm/dist/browser.mjs'))) {
  console.error('the WebAssembly module is not built: npm run build:wasm');
  process.exit(1);
}
fs.mkdirSync(work, { recursive: true });
for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
  try {
    await parts[name]();
    console.log(`${name}: ok`);
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
