import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { runtime } from 'glissade';
import { folderOf, nodeWith } from '../peers/node_package.mjs';
import { pythonWith } from '../peers/python.mjs';
import { temporaryFolder } from '../temporary_folder.mjs';
import { threadsOf } from '../wording.mjs';
import { scoreTitles, titleOf } from './names.mjs';
import { tables } from './tables.mjs';

const { threads } = runtime();
const python = pythonWith('sklearn');
const vega = folderOf('vega-datasets');
export const peers = vega && { 'vega-datasets': nodeWith('vega-datasets').version };

const missing = (/** @type {{ from: string }} */ { from }) => {
  if (!python) return 'no scikit-learn, which makes the tables (apt install python3-sklearn)';
  if (from === 'vega-datasets' && !vega) return 'no vega-datasets (npm install --prefix bench)';
  return undefined;
};

let made;

/** Makes all tables, at the first call. */
function prepare() {
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

/** Kinds of models of peers.py, and their names for classes and for numbers. */
const kinds = {
  linear: { classes: 'LogisticRegression', numbers: 'Ridge' },
  mlp: { classes: 'MLPClassifier', numbers: 'MLPRegressor' },
  'stopped-mlp': { classes: 'MLPClassifier, early stopping', numbers: 'MLPRegressor, early stopping' },
  trees: { classes: 'HistGradientBoosting', numbers: 'HistGradientBoosting' },
  'tuned-trees': { classes: 'HistGradientBoosting, best of 20', numbers: 'HistGradientBoosting, best of 20' },
  forest: { classes: 'RandomForest', numbers: 'RandomForest' },
  constant: { classes: 'the most frequent class', numbers: 'the mean' },
};

/** Trees enter thousands of short parallel regions. Spinning threads take ten times as long beside other programs. */
const environmentOf = { trees: { OMP_WAIT_POLICY: 'passive' }, 'tuned-trees': { OMP_WAIT_POLICY: 'passive' } };

const scores = {
  classes: { unit: '%', better: 'more', decimals: 2 },
  numbers: { unit: '', better: 'less', decimals: 3 },
};

function row(table) {
  const { name, task } = table;
  const away = missing(table);
  const entry = { isSeeded: true, missing: away };
  return {
    title: `${titleOf(table)}, ${threadsOf(threads)}`,
    measures: [
      { key: 'score', title: scoreTitles[task], hasRatio: false, ...scores[task] },
      { key: 'seconds', title: 'training', unit: 's' },
    ],
    note: 'Each trial is a split that holds out a fifth of the rows, of which the score is.',
    trials: 5,
    ...(!away && { prepare }),
    contestants: [
      { name: 'glissade', program: 'tables/glissade.mjs', args: [name], ...entry },
      ...Object.entries(kinds).map(([kind, names]) => ({
        peer: 'scikit-learn',
        name: names[task],
        program: 'tables/peers.py',
        args: [name, kind],
        env: environmentOf[kind],
        ...entry,
      })),
    ],
  };
}

export const rows = tables.map(row);
