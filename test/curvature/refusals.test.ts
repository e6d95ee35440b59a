import { curvature } from '../../lib/curvature/curvature';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { task } from '../support/examples';
import { expectRefusal } from '../support/refusals';
import { quadratic } from './quadratic';

// biome-ignore lint/suspicious/noExplicitAny: what is refused has no type
type Anything = any;
const given = quadratic([1, 2, 3]);
const of = (options: object) => () => curvature(given, given.origin, options as Anything);

describe('curvature refuses', () => {
  test.each([
    [{ tops: 1 }, 'ERR_INVALID_ARGUMENT', ['curvature', '"tops"', 'Did you mean "top"?']],
    [{ loss: 'squared' }, 'ERR_INVALID_ARGUMENT', ['unknown option "loss"']],
    [{ top: 4 }, 'ERR_OUT_OF_RANGE', ['an integer from 0 to 3 for top', '4']],
    [{ bottom: -1 }, 'ERR_OUT_OF_RANGE', ['bottom', '-1']],
    [{ top: 1.5 }, 'ERR_OUT_OF_RANGE', ['top', '1.5']],
    [{ top: '1' }, 'ERR_INVALID_ARGUMENT', ['top', '"1"']],
    [{ top: 3, maxProducts: 2 }, 'ERR_OUT_OF_RANGE', ['an integer ≥ 3 for maxProducts', '2']],
    [{ top: 0, bottom: 0, maxProducts: 0 }, 'ERR_OUT_OF_RANGE', ['maxProducts', '0']],
    [{ learningRate: -1 }, 'ERR_OUT_OF_RANGE', ['learningRate', '-1']],
    [{ learningRate: null }, 'ERR_INVALID_ARGUMENT', ['learningRate', 'null']],
    [{ tolerance: -1 }, 'ERR_OUT_OF_RANGE', ['tolerance', '-1']],
    [{ gradientTolerance: Infinity }, 'ERR_OUT_OF_RANGE', ['gradientTolerance', 'Infinity']],
    [{ flatTolerance: NaN }, 'ERR_OUT_OF_RANGE', ['flatTolerance', 'NaN']],
    [{ seed: -1 }, 'ERR_OUT_OF_RANGE', ['seed', '-1']],
    [{ density: 5 }, 'ERR_INVALID_ARGUMENT', ['density', '5']],
    [{ density: { point: 5 } }, 'ERR_INVALID_ARGUMENT', ['density', '"point"', 'points']],
    [{ density: { points: 1 } }, 'ERR_OUT_OF_RANGE', ['density.points', '1']],
    [{ density: { width: 0 } }, 'ERR_OUT_OF_RANGE', ['density.width', '0']],
    [{ density: { probes: 0 } }, 'ERR_OUT_OF_RANGE', ['density.probes', '0']],
    [{ density: { steps: 0 } }, 'ERR_OUT_OF_RANGE', ['density.steps', '0']],
    [{ density: { width: 0.01, points: 100 } }, 'ERR_OUT_OF_RANGE', ['width of 0.01', 'at least 213 points, not 100']],
  ] as const)('%p', (options, code, words) => expectRefusal(of(options), code, ...words));

  test('a width that its points don’t resolve, and accepts the number that it names', () => {
    expect(of({ density: { width: 0.01, points: 213 } })().density!.width).toBe(0.01);
    expectRefusal(of({ density: { width: 0.01, points: 212 } }), 'ERR_OUT_OF_RANGE', 'at least 213');
  });

  test.each([
    [[], 'ERR_SHAPE', ['theta', 'empty']],
    [undefined, 'ERR_INVALID_ARGUMENT', ['theta', 'undefined']],
    [[1, '2', 3], 'ERR_INVALID_ARGUMENT', ['theta[1]', '"2"']],
    [[1, NaN, 3], 'ERR_NON_FINITE', ['theta', 'element 1', 'NaN']],
  ] as const)('θ that is %p', (theta, code, words) =>
    expectRefusal(() => curvature(given, theta as Anything), code, ...words),
  );

  test('arguments that are neither a model nor a problem', () => {
    for (const what of [undefined, null, 5, {}, { objective: 5 }])
      expectRefusal(() => curvature(what as Anything, [1]), 'ERR_INVALID_ARGUMENT', 'model');
  });

  test.each([
    [(): unknown => ({ loss: 1, gradient: [1] }), 'ERR_SHAPE', ['gradient', '1', '2']],
    [(): unknown => 'lots', 'ERR_INVALID_ARGUMENT', ['objective', '"lots"']],
    [(): unknown => ({ loss: NaN, gradient: [1, 2] }), 'ERR_NON_FINITE', ['the loss', 'NaN']],
    [
      (): unknown => ({ loss: 1, gradient: [1, Infinity] }),
      'ERR_NON_FINITE',
      ['the gradient', 'element 1', 'Infinity'],
    ],
    [(): unknown => 1, 'ERR_INVALID_ARGUMENT', ['gradient']],
  ] as const)('an objective that is %p', (objective, code, words) =>
    expectRefusal(() => curvature(objective as Anything, [1, 2]), code, ...words),
  );

  test.each([
    [5, 'ERR_INVALID_ARGUMENT', ['problem.hessianVectorProduct', 'function', '5']],
    [(): unknown => [1], 'ERR_SHAPE', ['problem.hessianVectorProduct', '1 elements', '3']],
    [(): unknown => 7, 'ERR_INVALID_ARGUMENT', ['problem.hessianVectorProduct', '7']],
    [(): unknown => [1, NaN, 1], 'ERR_NON_FINITE', ['Hessian-vector product', 'element 1', 'NaN']],
  ] as const)('a Hessian-vector product that is %p', (hessianVectorProduct, code, words) =>
    expectRefusal(
      () => curvature({ ...given, hessianVectorProduct: hessianVectorProduct as Anything }, given.origin),
      code,
      ...words,
    ),
  );

  test('data, losses and options that don’t fit a model', () => {
    const { data } = task(10, 3, 2, 'squared', 'numbers');
    const model = network({ inputs: 3, layers: [dense(2)] });
    const refusal = (at: Anything, options: Anything, ...rest: ['ERR_INVALID_ARGUMENT' | 'ERR_SHAPE', ...string[]]) =>
      expectRefusal(() => curvature(model, at, options), ...rest);
    refusal([[1, 2, 3]], { loss: 'squared' }, 'ERR_INVALID_ARGUMENT', 'Dataset');
    refusal(new Dataset({ inputs: [[1]], targets: [1] }), { loss: 'squared' }, 'ERR_SHAPE', '1 columns', '3');
    refusal(data, {}, 'ERR_INVALID_ARGUMENT', 'loss');
    refusal(data, undefined, 'ERR_INVALID_ARGUMENT', 'loss');
    refusal(data, { loss: 'square' }, 'ERR_INVALID_ARGUMENT', '"square"', 'squared');
    refusal(data, { loss: 'squared', training: 1 }, 'ERR_INVALID_ARGUMENT', 'training');
    refusal(data, { loss: 'squared', maxProduct: 1 }, 'ERR_INVALID_ARGUMENT', 'maxProducts');
  });

  test('a model during a run', async () => {
    const { data } = task(10, 3, 2, 'squared', 'numbers');
    const model = network({ inputs: 3, layers: [dense(2)] });
    const run = model.fit(data, { loss: 'squared', optimizer: sgd({ learningRate: 1e-3 }), epochs: 1e6 });
    expectRefusal(() => curvature(model, data, { loss: 'squared' }), 'ERR_BUSY');
    run.stop();
    await run;
    expect(curvature(model, data, { loss: 'squared' }).dimension).toBe(8);
  });

  test('a model with a non-finite loss', () => {
    const model = network({ inputs: 1, layers: [dense(1)] });
    model.parameters.fill(3e38);
    const data = new Dataset({ inputs: [[1]], targets: [0] });
    expectRefusal(() => curvature(model, data, { loss: 'squared' }), 'ERR_NON_FINITE', 'curvature');
  });
});
