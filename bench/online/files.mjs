import fs from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../temporary_folder.mjs';

const mostBytes = 2 ** 26; // written at a time

/** Writes the bytes of each array to a file `key.bin` in a new folder, and returns the folder's path. */
export function save(name, arrays) {
  const into = path.join(temporaryFolder(), name);
  fs.mkdirSync(into);
  for (const [key, { buffer, byteOffset, byteLength }] of Object.entries(arrays)) {
    const file = fs.openSync(path.join(into, `${key}.bin`), 'w');
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    for (let i = 0; i < byteLength; i += mostBytes) fs.writeFileSync(file, bytes.subarray(i, i + mostBytes));
    fs.closeSync(file);
  }
  return into;
}

/** Reads an array written by `save`. */
export function load(from, key, Type) {
  const bytes = fs.readFileSync(path.join(from, `${key}.bin`));
  return new Type(bytes.buffer, bytes.byteOffset, bytes.byteLength / Type.BYTES_PER_ELEMENT);
}
