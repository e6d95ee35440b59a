import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * A function that makes an empty folder for each call, removed after the tests of the file. The folders are in memory
 * if possible, because a disk slows checkpoints, and there would be fewer of them.
 */
export function folders(): () => string {
  let root: string;
  beforeAll(() => {
    root = fs.mkdtempSync(
      path.join(process.platform === 'linux' && fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'glissade-'),
    );
  });
  afterAll(() => fs.rmSync(root, { recursive: true }));
  return () => fs.mkdtempSync(path.join(root, 'run-'));
}

/** The text of a file that another process may write or remove meanwhile. Empty if there is none. */
export function textIfThere(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
