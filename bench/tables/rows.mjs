import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runtime } from 'glissade';
import { temporaryFolder } from '../temporary_folder.mjs';
import { threadsOf } from '../wording.mjs';
import { scoreTitles, titleOf } from './names.mjs';
import { missing, peers, prepare, vega } from './prepare.mjs';
import { tables } from './tables.mjs';

export { peers };

const { threads } = runtime();
/** Trees enter thousands of short parallel regions. Spinning threads take ten times as long beside other programs. */
const passive = { OMP_WAIT_POLICY: 'passive' };

/** On small tables trees are faster by one thread: on two cores of a virtual machine up to ten times. */
const oneThread = { OMP_NUM_THREADS: '1' };

/** Kinds of models of peers.py, with their names for classes and for numbers. */
const peerModels = [
  { kind: 'linear', classes: 'LogisticRegression', numbers: 'Ridge' },
  { kind: 'mlp', classes: 'MLPClassifier', numbers: 'MLPRegressor' },
  { kind: 'stopped-mlp', classes: 'MLPClassifier, early stopping', numbers: 'MLPRegressor, early stopping' },
  { kind: 'trees', name: 'HistGradientBoosting', env: passive },
  { kind: 'trees', name: 'HistGradientBoosting, one thread', env: oneThread },
  { kind: 'tuned-trees', name: 'HistGradientBoosting, best of 20', env: oneThread },
  { kind: 'forest', name: 'RandomForest' },
  { kind: 'constant', classes: 'the most frequent class', numbers: 'the mean' },
];

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
      { key: 'fit', title: 'one fit', unit: 's' },
    ],
    note: 'Each trial is a split that holds out a fifth of the rows, of which the score is.',
    trials: 5,
    ...(!away && { prepare }),
    contestants: [
      { name: 'glissade', program: 'tables/glissade.mjs', args: [name], ...entry },
      ...peerModels.map(({ kind, env, ...names }) => ({
        peer: 'scikit-learn',
        name: names.name ?? names[task],
        program: 'tables/peers.py',
        args: [name, kind],
        env,
        ...entry,
      })),
    ],
  };
}

const flightsFile = vega && path.join(vega, 'data', 'flights-3m.parquet');

/** The columns of the flights for flights.py, which has no reader of Parquet files. */
function prepareFlights() {
  const folder = temporaryFolder();
  const program = path.join(import.meta.dirname, 'flights.mjs');
  const { status, stderr } = spawnSync(process.execPath, [program, folder, flightsFile, 'columns'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`flights.mjs failed: ${stderr}`);
  return [folder, flightsFile];
}

const isHere = vega !== undefined && fs.existsSync(flightsFile);
const trees = (iterations) => ({
  peer: 'scikit-learn',
  name: `HistGradientBoosting, ${iterations} iterations`,
  program: 'tables/flights.py',
  args: [iterations],
  env: passive,
});
const flights = {
  title: `flights (vega-datasets), 3 M rows, numbers of delay, ${threadsOf(threads)}`,
  measures: [
    { key: 'score', title: 'R²', hasRatio: false, unit: '%', better: 'more', decimals: 2 },
    { key: 'seconds', title: 'training', unit: 's' },
  ],
  note: 'Each tenth row is held out, of which the score is. The network is trained for twelve epochs.',
  trials: 1,
  ...(isHere && { prepare: prepareFlights }),
  contestants: [{ name: 'glissade', program: 'tables/flights.mjs' }, trees(100), trees(400)].map((one) => ({
    ...one,
    missing: isHere
      ? missing({ from: 'scikit-learn' })
      : (missing({ from: 'vega-datasets' }) ?? 'no flights-3m.parquet in vega-datasets'),
  })),
};

export const rows = [...tables.map(row), flights];
