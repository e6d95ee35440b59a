import fs from 'node:fs';

/**
 * JSON of rows and bytes of the file per second, in millions, and of the peak memory of the process in MB.
 * numpy_loadtxt.py prints the same JSON.
 *
 * @throws Error unless all rows and columns were read.
 */
export function outcome({ file, expected, read, seconds }) {
  if (read.rows !== expected.rows || read.columns !== expected.columns)
    throw new Error(`${read.rows} rows of ${read.columns} columns, not ${expected.rows} of ${expected.columns}`);
  const rate = read.rows / seconds / 1e6;
  return JSON.stringify({ rate, bytes: fs.statSync(file).size / seconds / 1e6, memory: mostMemory() });
}

/** The peak memory of this program. That of getrusage can be the parent's, because a child starts with its memory. */
function mostMemory() {
  const status = '/proc/self/status';
  const [, kibibytes] = (fs.existsSync(status) && /VmHWM:\s*(\d+)/.exec(fs.readFileSync(status, 'utf8'))) || [];
  return ((kibibytes ?? process.resourceUsage().maxRSS) * 1024) / 1e6;
}
