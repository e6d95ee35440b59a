// Builds the fuzzers of native/core with clang and runs them, under the address and undefined-behaviour sanitizers.
//   npm run fuzz:native -- [fuzzers] [--executions 1000000] [--seed 1] [--workers 2]
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const all = ['mapped_dataset', 'dictionary', 'optimizer_state', 'trainer_image'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    executions: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    workers: { type: 'string', default: String(os.availableParallelism()) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run fuzz:native -- [fuzzers] [--executions 1000000] [--seed 1] [--workers 2]
fuzzers: ${all.join(', ')}. Default: all. Needs clang with libFuzzer (Debian: clang-19, libclang-rt-19-dev).`);
  process.exit();
}
for (const name of positionals)
  if (!all.includes(name)) throw new Error(`unknown fuzzer "${name}": one of ${all.join(', ')}`);

const root = path.resolve(import.meta.dirname, '../../..');
const folder = path.join(root, 'build-cmake/fuzz/build');

/** The compiler: that of CXX, or the newest clang. */
function compiler() {
  if (process.env.CXX) return process.env.CXX;
  const found = process.env.PATH.split(':')
    .flatMap((place) => (fs.existsSync(place) ? fs.readdirSync(place) : []))
    .filter((name) => /^clang\+\+(-\d+)?$/.test(name))
    .sort((a, b) => Number(b.slice(8)) - Number(a.slice(8)));
  if (found.length === 0) throw new Error('there is no clang++ (Debian: apt-get install clang-19 libclang-rt-19-dev)');
  return found[0];
}

const flags = ['-DGLISSADE_FUZZ=ON', '-DGLISSADE_TESTS=OFF', '-DGLISSADE_WERROR=OFF', '-DCMAKE_CXX_FLAGS_RELEASE=-O1'];
const configure = [`-DCMAKE_CXX_COMPILER=${compiler()}`, '-DGLISSADE_SANITIZE=address,undefined', ...flags];
execFileSync('cmake', ['-S', root, '-B', folder, ...configure], { stdio: 'inherit' });
execFileSync('cmake', ['--build', folder, '--parallel', values.workers], { stdio: 'inherit' });

/** Runs a fuzzer. Its findings are written beside it, and named in its log. */
function run(name) {
  const kept = path.join(root, 'test/fuzz/corpus/native', name);
  const grown = path.join(folder, 'corpus', name);
  fs.mkdirSync(grown, { recursive: true });
  const corpora = [grown, ...(fs.existsSync(kept) ? [kept] : [])];
  const limits = ['-max_len=2048', '-timeout=30', '-rss_limit_mb=2048', `-artifact_prefix=${grown}-`];
  const options = [`-runs=${values.executions}`, `-seed=${values.seed}`, ...limits];
  const begin = performance.now();
  return new Promise((resolve) => {
    const child = spawn(path.join(folder, 'test/fuzz/native', `fuzz_${name}`), [...corpora, ...options]);
    let log = '';
    child.stderr.on('data', (text) => {
      log = `${log}${text}`.slice(-8000);
    });
    child.on('close', (code) => {
      const seconds = ((performance.now() - begin) / 1000).toFixed(0);
      const [, done = '?'] = /#(\d+)\s+DONE/.exec(log) ?? [];
      const [, features = '?'] = /DONE\s+cov: (\d+)/.exec(log) ?? [];
      if (code === 0) console.log(`${name.padEnd(16)} ${done} inputs, ${features} branches, 0 defects, ${seconds} s`);
      else console.log(`${name}: a defect\n${log}`);
      resolve(code === 0 ? 0 : 1);
    });
  });
}

const left = positionals.length > 0 ? positionals : [...all];
const total = left.length;
let defects = 0;
const work = async () => {
  for (let name = left.shift(); name; name = left.shift()) defects += await run(name);
};
await Promise.all(Array.from({ length: Number(values.workers) }, work));
console.log(`native fuzz: ${total - defects} passed, ${defects} failed`);
process.exit(defects > 0 ? 1 : 0);
