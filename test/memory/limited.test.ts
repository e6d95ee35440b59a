import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { runNode } from '../support/child';
import { isLongRun } from '../support/long_run';
import { canLimitMemory } from '../support/memory_limit';

const script = path.join(__dirname, 'limited.mjs');
const all: string[] = JSON.parse(
  execFileSync(process.execPath, ['--expose-gc', script, '--list'], { encoding: 'utf8' }),
);
const quick = ['first use of 32 threads', 'rows of a dataset', 'step of a trainer'];

(canLimitMemory ? describe : describe.skip)(
  'under ulimit -v, running out of memory is an error (needs prlimit)',
  () => {
    test.each(isLongRun ? all : quick)('%s', async (action) => {
      const threads = action.startsWith('first') ? '32' : '2';
      const ended = await runNode([script, action], {
        // Returns freed memory to the system, so that it does not hide the shortage.
        env: { GLISSADE_THREADS: threads, GLIBC_TUNABLES: 'glibc.malloc.mmap_threshold=1048576' },
        flags: ['--expose-gc'],
      });
      expect(ended).toEqual({ code: 0, signal: null, stdout: expect.any(String), stderr: '' });
      expect(JSON.parse(ended.stdout).refused).toBeGreaterThan(0);
    });
  },
);
