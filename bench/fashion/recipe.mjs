import fs from 'node:fs';
import path from 'node:path';

/** How a network is trained: recipes/, which torch_fashion.py reads as well. */
export const recipeOf = (name) =>
  JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'recipes', `${name}.json`), 'utf8'));
