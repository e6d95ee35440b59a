import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import * as losses from '../../lib/losses';
import type { LossLike } from '../../lib/losses/loss';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectRefusal } from '../support/refusals';

const loss = losses.joint({
  heads: [
    { loss: 'squared', outputs: 1 },
    { loss: 'crossEntropy', outputs: 3 },
    { loss: losses.quantile({ quantile: [0.25, 0.75] }), outputs: 2 },
  ],
});
const make = (outputs = 6) => network({ inputs: 2, layers: [dense(outputs)], type: 'float64', seed: 3 });
const inputs = [
  [1, 2],
  [3, -1],
];
const data = (targets: number[][]) => new Dataset({ inputs, targets });

describe('a joint loss', () => {
  test('is the mean of the losses of its heads over their outputs', () => {
    const model = make();
    const outputs = model.predict(inputs);
    const only = (at: number, width: number, targets: number[], one: LossLike) => {
      const part = network({ inputs: width, layers: [dense(width)], type: 'float64' });
      part.parameters.fill(0);
      for (let j = 0; j < width; ++j) part.parameters[j * width + j] = 1;
      const rows = [0, 1].map((row) => [...outputs.subarray(6 * row + at, 6 * row + at + width)]);
      return part.evaluate(new Dataset({ inputs: rows, targets, type: 'float64' }), { loss: one }).loss;
    };
    const expected =
      (only(0, 1, [0.5, -1], 'squared') +
        only(1, 3, [2, 0], 'crossEntropy') +
        only(4, 2, [1, 2], losses.quantile({ quantile: [0.25, 0.75] }))) /
      3;
    const found = model.evaluate(
      data([
        [0.5, 2, 1],
        [-1, 0, 2],
      ]),
      { loss },
    ).loss;
    expect(found).toBeCloseTo(expected, 12);
  });

  test('leaves a head alone whose target is not known', async () => {
    const model = make();
    const before = model.parameters.slice();
    await model.fit(
      data([
        [Number.NaN, 2, Number.NaN],
        [Number.NaN, 0, Number.NaN],
      ]),
      { loss, optimizer: sgd({ learningRate: 0.1 }), epochs: 2 },
    );
    const moved = [...model.parameters].map((x, i) => x !== before[i]);
    const outputOf = (i: number) => i % 6; // weights [inputs, outputs], then biases
    for (const [i, is] of moved.entries()) expect(is).toBe(outputOf(i) >= 1 && outputOf(i) <= 3);
  });

  test('is in the file of a trainer', async () => {
    const trainer = new Trainer(make(), { loss, optimizer: sgd({ learningRate: 0.1 }) });
    const targets = [0.5, 2, 1, -1, 0, 2];
    const again = await Trainer.resume(trainer.toBytes());
    trainer.step(inputs, targets);
    again.step(inputs, targets);
    expect(again.model.parameters).toEqual(trainer.model.parameters);
  });

  test('refuses rows without any target, targets that a head does not take, and shapes that do not fit', () => {
    const evaluate =
      (targets: number[][], outputs = 6) =>
      () =>
        make(outputs).evaluate(data(targets), { loss });
    const unknown = [Number.NaN, Number.NaN, Number.NaN];
    expectRefusal(evaluate([[1, 1, 1], unknown]), 'ERR_NON_FINITE', 'targets[1] has no target but NaN');
    expectRefusal(
      evaluate([
        [1, 3, 1],
        [1, 1, 1],
      ]),
      'ERR_OUT_OF_RANGE',
      'targets[0][1] is 3, but classes of a network with 3 outputs are the integers from 0 to 2',
    );
    expectRefusal(
      evaluate([
        [Infinity, 1, 1],
        [1, 1, 1],
      ]),
      'ERR_NON_FINITE',
      'targets[0][0] is infinite',
    );
    expectRefusal(
      evaluate([
        [1, 1],
        [1, 1],
      ]),
      'ERR_SHAPE',
      'targets have 2 columns, but the loss has 3',
    );
    expectRefusal(
      evaluate(
        [
          [1, 1, 1],
          [1, 1, 1],
        ],
        5,
      ),
      'ERR_SHAPE',
      'the network has 5 outputs, but the loss has 6',
    );
    const given = { loss, metrics: ['accuracy'] as const };
    expectRefusal(
      () =>
        make().evaluate(
          data([
            [1, 1, 1],
            [1, 1, 1],
          ]),
          given,
        ),
      'ERR_INVALID_ARGUMENT',
      'accuracy has no meaning under the loss joint',
    );
  });

  test.each<[object, string]>([
    [{ heads: [] }, 'losses.joint needs at least one head'],
    [{ heads: [{ loss: 'squared', outputs: 0 }] }, 'heads[0].outputs'],
    [{ heads: [{ loss: 'squard', outputs: 1 }] }, 'unknown loss "squard"'],
    [{ heads: [{ loss: 'crossEntropy', outputs: 1 }] }, 'heads[0]: crossEntropy needs at least 2 outputs'],
    [
      { heads: [{ loss: losses.crossEntropy({ classWeights: [1, 2] }), outputs: 2 }] },
      'heads[0]: a head has no classWeights',
    ],
    [{ heads: [{ loss, outputs: 6 }] }, "heads[0]: losses.joint can't be a head"],
    [
      { heads: [{ loss: losses.quantile({ quantile: [0.1, 0.2] }), outputs: 3 }] },
      'heads[0]: 2 quantiles need as many outputs',
    ],
    [{ heads: [{ loss: 'squared', width: 1 }] }, 'unknown option "width"'],
    [{ heads: [3] }, 'heads[0]'],
  ])('%p is refused', (options, message) => {
    expect(() => losses.joint(options as Parameters<typeof losses.joint>[0])).toThrow(message);
  });
});

describe('quantiles of several levels', () => {
  test('have one target, and the mean loss', () => {
    const model = make(2);
    const levels = losses.quantile({ quantile: [0.25, 0.75] });
    const targets = new Dataset({ inputs, targets: [1, 2], type: 'float64' });
    const [a, b, c, d] = model.predict(inputs) as unknown as [number, number, number, number];
    const pinball = (q: number, z: number, t: number) => (z < t ? q * (t - z) : (1 - q) * (z - t));
    const expected = (pinball(0.25, a, 1) + pinball(0.75, b, 1) + pinball(0.25, c, 2) + pinball(0.75, d, 2)) / 4;
    expect(model.evaluate(targets, { loss: levels }).loss).toBeCloseTo(expected, 12);
    expectRefusal(
      () => make(3).evaluate(targets, { loss: levels }),
      'ERR_SHAPE',
      'the network has 3 outputs, but the loss has 2',
    );
    expectRefusal(
      () => losses.quantile({ quantile: [0.5, 0.5] }),
      'ERR_OUT_OF_RANGE',
      "quantile: 0.5, 0.5 don't ascend",
    );
    expectRefusal(() => losses.quantile({ quantile: [] }), 'ERR_SHAPE', 'quantile is empty');
    expectRefusal(() => losses.quantile({ quantile: [0, 0.5] }), 'ERR_OUT_OF_RANGE', 'quantile[0]');
  });
});
