// Mistakes in native/core. The copy has one CMake build of the core, its native tests and the addon, with little
// optimisation: the sanitizers' flags, under which tests that compare bits pass.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { link } from './copy.mjs';
import { placesOf } from './cpp_places.mjs';
import { filesBelow, nearness } from './importers.mjs';
import { endGroup } from './test_files.mjs';

/** Rooms of the core without tests of the same name in jest: the rooms of jest that use them most. */
const users = {
  arch: ['runtime', 'optimizers'],
  kernels: ['runtime', 'optimizers'],
  units: ['optimizers', 'models'],
  math: ['layers', 'models', 'losses'],
  matrix: ['models', 'layers', 'optimizers'],
  parallel: ['runtime', 'training'],
  files: ['formats', 'models', 'training'],
};

export function nativeFloor({ root, tree, folder: own }) {
  process.env.CCACHE_DIR = path.join(own, 'ccache');
  const folder = 'build-cmake/mutants/build';
  const program = path.join(tree, folder, 'test/native/native_tests');
  const jobs = process.env.JOBS ?? String(os.availableParallelism());
  const build = (stdio) =>
    execFileSync('cmake', ['--build', folder, '--parallel', jobs, '--target', 'glissade', 'native_tests'], {
      cwd: tree,
      stdio,
      maxBuffer: 2 ** 28,
    });
  const tests = filesBelow(tree, 'test', /\.test\.ts$/);
  const memory = path.join(own, 'native_times.json'); // time of native tests without a mistake
  const times = fs.existsSync(memory) ? JSON.parse(fs.readFileSync(memory, 'utf8')) : {};

  return {
    files: filesBelow(tree, 'native/core', /\.(?:h|cpp)$/),
    placesOf: (_, source) => placesOf(source),

    async prepare(signal) {
      fs.rmSync(path.join(tree, 'dist'), { recursive: true, force: true });
      fs.cpSync(path.join(root, 'dist'), path.join(tree, 'dist'), { recursive: true });
      const flags = '-O1 -fexpensive-optimizations';
      const options = ['--CDGLISSADE_TESTS=ON', `--CDCMAKE_CXX_FLAGS_RELEASE=${flags}`, ...launcher()];
      const command = ['cmake-js', 'configure', '--target=native_tests', `--out=${folder}`, ...options];
      execFileSync('npx', command, { cwd: tree, stdio: 'ignore' });
      build('inherit');
      link(path.join(tree, folder, 'Release'), path.join(tree, 'build/Release'));
      for (const name of await casesOf(program, '*')) {
        if (times[name] !== undefined) continue;
        const begin = performance.now();
        const ended = await runCase(program, name, { cwd: tree, signal, limit: 600_000 });
        if (ended === 'passed') times[name] = Math.round(performance.now() - begin);
        else console.log(`the native test "${name}" fails without a mistake and is left out`);
      }
      fs.writeFileSync(memory, JSON.stringify(times, undefined, 1));
    },

    write(file, text) {
      fs.writeFileSync(path.join(tree, file), text);
      try {
        build('pipe');
        return true;
      } catch {
        return false; // it doesn't compile
      }
    },

    restore(file, text) {
      fs.writeFileSync(path.join(tree, file), text); // built again with the next mistake
    },

    testsFor(file, timeOf) {
      const room = file.split('/')[2];
      const rooms = [room, ...(users[room] ?? [])];
      const rank = (test) => {
        const place = rooms.indexOf(test.split('/')[1].replace(/\.test\.ts$/, ''));
        return place < 0 ? 99 : place + 1 - nearness(file.replace('native/core', 'lib'), test) / 10;
      };
      const jest = tests
        .map((test) => [rank(test), test])
        .sort(([a, one], [b, other]) => a - b || timeOf(one) - timeOf(other) || (one < other ? -1 : 1));
      return { native: [room, ''].map((one) => `*test/native/${one}*`), jest: jest.map(([, test]) => test) };
    },

    /**
     * The name of the first native test that fails, of those with a source matching `pattern`. Each runs in a separate
     * process.
     */
    async firstNativeFailure(pattern, { signal, skipped }) {
      let all;
      try {
        all = await casesOf(program, pattern);
      } catch {
        return 'the program of native tests does not start';
      }
      const names = all.filter((one) => times[one] !== undefined && !skipped.has(one));
      for (const name of names.sort((a, b) => times[a] - times[b])) {
        skipped.add(name);
        const limit = 30_000 + 5 * times[name];
        const ended = await runCase(program, name, { cwd: tree, signal, limit });
        if (ended !== 'passed')
          return ended === 'late' ? `${name} takes longer than ${Math.round(limit / 1000)} s` : name;
      }
      return undefined;
    },
  };
}

/** Runs one native test. */
async function runCase(program, name, { cwd, signal, limit }) {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll(',', '\\,');
  const child = spawn(program, [`--test-case=${escaped}`], { cwd, detached: true, stdio: 'ignore' });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    endGroup(child);
  }, limit);
  const stop = () => endGroup(child);
  signal?.addEventListener('abort', stop);
  const [code] = await once(child, 'exit');
  signal?.removeEventListener('abort', stop);
  clearTimeout(timer);
  if (signal?.aborted) throw signal.reason;
  return code === 0 ? 'passed' : isLate ? 'late' : 'failed';
}

const launcher = () => {
  try {
    execFileSync('ccache', ['--version'], { stdio: 'ignore' });
    return ['--CDCMAKE_CXX_COMPILER_LAUNCHER=ccache']; // results for other files after a header is restored
  } catch {
    return [];
  }
};

async function casesOf(program, pattern) {
  const text = execFileSync(program, ['--list-test-cases', `--source-file=${pattern}`, '--reporters=xml'], {
    encoding: 'utf8',
  });
  const plain = (name) =>
    name.replace(/&(quot|amp|lt|gt|apos);/g, (_, one) => ({ quot: '"', amp: '&', lt: '<', gt: '>', apos: "'" })[one]);
  return [...text.matchAll(/<TestCase name="([^"]*)"/g)].map(([, name]) => plain(name));
}
