import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

let folder;

/** A temporary folder for the files of this process. It is removed when the process ends. */
export function temporaryFolder() {
  if (folder === undefined) {
    const made = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bench-'));
    process.on('exit', () => fs.rmSync(made, { recursive: true }));
    folder = made;
  }
  return folder;
}
