import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import * as losses from '../../lib/losses';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectRefusal } from '../support/refusals';

const model = () => network({ inputs: 1, layers: [dense(3)], seed: 1 });
const data = new Dataset({ inputs: [[1], [2]], targets: [0, 2] });
const optimizer = sgd({ learningRate: 0.1 });
const { custom: _, joint: _joint, ...named } = losses;

describe('a loss with options', () => {
  test('is a frozen plain object with all its options', () => {
    const huber = losses.huber({ delta: 2 });
    expect(huber).toEqual({ name: 'huber', delta: 2 });
    expect(losses.huber()).toEqual({ name: 'huber', delta: 1 });
    expect(losses.crossEntropy({ classWeights: new Float32Array([1, 2]) })).toEqual({
      name: 'crossEntropy',
      labelSmoothing: 0,
      classWeights: [1, 2],
    });
    for (const make of Object.values(named)) expect(Object.isFrozen(make())).toBe(true);
    expect(Object.isFrozen(losses.crossEntropy({ classWeights: [1, 2] }).classWeights)).toBe(true);
  });

  test('survives JSON', () => {
    const loss = losses.crossEntropy({ labelSmoothing: 0.1, classWeights: [1, 5, 1] });
    const { loss: value } = model().evaluate(data, { loss });
    expect(model().evaluate(data, { loss: JSON.parse(JSON.stringify(loss)) }).loss).toBe(value);
    expect(value).not.toBe(model().evaluate(data, { loss: 'crossEntropy' }).loss);
  });

  test.each(Object.entries(named))('%s with its defaults equals the loss of that name', (name, make) => {
    const numbers = new Dataset({ inputs: [[1], [2]], targets: [1, 0, 0, 0, 1, 0], targetColumns: 3 });
    const byName = model().evaluate(numbers, { loss: name as keyof typeof named });
    expect(model().evaluate(numbers, { loss: make() })).toEqual(byName);
  });

  test('gives the same bits in fit, Trainer.fit and Trainer.step', async () => {
    const loss = losses.crossEntropy({ labelSmoothing: 0.2, classWeights: [1, 5, 1] });
    const [fitted, trained, stepped] = [model(), model(), model()];
    await fitted.fit(data, { loss, optimizer, shuffle: false });
    await new Trainer(trained, { loss, optimizer }).fit(data, { shuffle: false });
    new Trainer(stepped, { loss, optimizer }).step([[1], [2]], [0, 2]);
    expect(trained.parameters).toEqual(fitted.parameters);
    expect(stepped.parameters).toEqual(fitted.parameters);
  });
});

describe('refuses', () => {
  const evaluate = (loss: unknown) => () => model().evaluate(data, { loss: loss as 'squared' });

  test('unknown losses', () => {
    expectRefusal(evaluate('hubr'), 'ERR_INVALID_ARGUMENT', 'unknown loss "hubr". Did you mean "huber"?');
    expectRefusal(evaluate({ name: 'cubed' }), 'ERR_INVALID_ARGUMENT', 'unknown loss "cubed"');
    for (const loss of [undefined, null, 3, [], {}, losses.huber])
      expectRefusal(evaluate(loss), 'ERR_INVALID_ARGUMENT', 'for loss but received');
  });

  test('unknown options', () => {
    expectRefusal(
      () => losses.huber({ dleta: 2 } as object),
      'ERR_INVALID_ARGUMENT',
      'losses.huber: unknown option "dleta". Did you mean "delta"?',
    );
    expectRefusal(evaluate({ name: 'squared', delta: 1 }), 'ERR_INVALID_ARGUMENT', 'unknown option "delta"');
    for (const name of ['squared', 'absolute', 'poisson', 'hinge', 'squaredHinge'] as const)
      expectRefusal(() => named[name]({ delta: 1 } as object), 'ERR_INVALID_ARGUMENT', `losses.${name}`, 'delta');
  });

  test('options out of range', () => {
    for (const delta of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expectRefusal(() => losses.huber({ delta }), 'ERR_OUT_OF_RANGE', 'delta', String(delta));
    for (const quantile of [0, 1, -0.5, Number.NaN])
      expectRefusal(() => losses.quantile({ quantile }), 'ERR_OUT_OF_RANGE', 'quantile', String(quantile));
    for (const labelSmoothing of [-0.1, 1.1, Number.NaN]) {
      expectRefusal(() => losses.logistic({ labelSmoothing }), 'ERR_OUT_OF_RANGE', 'labelSmoothing');
      expectRefusal(() => losses.crossEntropy({ labelSmoothing }), 'ERR_OUT_OF_RANGE', 'labelSmoothing');
    }
    for (const gamma of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expectRefusal(() => losses.focal({ gamma }), 'ERR_OUT_OF_RANGE', 'gamma');
    for (const alpha of [0, 1, -0.5, Number.NaN])
      expectRefusal(() => losses.focal({ alpha }), 'ERR_OUT_OF_RANGE', 'alpha', String(alpha));
    expectRefusal(evaluate(losses.focal({ alpha: 0.5 })), 'ERR_INVALID_ARGUMENT', 'alpha of focal', 'classes');
    for (const positiveWeight of [0, -1, Number.POSITIVE_INFINITY])
      expectRefusal(() => losses.logistic({ positiveWeight }), 'ERR_OUT_OF_RANGE', 'positiveWeight');
    expectRefusal(() => losses.crossEntropy({ classWeights: [1, -1] }), 'ERR_OUT_OF_RANGE', 'classWeights[1]', '-1');
    expectRefusal(() => losses.crossEntropy({ classWeights: [0, 0] }), 'ERR_OUT_OF_RANGE', 'classWeights');
    expectRefusal(evaluate({ name: 'huber', delta: -1 }), 'ERR_OUT_OF_RANGE', 'delta');
  });

  test('options of another type', () => {
    expectRefusal(() => losses.huber({ delta: '1' as never }), 'ERR_INVALID_ARGUMENT', 'delta', '"1"');
    expectRefusal(() => losses.crossEntropy({ classWeights: 3 as never }), 'ERR_INVALID_ARGUMENT', 'classWeights');
    expectRefusal(
      () => losses.crossEntropy({ classWeights: ['1'] as never }),
      'ERR_INVALID_ARGUMENT',
      'classWeights[0]',
    );
    expectRefusal(() => losses.huber(3 as never), 'ERR_INVALID_ARGUMENT', 'losses.huber');
  });

  test('weights for the wrong number of classes, before training starts', () => {
    const loss = losses.crossEntropy({ classWeights: [1, 2] });
    const refusal = 'classWeights has 2 elements, but the network has 3 outputs';
    expectRefusal(() => model().evaluate(data, { loss }), 'ERR_SHAPE', refusal);
    expectRefusal(() => model().fit(data, { loss, optimizer }), 'ERR_SHAPE', refusal);
    expectRefusal(() => new Trainer(model(), { loss, optimizer }).step([[1]], [0]), 'ERR_SHAPE', refusal);
  });

  test('data with no class of positive weight', () => {
    const loss = losses.crossEntropy({ classWeights: [0, 1, 0] });
    expectRefusal(
      () => model().evaluate(data, { loss }),
      'ERR_OUT_OF_RANGE',
      'the weights of all 2 rows sum to 0, those of classes included',
    );
  });

  test('accuracy without classes', () => {
    for (const loss of ['squared', 'absolute', 'huber', 'quantile', 'poisson'] as const)
      expectRefusal(
        () => model().evaluate(data, { loss: named[loss](), metrics: ['accuracy'] }),
        'ERR_INVALID_ARGUMENT',
        `accuracy has no meaning under the loss ${loss}`,
      );
  });

  test('targets that do not fit the loss, by index', () => {
    const of = (targets: number[][]) => new Dataset({ inputs: targets.map(() => [1]), targets });
    const evaluateOn = (loss: 'hinge' | 'poisson' | 'huber', targets: number[][]) => () =>
      model().evaluate(of(targets), { loss });
    const good = [1, 0, 1];
    expectRefusal(evaluateOn('hinge', [good, [1, -1, 2]]), 'ERR_OUT_OF_RANGE', 'targets[1][2] is 2', '1 and -1');
    expectRefusal(evaluateOn('hinge', [[1], [3]]), 'ERR_OUT_OF_RANGE', 'targets[1] is 3', 'integers from 0 to 2');
    expectRefusal(evaluateOn('poisson', [good, [1, -1, 2]]), 'ERR_OUT_OF_RANGE', 'targets[1][1] is -1', 'at least 0');
    expectRefusal(evaluateOn('huber', [good, [1, Number.NaN, 2]]), 'ERR_NON_FINITE', 'targets[1][1] is NaN');
  });
});
