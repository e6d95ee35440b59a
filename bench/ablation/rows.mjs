import { titleOf } from '../tables/names.mjs';
import { missing, prepare } from '../tables/prepare.mjs';
import { tables } from '../tables/tables.mjs';

/** Changes of a default of `train`, by their names. The first is none. */
const changes = {
  'the defaults': {},
  'bins: 0': { bins: 0 },
  'bins: 16': { bins: 16 },
  'bins: 64': { bins: 64 },
  'bins of equal numbers of rows': { quantiles: true },
  'members: 1': { members: 1 },
  'members: 4': { members: 4 },
  'members: 32': { members: 32 },
  "activation: 'relu'": { activation: 'relu' },
  'hidden: [64]': { hidden: [64] },
  'hidden: [128, 64]': { hidden: [128, 64] },
  'learningRate: 0.001': { learningRate: 0.001 },
  'learningRate: 0.01': { learningRate: 0.01 },
  'weightDecay: 0': { weightDecay: 0 },
  'weightDecay: 0.1': { weightDecay: 0.1 },
  'batchSize: 512': { batchSize: 512 },
  "rule: 'nadam'": { rule: 'nadam' },
  "rule: 'lion'": { rule: 'lion' },
};

const row = (table) => {
  const away = missing(table);
  return {
    title: titleOf(table),
    measures: [
      { key: 'loss', title: table.task === 'classes' ? 'log loss' : 'RMSE', unit: '', decimals: 4 },
      { key: 'seconds', title: 'training', unit: 's' },
    ],
    note: 'Each trial holds out another fifth of the rows, of which the loss is.',
    trials: 3,
    ...(!away && { prepare }),
    contestants: Object.entries(changes).map(([name, options]) => ({
      name,
      program: 'ablation/train.mjs',
      args: [table.name, JSON.stringify(options)],
      isSeeded: true,
      missing: away,
    })),
  };
};

export const rows = tables.map(row);
