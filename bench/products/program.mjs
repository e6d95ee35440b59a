import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { environment } from '../environment.mjs';

const root = path.join(import.meta.dirname, '../..');
const folder = path.join(root, 'build-cmake/bench');
const binary = path.join(folder, 'products_bench');

/**
 * Builds the native program that measures products, with the libraries found by CMake.
 *
 * @returns {{ command: string[], libraries: string[], precisions: Record<string, string[]>, instructionSets: string[] }
 *   | { missing: string }}
 */
export function buildProgram() {
  const steps = [
    [
      'cmake',
      '-S',
      root,
      '-B',
      folder,
      '-DGLISSADE_TESTS=OFF',
      '-DGLISSADE_BENCH=ON',
      `-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${folder}`,
    ],
    ['cmake', '--build', folder, '--target', 'products_bench', '--parallel'],
  ];
  console.error('Building products_bench …');
  for (const [program, ...args] of steps) {
    const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (error) return { missing: 'no CMake (apt install cmake)' };
    if (status !== 0) console.error(`${stdout}${stderr}`);
    if (status !== 0) return { missing: 'CMake could not build it, as said above' };
  }
  const { status, stdout, stderr } = spawnSync(binary, ['--list'], { encoding: 'utf8', env: environment(1) });
  if (status !== 0) throw new Error(`products_bench --list failed: ${stderr}`);
  return { command: [binary], ...JSON.parse(stdout) };
}
