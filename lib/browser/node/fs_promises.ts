import fs from './fs.js';

const refused = async (): Promise<never> => fs.readFileSync!();

/** Functions of node:fs/promises, each of which refuses. */
export default Object.fromEntries(
  'access appendFile chmod copyFile lstat mkdir mkdtemp open readdir readFile readlink realpath rename rm rmdir stat unlink writeFile'
    .split(' ')
    .map((name) => [name, refused]),
);
