import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** Whether the memory of a process can be limited: by Linux's program prlimit. */
export const canLimitMemory = (() => {
  try {
    return process.platform === 'linux' && execFileSync('prlimit', ['--version']).length > 0;
  } catch {
    return false;
  }
})();

const limit = (bytes: number | 'unlimited') =>
  execFileSync('prlimit', ['--pid', String(process.pid), `--as=${bytes}:`]);

/** Runs something while this process can have only the given number of additional bytes. */
export async function withMemoryLimit(bytes: number, work: () => Promise<void>): Promise<void> {
  const [, kilobytes] = /VmSize:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))!;
  limit(1024 * Number(kilobytes) + bytes);
  try {
    await work();
  } finally {
    limit('unlimited');
  }
}
