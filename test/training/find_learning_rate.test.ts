import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { lookahead } from '../../lib/optimizers/lookahead';
import { sgd } from '../../lib/optimizers/sgd';
import { findLearningRate, type LearningRatePoint } from '../../lib/training/find_learning_rate';
import { linear } from '../../lib/training/linear';
import { network } from '../../lib/training/network';
import { normal, range } from '../support/numbers';
import { expectRejection } from '../support/refusals';

const number = normal(3);
const inputs = range(256).map(() => range(4).map(number));
const data = new Dataset({ inputs, targets: inputs.map((row) => row[0]! - 2 * row[1]!) });
const make = () => network({ inputs: 4, layers: [dense(1)], seed: 1 });
const options = { loss: 'squared', optimizer: sgd() } as const;

describe('findLearningRate', () => {
  test('takes rates that increase geometrically, on a copy of the model', async () => {
    const model = make();
    const before = model.parameters.slice();
    const { curve } = await findLearningRate(model, data, { ...options, from: 1e-4, to: 1e-2, steps: 21 });
    expect(curve).toHaveLength(21);
    for (const [i, { step, learningRate }] of curve.entries()) {
      expect(step).toBe(i + 1);
      expect(learningRate).toBeCloseTo(1e-4 * 100 ** (i / 20), 10);
    }
    expect(model.parameters).toEqual(before);
    expect(curve[0]!.smoothed).toBeCloseTo(curve[0]!.loss, 10);
    const [first, second] = curve as [LearningRatePoint, LearningRatePoint];
    expect(second.smoothed).toBeCloseTo((0.9 * first.loss + second.loss) / 1.9, 10);
  });

  test('draws minibatches from all rows', async () => {
    const targets = inputs.map((_, i) => (i < 32 ? 0 : 1));
    const { curve } = await findLearningRate(linear({ inputs: 4 }), new Dataset({ inputs, targets }), {
      ...options,
      from: 1e-9,
      to: 1e-8,
      steps: 8,
    });
    // At zero parameters, the loss of a minibatch is the share of ones among its targets; all rows occur once.
    const sum = curve.reduce((total, { loss }) => total + loss, 0);
    expect(sum).toBeCloseTo(7, 4);
  });

  test('ends when the loss explodes, and suggests a lower rate that trains fast', async () => {
    const { curve, learningRate } = await findLearningRate(make(), data, options);
    expect(curve.length).toBeLessThan(100);
    expect(learningRate).toBeLessThan(curve.at(-1)!.learningRate);
    const [steepest] = curve
      .slice(1, -1)
      .map((point, i) => ({ ...point, change: curve[i + 2]!.smoothed - curve[i]!.smoothed }))
      .sort((a, b) => a.change - b.change);
    expect(learningRate).toBe(steepest!.learningRate);
    const run = { ...options, epochs: 3, optimizer: sgd({ learningRate: learningRate! }) };
    const { epochs } = await make().fit(data, run);
    expect(epochs.at(-1)!.loss).toBeLessThan(0.1 * curve[0]!.loss);
  });

  test('is reproducible, and searches the rate of a wrapped rule', async () => {
    const search = () =>
      findLearningRate(make(), data, { ...options, optimizer: lookahead(adam()), seed: 3, steps: 30 });
    const first = await search();
    expect(await search()).toEqual(first);
    expect(first).not.toEqual(
      await findLearningRate(make(), data, { ...options, optimizer: adam(), seed: 3, steps: 30 }),
    );
  });

  test('has no suggestion if the loss decreases nowhere', async () => {
    const targets = inputs.map(() => 0);
    const model = make();
    model.parameters.fill(0);
    const { learningRate } = await findLearningRate(model, new Dataset({ inputs, targets }), { ...options, steps: 20 });
    expect(learningRate).toBeUndefined();
  });

  test('reports each point, lets others run meanwhile, and can be aborted', async () => {
    const controller = new AbortController();
    const points: number[] = [];
    let turns = 0;
    let isOver = false;
    const turn = () => {
      ++turns;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const search = findLearningRate(make(), data, {
      ...options,
      signal: controller.signal,
      to: 1e-2,
      onProgress: ({ step }) => {
        points.push(step);
        if (step === 50) controller.abort('enough');
      },
    });
    await expect(search).rejects.toBe('enough');
    isOver = true;
    expect(points).toEqual(range(50).map((i) => i + 1));
    expect(turns).toBeGreaterThan(45); // one after each step
  });

  test('refuses wrong arguments', async () => {
    const model = make();
    await expectRejection(
      findLearningRate(model, data, { ...options, form: 1 } as never),
      'ERR_INVALID_ARGUMENT',
      '"from"',
    );
    await expectRejection(findLearningRate(model, data, { ...options, from: 1, to: 0.5 }), 'ERR_OUT_OF_RANGE', 'to');
    await expectRejection(findLearningRate(model, data, { ...options, optimizer: 3 as never }), 'ERR_INVALID_ARGUMENT');
    await expectRejection(findLearningRate(model, data, { ...options, signal: 3 as never }), 'ERR_INVALID_ARGUMENT');
  });
});
