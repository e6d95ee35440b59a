import { dense } from '../../lib/layers/dense';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { endless } from '../support/progress';
import { expectRefusal, expectRejection } from '../support/refusals';

const make = () => network({ inputs: 3, layers: [dense(2)] });
const { data } = task(40, 3, 2, 'squared', 'numbers');
const options = { loss: 'squared', optimizer: sgd() } as const;

describe('a model that is being trained', () => {
  test('is busy for a second run, which changes nothing', async () => {
    const [model, alone] = [make(), make()];
    const run = model.fit(data, { ...options, epochs: 100 });
    expectRefusal(() => model.fit(data, options), 'ERR_BUSY', 'model', 'stop()');
    await run;
    await alone.fit(data, { ...options, epochs: 100 });
    expectSameBits(model.parameters, alone.parameters);
  });

  test.each(['completed', 'stopped'])('is free again as soon as its run has %s', async (end) => {
    const model = make();
    const run = model.fit(end === 'stopped' ? endless(data) : data, options);
    if (end === 'stopped') run.stop();
    expect((await run).status).toBe(end);
    await model.fit(data, options);
  });

  test('is free again when its run has failed', async () => {
    const model = make();
    await expectRejection(
      model.fit(data, { ...options, optimizer: sgd({ learningRate: 1e300 }), epochs: 10 }),
      'ERR_NON_FINITE',
    );
    await model.fit(data, options);
  });

  test('is free after a loop over the epochs has ended', async () => {
    const model = make();
    for await (const _ of model.fit(data, { ...options, epochs: 3 }));
    await model.fit(data, options);
  });

  test('stays free when a run is refused', async () => {
    const model = make();
    expectRefusal(() => model.fit(data, { ...options, loss: 'crossEntropy' }), 'ERR_OUT_OF_RANGE');
    expectRefusal(() => model.fit(data, { ...options, epochs: 0 }), 'ERR_OUT_OF_RANGE');
    await model.fit(data, options);
  });
});
