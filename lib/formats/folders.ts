import fs from 'node:fs';
import path from 'node:path';

/**
 * Creates a folder and its missing parents, one by one. Node's `mkdir` with `recursive` never returns if the system reports
 * ENOENT although the parent exists, as in `/proc`.
 *
 * @returns The folders that were created, the outermost first.
 * @throws The error of the file system. Its `path` is the folder that could not be created.
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
      if (!isFolder(one)) throw linkError(one) ?? error; // another process may have created it
    }
  }
  return made;
}

const isFolder = (place: string): boolean => fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** A clearer error for a dangling link, of which the system only says that it exists. */
function linkError(place: string): Error | undefined {
  if (!fs.lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  const message = `ENOENT: a link to ${fs.readlinkSync(place)}, which is not a folder`;
  return Object.assign(new Error(message), { code: 'ENOENT', path: place });
}
