import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { inputsOf } from '../support/contents';
import { expectRefusal } from '../support/refusals';

const make = () => new Dataset({ inputs: [[1], [2], [3]], targets: [1, 2, 3] });
const model = () => network({ inputs: 1, layers: [dense(1)] });

describe('a disposed dataset', () => {
  test('cannot be used', () => {
    const data = make();
    data.dispose();
    expectRefusal(() => data.select([0]), 'ERR_DISPOSED', 'dataset');
    expectRefusal(() => data.split({ validation: 1 }), 'ERR_DISPOSED', 'dataset');
    expectRefusal(() => model().predict(data), 'ERR_DISPOSED', 'dataset');
    expectRefusal(() => model().evaluate(data, { loss: 'squared' }), 'ERR_DISPOSED', 'dataset');
    expectRefusal(() => model().fit(data, { loss: 'squared', optimizer: sgd() }), 'ERR_DISPOSED', 'dataset');
    expectRefusal(
      () => model().fit(make(), { loss: 'squared', optimizer: sgd(), validation: data }),
      'ERR_DISPOSED',
      'dataset',
    );
  });

  test('can be disposed again', () => {
    const data = make();
    data.dispose();
    expect(() => data.dispose()).not.toThrow();
  });

  test('remains after a block with using', () => {
    let outside: Dataset;
    {
      using data = make();
      outside = data;
      expect(data.select([0]).rows).toBe(1);
    }
    expectRefusal(() => outside.select([0]), 'ERR_DISPOSED', 'dataset');
  });

  test('does not affect selections of it', () => {
    const data = make();
    const [training, heldOut] = data.split({ validation: 1 });
    data.dispose();
    expect([...inputsOf(training), ...inputsOf(heldOut)].flat().sort()).toEqual([1, 2, 3]);
    training.dispose();
    expect(inputsOf(heldOut)).toHaveLength(1);
  });

  test('does not affect a run that uses it', async () => {
    const [data, held] = [make(), make()];
    const run = model().fit(data, { loss: 'squared', optimizer: sgd(), epochs: 1000, batchSize: 1, validation: held });
    data.dispose();
    held.dispose();
    expect(await run).toMatchObject({ status: 'completed', steps: 3000 });
  });
});
