import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { ema, polyak, swa } from '../../lib/optimizers/average';
import { lion } from '../../lib/optimizers/lion';
import { lookahead } from '../../lib/optimizers/lookahead';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import { sam } from '../../lib/optimizers/sam';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import type { FitOptions } from '../../lib/training/network';
import { greatestError } from '../support/closeness';
import { categoricalTwins, sparseTwins, type Twins } from '../support/sparse_tasks';

const rate = { learningRate: 0.02 };

/** Rules and options that need all rows in each step, or the gradient as a whole. */
const wholes: [string, Omit<FitOptions, 'loss'>][] = [
  ['rmsprop', { optimizer: rmsprop(rate) }],
  ['lion', { optimizer: lion({ ...rate, weightDecay: 0.1 }) }],
  ['scheduleFree', { optimizer: scheduleFree({ base: 'adamw', ...rate }) }],
  ['lookahead', { optimizer: lookahead(adam(rate), { steps: 2, alpha: 0.4 }) }],
  ['sam', { optimizer: sam(sgd(rate), { radius: 0.05 }) }],
  ['clip: { adaptive }', { optimizer: adam(rate), clip: { adaptive: 0.01 } }],
  ['clip: { norm }', { optimizer: adamw({ ...rate, weightDecay: 0.2 }), clip: { norm: 0.1 } }],
  ['clip: { norm } of sgd', { optimizer: sgd({ ...rate, momentum: 0.7 }), clip: { norm: 0.1 } }],
  ['clip: { value }', { optimizer: sgd({ ...rate, weightDecay: 0.2 }), clip: { value: 0.05 } }],
  ['average: polyak', { optimizer: adam(rate), average: polyak({ start: 2 }) }],
  ['average: ema', { optimizer: sgd({ ...rate, weightDecay: 0.2 }), average: ema({ decay: 0.7 }) }],
  ['average: swa', { optimizer: adam(rate), average: swa({ start: 2, every: 2 }) }],
  ['accumulate', { optimizer: adam(rate), accumulate: 2 }],
  ['maximize', { optimizer: adamw({ ...rate, weightDecay: 0.2 }), maximize: true }],
];

const tasks: [string, Twins][] = [
  ['a linear model', sparseTwins(undefined)],
  ['a network', sparseTwins(6, { outputs: 2 })],
  ['embeddings', categoricalTwins({ outputs: 2 })],
];

const trained = ({ sparse, dense }: Twins, options: FitOptions) =>
  Promise.all(
    [sparse, dense].map(async ({ model: make, data }) => {
      const model = make();
      await model.fit(data, { ...options, epochs: 3, seed: 3 });
      return model.parameters;
    }),
  );

describe.each(tasks)('%s with few stored inputs', (_, twins) => {
  describe.each([1, 7])('in minibatches of %i', (batchSize) => {
    test.each(wholes)('trains like one with all of them stored, under %s', async (_, options) => {
      const [few, all] = await trained(twins, { loss: 'squared', batchSize, ...options });
      expect(greatestError(few!, all!)).toBeLessThan(1e-12);
    });
  });
});

describe('states of fewer bits', () => {
  test.each(['bfloat16', 'uint8'] as const)('of %s train sparse inputs as dense ones', async (state) => {
    const twins = sparseTwins(6, { type: 'float32' });
    const [few, all] = await trained(twins, { loss: 'squared', optimizer: adam(rate), batchSize: 7, state });
    expect(greatestError(few!, all!)).toBeLessThan(1e-5);
  });
});
