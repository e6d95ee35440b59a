import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const inMemory = '/dev/shm'; // of Linux

let folder: string | undefined;

/** Writes an input to a file with the extension that its reader expects. Returns its path. */
export function fileOf(input: Uint8Array, extension: string): string {
  if (folder === undefined) {
    folder = fs.mkdtempSync(path.join(fs.existsSync(inMemory) ? inMemory : os.tmpdir(), 'glissade-fuzz-'));
    process.once('exit', () => fs.rmSync(folder!, { recursive: true, force: true }));
  }
  const file = path.join(folder, `input.${extension}`);
  fs.writeFileSync(file, input);
  return file;
}
