import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const python = process.env.GLISSADE_BENCH_PYTHON ?? 'python3';
const compiler = process.env.CXX ?? 'c++';

/** The version of torch that python3 finds, if any. */
export const torchVersion = (() => {
  const { status, stdout } = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
})();

/** What runs a program, to be followed by its arguments; or nothing where that is missing. */
export function commandFor(program) {
  const file = path.join(import.meta.dirname, program);
  if (program.endsWith('.py')) return torchVersion && [python, file];
  if (program.endsWith('.cpp')) return compiled(file);
  return [process.execPath, file];
}

const binaries = new Map();

/** Compiled anew in each run, for the processor that is there. */
function compiled(file) {
  if (!binaries.has(file)) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bench-'));
    process.on('exit', () => fs.rmSync(folder, { recursive: true }));
    const binary = path.join(folder, path.parse(file).name);
    const flags = ['-std=c++20', '-O3', '-march=native', '-fopenmp'];
    const { status, stderr } = spawnSync(compiler, [...flags, file, '-o', binary], { encoding: 'utf8' });
    if (stderr) console.error(stderr.trim());
    binaries.set(file, status === 0 ? [binary] : undefined);
  }
  return binaries.get(file);
}
