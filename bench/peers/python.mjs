import { spawnSync } from 'node:child_process';

const interpreters = [process.env.GLISSADE_BENCH_PYTHON, 'python3', '/usr/bin/python3'].filter(Boolean);

/** The first interpreter that can import a module, and its version. */
export function pythonWith(module) {
  for (const interpreter of interpreters) {
    const program = `import ${module}; print(${module}.__version__)`;
    const { status, stdout } = spawnSync(interpreter, ['-c', program], { encoding: 'utf8' });
    if (status === 0) return { command: [interpreter], version: stdout.trim().split('+')[0] };
  }
}
