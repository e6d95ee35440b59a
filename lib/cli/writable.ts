import fs from 'node:fs';
import path from 'node:path';
import { errorWith } from '../errors.js';

/** Fails before anything runs if the file can't be written. */
export function checkWritable(file: string): void {
  try {
    if (file === '') throw new Error('it has no name');
    if (!fs.existsSync(path.dirname(file))) throw new Error(`there is no folder ${path.dirname(file)}`);
    if (fs.existsSync(file) && fs.statSync(file).isDirectory()) throw new Error('it is a folder');
    fs.accessSync(fs.existsSync(file) ? file : path.dirname(file), fs.constants.W_OK);
  } catch (error) {
    throw errorWith('ERR_INVALID_ARGUMENT', `${file} can't be written: ${(error as Error).message}`);
  }
}
