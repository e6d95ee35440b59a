import fs from 'node:fs';
import path from 'node:path';
import { errorWith } from '../errors.js';

/** Fails before anything runs if the file can't be written. */
function checkWritable(file: string): void {
  refusing(file, () => {
    if (!fs.existsSync(path.dirname(file))) throw new Error(`there is no folder ${path.dirname(file)}`);
    if (fs.existsSync(file) && fs.statSync(file).isDirectory()) throw new Error('it is a folder');
    fs.accessSync(fs.existsSync(file) ? file : path.dirname(file), fs.constants.W_OK);
  });
}

/**
 * Fails before anything runs if one of the files that options name can't be written, or if two are the same.
 *
 * @returns Their absolute paths.
 */
export function checkOutputs(files: Readonly<Record<string, string | undefined>>): string[] {
  const options = new Map<string, string>();
  for (const [option, file] of Object.entries(files)) {
    if (file === undefined) continue;
    checkWritable(file);
    const absolute = path.resolve(file);
    const other = options.get(absolute);
    if (other !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', `--${other} and --${option} are the same file, ${file}; give two`);
    options.set(absolute, option);
  }
  return [...options.keys()];
}

/**
 * Fails before anything runs if there can be no files in the folder, which may be yet to make.
 *
 * @returns Its absolute path.
 */
export function checkWritableFolder(folder: string): string {
  refusing(folder, () => {
    let nearest = path.resolve(folder);
    while (!fs.existsSync(nearest)) nearest = path.dirname(nearest);
    if (!fs.statSync(nearest).isDirectory()) throw new Error(`${nearest} is no folder`);
    fs.accessSync(nearest, fs.constants.W_OK);
  });
  return path.resolve(folder);
}

function refusing(place: string, check: () => void): void {
  try {
    if (place === '') throw new Error('it has no name');
    check();
  } catch (error) {
    throw errorWith('ERR_INVALID_ARGUMENT', `${place} can't be written: ${(error as Error).message}`);
  }
}
