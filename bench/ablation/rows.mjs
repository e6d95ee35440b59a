import { titleOf } from '../tables/names.mjs';
import { missing, prepare } from '../tables/prepare.mjs';
import { tables } from '../tables/tables.mjs';

/** Changes of a default of `train`, by their names. The first is none. */
const changes = {
  'the defaults': {},
  'bins: 0': { bins: 0 },
  'bins: 16': { bins: 16 },
  'bins: 64': { bins: 64 },
  "binsBy: 'quantiles'": { steps: { number: { binsBy: 'quantiles' } } },
  "scale: 'quantile'": { steps: { number: { scale: 'quantile' } } },
  "scale: 'robust'": { steps: { number: { scale: 'robust' } } },
  'rare: 1': { steps: { category: { rare: 1 } } },
  'rare: 30': { steps: { category: { rare: 30 } } },
  'length: 1': { steps: { text: { length: 1 } } },
  'members: 1': { members: 1 },
  'members: 4': { members: 4 },
  'members: 32': { members: 32 },
  "activation: 'relu'": { activation: 'relu' },
  'hidden: [64]': { hidden: [64] },
  'hidden: [128, 64]': { hidden: [128, 64] },
  'hidden: [256, 128]': { hidden: [256, 128] },
  'learningRate: 0.001': { learningRate: 0.001 },
  'learningRate: 0.01': { learningRate: 0.01 },
  'weightDecay: 0': { weightDecay: 0 },
  'weightDecay: 0.01': { weightDecay: 0.01 },
  'weightDecay: 0.3': { weightDecay: 0.3 },
  'batchSize: 32': { batchSize: 32 },
  'batchSize: 512': { batchSize: 512 },
  "rule: 'nadam'": { rule: 'nadam' },
  "rule: 'lion'": { rule: 'lion' },
};

/** Tables with the steps of a change; of others, a change leaves the defaults. */
const withStep = {
  category: ['adult_like', 'movies', 'penguins', 'cars', 'categories'],
  text: ['movies'],
};

const changesFor = (name) =>
  Object.entries(changes).filter(([, { steps = {} }]) =>
    Object.keys(steps).every((kind) => withStep[kind]?.includes(name) ?? true),
  );

const row = (table) => {
  const away = missing(table);
  return {
    title: titleOf(table),
    measures: [
      { key: 'loss', title: table.task === 'classes' ? 'log loss' : 'RMSE', unit: '', decimals: 4 },
      { key: 'seconds', title: 'training', unit: 's' },
    ],
    note: 'Each trial holds out another fifth of the rows, of which the loss is. Steps are those of the pipeline.',
    trials: 3,
    ...(!away && { prepare }),
    contestants: changesFor(table.name).map(([name, options]) => ({
      name,
      program: 'ablation/train.mjs',
      args: [table.name, JSON.stringify(options)],
      isSeeded: true,
      missing: away,
    })),
  };
};

export const rows = tables.map(row);
