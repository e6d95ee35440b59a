import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const compiler = process.env.CXX ?? 'c++';

/** The compiler's version, like `c++ (Debian 12.4.0-5) 12.4.0`. Undefined without a compiler. */
export const compilerVersion = (() => {
  const { status, stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : undefined;
})();

const binaries = new Map();

/** The program of a C++ file, compiled once in each run. Undefined if that fails. */
export function compiled(file, flags) {
  if (!binaries.has(file)) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bench-'));
    process.on('exit', () => fs.rmSync(folder, { recursive: true }));
    const binary = path.join(folder, path.parse(file).name);
    const all = ['-std=c++20', '-O3', '-fopenmp', ...flags, file, '-o', binary];
    const { status, stderr } = spawnSync(compiler, all, { encoding: 'utf8' });
    if (stderr) console.error(stderr.trim());
    binaries.set(file, status === 0 ? binary : undefined);
  }
  return binaries.get(file);
}
