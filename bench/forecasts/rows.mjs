import { runtime } from 'glissade';
import { folderOf, nodeWith } from '../peers/node_package.mjs';
import { threadsOf } from '../wording.mjs';
import { series } from './series.mjs';

const { threads } = runtime();
const vega = folderOf('vega-datasets');
export const peers = vega && { 'vega-datasets': nodeWith('vega-datasets').version };

function row({ name, from, horizon, origins }) {
  const missing = from === 'vega-datasets' && !vega ? 'no vega-datasets (npm install --prefix bench)' : undefined;
  const ours = (title, methods) => ({
    name: title,
    program: 'forecasts/glissade.mjs',
    args: [name, methods],
    isSeeded: true,
    missing,
  });
  return {
    title: `${name}, ${horizon} ahead, ${threadsOf(threads)}`,
    measures: [
      { key: 'mase', title: 'MASE', unit: '', decimals: 3 },
      { key: 'inside', title: 'inside 90 % intervals', unit: '%', better: 'more', hasRatio: false, decimals: 1 },
      { key: 'seconds', title: 'fits and backtest', unit: 's' },
    ],
    note: 'Each trial is an origin, of which nothing later was known.',
    trials: origins,
    contestants: [
      ours('glissade', 'all'),
      ours('seasonal persistence', 'seasonalPersistence'),
      ours('exponential smoothing', 'exponentialSmoothing'),
      {
        peer: 'statsmodels',
        name: 'ETS',
        program: 'forecasts/ets.py',
        args: [process.execPath, name],
        isSeeded: true,
        missing,
      },
    ],
  };
}

export const rows = series.map(row);
