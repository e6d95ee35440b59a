import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** The folder of a package. Undefined if it is not installed. */
export const folderOf = (name) =>
  require.resolve
    .paths(name)
    .map((folder) => path.join(folder, name))
    .find((folder) => fs.existsSync(path.join(folder, 'package.json')));

/** Node's command and the version of a package. Undefined if the package is not installed. */
export function nodeWith(name) {
  const folder = folderOf(name); // not every package exports its package.json
  if (!folder) return undefined;
  const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return { command: [process.execPath], version };
}
