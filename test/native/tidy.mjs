// npm run lint:tidy
// Checks the C++ code with clang-tidy by the rules in .clang-tidy. A room is read as one file, as in the build, so that
// its headers are read once. Needs clang-tidy and CMake.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'build-cmake/tidy');
const tidy = ['clang-tidy-19', 'clang-tidy'].find((name) => spawnSync(name, ['--version']).status === 0);
if (!tidy) throw new Error('clang-tidy is not installed (apt-get install clang-tidy-19)');

const settings = ['CMAKE_EXPORT_COMPILE_COMMANDS=ON', 'GLISSADE_WHOLE_ROOMS=ON', 'GLISSADE_TESTS=OFF'];
execFileSync('npx', ['cmake-js', 'configure', '--out', folder, ...settings.map((setting) => `--CD${setting}`)], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const commands = JSON.parse(fs.readFileSync(path.join(folder, 'compile_commands.json'), 'utf8'));
const files = [...new Set(commands.map(({ file }) => file))]; // each unit once: with its first instruction set

const run = promisify(execFile);
const options = [
  '-p',
  folder,
  '--quiet',
  '--warnings-as-errors=*',
  ...['unknown-warning-option', 'unused-command-line-argument'].map((name) => `--extra-arg=-Wno-${name}`),
];
let failed = 0;
async function work() {
  for (let file = files.shift(); file; file = files.shift()) {
    const begin = performance.now();
    const { stdout, code = 0 } = await run(tidy, [...options, file], { cwd: root, maxBuffer: 2 ** 26 }).catch(
      (error) => error,
    );
    failed += Number(code !== 0);
    console.log(`${path.relative(root, file)}: ${((performance.now() - begin) / 1e3).toFixed(0)} s\n${stdout}`.trim());
  }
}
await Promise.all(Array.from({ length: Number(process.env.JOBS ?? os.availableParallelism()) }, work));
process.exitCode = Number(failed > 0);
