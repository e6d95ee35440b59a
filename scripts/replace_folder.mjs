import fs from 'node:fs';
import path from 'node:path';

/** Paths of the files below a folder, relative to it. */
const filesOf = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));

/**
 * Moves the files of a folder over those of another one, and removes files that the first one lacks. Each file of both
 * is present at any moment, old or new, so that running programs find what they import. Removes `from`.
 *
 * @param last A file that is moved after all others: a program that finds the new one finds the rest.
 */
export function replaceFolder(from, to, last) {
  const files = filesOf(from).filter((file) => file !== last);
  for (const file of [...files, last]) {
    fs.mkdirSync(path.dirname(path.join(to, file)), { recursive: true });
    fs.renameSync(path.join(from, file), path.join(to, file));
  }
  const kept = new Set([...files, last]);
  for (const file of filesOf(to)) if (!kept.has(file)) fs.rmSync(path.join(to, file));
  removeEmptyFolders(to);
  fs.rmSync(from, { recursive: true });
}

function removeEmptyFolders(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmptyFolders(path.join(folder, entry.name));
  if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
}
