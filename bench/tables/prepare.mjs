import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { folderOf, nodeWith } from '../peers/node_package.mjs';
import { pythonWith } from '../peers/python.mjs';
import { temporaryFolder } from '../temporary_folder.mjs';

const python = pythonWith('sklearn');
export const vega = folderOf('vega-datasets');
export const peers = vega && { 'vega-datasets': nodeWith('vega-datasets').version };

/** Why a table can't be made here; undefined if it can. */
export const missing = (/** @type {{ from: string }} */ { from }) => {
  if (!python) return 'no scikit-learn, which makes the tables (apt install python3-sklearn)';
  if (from === 'vega-datasets' && !vega) return 'no vega-datasets (npm install --prefix bench)';
  return undefined;
};

let made;

/** Makes all tables, at the first call, and returns their folder as an argument. */
export function prepare() {
  if (made === undefined) {
    const folder = temporaryFolder();
    const data = vega ? [path.join(vega, 'data')] : [];
    const [program, ...rest] = [...python.command, path.join(import.meta.dirname, 'make_tables.py'), folder, ...data];
    const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`make_tables.py failed: ${stderr}`);
    made = folder;
  }
  return [made];
}
