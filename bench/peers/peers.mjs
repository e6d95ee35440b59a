import path from 'node:path';
import { compiled } from './compiler.mjs';
import { fastText } from './fast_text.mjs';
import { nodeWith } from './node_package.mjs';
import { pythonWith } from './python.mjs';

/** How to find the command and version of each peer, and how to install it. */
const known = {
  torch: { find: () => pythonWith('torch'), get: 'pip install torch' },
  'scikit-learn': { find: () => pythonWith('sklearn'), get: 'apt install python3-sklearn' },
  statsmodels: { find: () => pythonWith('statsmodels'), get: 'apt install python3-statsmodels' },
  fastText: { find: fastText, get: 'apt install fasttext' },
  tfjs: { find: () => nodeWith('@tensorflow/tfjs-core'), get: 'npm install --prefix bench' },
  numpy: { find: () => pythonWith('numpy'), get: 'apt install python3-numpy' },
  DuckDB: { find: () => nodeWith('@duckdb/node-api'), get: 'npm install --prefix bench' },
  hyparquet: { find: () => nodeWith('hyparquet'), get: 'npm install --prefix bench' },
  'csv-parse': { find: () => nodeWith('csv-parse'), get: 'npm install --prefix bench' },
  'brain.js': { find: () => nodeWith('brain.js'), get: 'npm install --prefix bench' },
};

const cache = new Map();

/** @returns {{ command: string[], version: string } | undefined} */
function found(peer) {
  if (!cache.has(peer)) cache.set(peer, known[peer].find());
  return cache.get(peer);
}

/** The versions of the peers that were found. */
export const versions = () =>
  Object.fromEntries([...cache].flatMap(([peer, found]) => (found ? [[peer, found.version]] : [])));

/** The name of a contestant, like `torch 2.13.0 (fused)`. */
export function labelOf({ peer, name }) {
  if (!known[peer]) return name;
  const title = [peer, found(peer)?.version].filter(Boolean).join(' ');
  return name ? `${title} (${name})` : title;
}

/**
 * The command that runs a contestant, without its arguments, or the reason why it can't run.
 *
 * @returns {{ command: string[] } | { missing: string }}
 */
export function commandFor({ peer, program, command, missing }) {
  if (missing) return { missing };
  if (command) return { command };
  const file = path.join(import.meta.dirname, '..', program);
  if (program.endsWith('.cpp')) {
    const binary = compiled(file, ['-march=native']);
    return binary ? { command: [binary] } : { missing: 'no C++ compiler that can build it (apt install g++)' };
  }
  if (!known[peer]) return { command: [process.execPath, file] };
  const runner = found(peer);
  return runner ? { command: [...runner.command, file] } : { missing: `not installed (${known[peer].get})` };
}
