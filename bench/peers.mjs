import { spawnSync } from 'node:child_process';

const python = process.env.GLISSADE_BENCH_PYTHON ?? 'python3';

/** The version of torch that python3 finds, if any. */
export const torchVersion = (() => {
  const { status, stdout } = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
})();

/** What runs a program, or nothing where that is missing. */
export function interpreterFor(program) {
  if (program.endsWith('.py')) return torchVersion && python;
  return process.execPath;
}
