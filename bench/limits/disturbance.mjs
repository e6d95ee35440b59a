import { spawn } from 'node:child_process';
import path from 'node:path';
import { compiled } from '../peers/compiler.mjs';

/**
 * Starts a process that streams through memory until this process exits, which slows shared caches and memory for all
 * others. It keeps one processor busy; contestants should leave that processor to it.
 */
export function disturb() {
  const binary = compiled(path.join(import.meta.dirname, 'stream.cpp'), []);
  if (!binary) throw new Error('--disturb needs a C++ compiler (apt install g++)');
  const child = spawn(binary, { stdio: 'ignore' });
  child.unref();
  process.on('exit', () => child.kill());
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
}
