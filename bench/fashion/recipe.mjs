import fs from 'node:fs';
import path from 'node:path';

/** The recipe for training a network, from recipes/. torch_fashion.py reads the same files. */
export const recipeOf = (name) =>
  JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'recipes', `${name}.json`), 'utf8'));
