import fs from 'node:fs';
import path from 'node:path';

/**
 * Makes a folder and its missing parents, one by one. Node's `mkdir` with `recursive` never returns where the system
 * answers ENOENT although the parent exists, as in `/proc`.
 *
 * @returns The folders that were made, the outermost first.
 * @throws The error of the file system, whose `path` is the folder that could not be made.
 */
export function makeFolder(folder: string): string[] {
  const missing: string[] = [];
  let nearest = path.resolve(folder);
  for (; !isFolder(nearest) && path.dirname(nearest) !== nearest; nearest = path.dirname(nearest))
    missing.push(nearest);
  const made: string[] = [];
  for (const one of missing.reverse()) {
    try {
      fs.mkdirSync(one);
      made.push(one);
    } catch (error) {
      if (!isFolder(one)) throw linkError(one) ?? error; // another process may have made it meanwhile
    }
  }
  return made;
}

const isFolder = (place: string): boolean => fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** For a link to nothing, the system only says that something exists. */
function linkError(place: string): Error | undefined {
  if (!fs.lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  const message = `ENOENT: a link to ${fs.readlinkSync(place)}, which is not a folder`;
  return Object.assign(new Error(message), { code: 'ENOENT', path: place });
}
