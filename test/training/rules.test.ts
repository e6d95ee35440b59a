import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adan } from '../../lib/optimizers/adan';
import { ftrl } from '../../lib/optimizers/ftrl';
import { lamb } from '../../lib/optimizers/lamb';
import { lars } from '../../lib/optimizers/lars';
import { lion } from '../../lib/optimizers/lion';
import { prodigy } from '../../lib/optimizers/prodigy';
import type { Rule } from '../../lib/optimizers/rule';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { cosine } from '../../lib/schedules/cosine';
import { network } from '../../lib/training/network';
import { normal, range } from '../support/numbers';

const draw = normal(1);
const inputs = range(256).map(() => range(4).map(draw));
const data = new Dataset({ inputs, targets: inputs.map(([a, b, c, d]) => [2 * a! - b! + 0.5 * c! - 3 * d! + 1]) });

const steps = 8 * 60;

test.each([
  ['lion', lion({ learningRate: cosine({ from: 0.05, steps }) })],
  ['lars', lars({ learningRate: cosine({ from: 1, steps }), trustCoefficient: 0.1 })],
  ['lamb', lamb({ learningRate: cosine({ from: 0.1, steps }), weightDecay: 0 })],
  ['adan', adan({ learningRate: 0.05 })],
  ['ftrl', ftrl({ learningRate: 1 })],
  ['prodigy', prodigy({ learningRate: cosine({ from: 1, steps }) })],
  ['scheduleFree', scheduleFree({ learningRate: 0.3 })],
  ['scheduleFree over adamw', scheduleFree({ base: 'adamw', learningRate: 0.1, warmupSteps: 10 })],
] as [string, Rule][])('fit finds a linear map with %s', async (_, optimizer) => {
  const model = network({ inputs: 4, layers: [dense(1)], seed: 1 });
  const { epochs } = await model.fit(data, { loss: 'squared', optimizer, batchSize: 32, epochs: 60 });
  expect(epochs[0]!.loss).toBeGreaterThan(0.1);
  // The model is evaluated at the evaluation point: for schedule-free learning, the average.
  expect(model.evaluate(data, { loss: 'squared' }).loss).toBeLessThan(1e-3);
});
