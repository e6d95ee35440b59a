import '../../lib/losses/hinge';
import '../../lib/losses/poisson';
import '../../lib/losses/quantile';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import type { LossLike } from '../../lib/losses/loss';
import {
  accuracy,
  auc,
  calibrationError,
  confusionMatrix,
  f1,
  recall as recallMetric,
  topK,
} from '../../lib/metrics/classes';
import type { MetricLike } from '../../lib/metrics/metric';
import { quantileLoss } from '../../lib/metrics/numbers';
import type { ScoresOf } from '../../lib/metrics/scores';
import type { EvaluateOptions } from '../../lib/models/options';
import { network } from '../../lib/training/network';
import { expectRefusal } from '../support/refusals';

const inputs = [[1, 2], [3, -1], [0, 1], [-2, 2]]; // biome-ignore format: rows
const make = (outputs: number) => network({ inputs: 2, layers: [dense(outputs)], seed: 3, type: 'float64' });
const data = (targets: number[] | number[][], weights?: number[]) => new Dataset({ inputs, targets, weights });
const binary = data([0, 1, 1, 0]);
const classes = data([0, 1, 2, 1]);
const labels = data([[0, 1], [1, 1], [1, 0], [0, 0]]); // biome-ignore format: rows
const numbers = data([0.5, 1, 2, -1]);

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = { [K in keyof T]: T[K] };
const holds = <_ extends true>() => {};

describe('the results of an evaluation', () => {
  test('have the names and types of the requested metrics', () => {
    const none = make(1).evaluate(binary, { loss: 'logistic' });
    holds<Same<Flat<typeof none>, { loss: number }>>();
    expect(Object.keys(none)).toEqual(['loss']);

    const some = make(3).evaluate(classes, {
      loss: 'crossEntropy',
      metrics: ['f1', 'accuracy', topK({ k: 2 }), f1({ average: 'micro', as: 'f1Micro' }), confusionMatrix()],
    });
    type Expected = {
      loss: number;
      f1: number;
      accuracy: number;
      topK: number;
      f1Micro: number;
      confusionMatrix: number[][];
    };
    holds<Same<Flat<typeof some>, Expected>>();
    expect(Object.keys(some)).toEqual(['loss', 'f1', 'accuracy', 'topK', 'f1Micro', 'confusionMatrix']);
    expect(some.confusionMatrix.flat().reduce((sum, count) => sum + count)).toBe(4);
    // @ts-expect-error: it was not asked for
    expect(some.auc).toBeUndefined();
  });

  test('can be typed by a list', () => {
    const list = [auc({ as: 'ranking' })] as const;
    const scores: ScoresOf<typeof list> = make(1).evaluate(binary, { loss: 'logistic', metrics: list });
    expect(scores.ranking).toBeGreaterThanOrEqual(0);
  });

  test('include the plain accuracy, with a threshold of one half', () => {
    for (const [model, set, loss] of [
      [make(1), binary, 'logistic'],
      [make(2), data([0, 1, 1, 0]), 'crossEntropy'],
      [make(2), labels, 'logistic'],
    ] as const) {
      const half = accuracy({ threshold: 0.5, as: 'half' });
      const scores = model.evaluate(set, { loss, metrics: ['accuracy', half] });
      expect(scores.half).toBe(scores.accuracy);
    }
  });

  test('of margins are decided by their signs', () => {
    const model = make(1);
    model.parameters.set([1, 0, -0.5]);
    const scores = model.evaluate(data([1, 1, -1, -1]), { loss: 'hinge', metrics: ['f1', 'auc', 'confusionMatrix'] });
    expect(scores).toMatchObject({ f1: 1, auc: 1, confusionMatrix: [[2, 0], [0, 2]] }); // biome-ignore format: matrix
  });

  test('under poisson compare e^z with the target', () => {
    const model = make(1);
    model.parameters.set([0, 0, Math.log(2)]);
    const { meanAbsoluteError } = model.evaluate(data([0, 1, 2, 7]), {
      loss: 'poisson',
      metrics: ['meanAbsoluteError'],
    });
    expect(meanAbsoluteError).toBeCloseTo(2, 14);
  });

  test('ignore label smoothing and class weights', () => {
    const model = make(3);
    const plain = model.evaluate(classes, { loss: 'crossEntropy', metrics: ['logLoss'] });
    expect(plain.logLoss).toBeCloseTo(plain.loss, 14);
    const loss = { name: 'crossEntropy', labelSmoothing: 0.2, classWeights: [1, 2, 3] } as const;
    expect(model.evaluate(classes, { loss, metrics: ['logLoss'] }).logLoss).toBe(plain.logLoss);
  });

  test('are NaN if an output is NaN', () => {
    const model = make(1);
    model.parameters[0] = NaN;
    const scores = model.evaluate(binary, { loss: 'logistic', metrics: ['auc', 'f1', 'confusionMatrix'] });
    expect(scores.auc).toBeNaN();
    expect(scores.f1).toBeNaN();
    expect(scores.confusionMatrix).toEqual([[NaN, NaN], [NaN, NaN]]); // biome-ignore format: matrix
  });

  test('are NaN if the two outputs of a row are infinite', () => {
    const model = make(2);
    model.parameters.fill(1e308);
    const scores = model.evaluate(data([0, 1, 1, 0]), { loss: 'hinge', metrics: ['auc', 'f1'] });
    expect(scores.auc).toBeNaN();
    expect(scores.f1).toBeNaN();
  });

  test('ignore rows of weight 0', () => {
    const model = make(1);
    const list = ['auc', 'averagePrecision', 'logLoss', 'calibrationError', 'accuracy', 'confusionMatrix'] as const;
    const all = model.evaluate(data([0, 1, 1, 0], [1, 2, 0, 1]), { loss: 'logistic', metrics: list });
    const rest = binary.select([0, 1, 3]);
    const weighted = new Dataset({ inputs: inputs.filter((_, i) => i !== 2), targets: [0, 1, 0], weights: [1, 2, 1] });
    expect(all).toEqual(model.evaluate(weighted, { loss: 'logistic', metrics: list }));
    expect(all).not.toEqual(model.evaluate(rest, { loss: 'logistic', metrics: list }));
  });
});

describe('refuses a metric that is not defined', () => {
  const refusing = (set: Dataset, loss: LossLike, outputs: number, list: readonly unknown[], ...words: string[]) =>
    expectRefusal(
      () => make(outputs).evaluate(set, { loss, metrics: list as MetricLike[] } as EvaluateOptions),
      'ERR_INVALID_ARGUMENT',
      ...words,
    );

  test('under a loss', () => {
    for (const name of ['accuracy', 'auc', 'f1', 'logLoss', 'confusionMatrix', 'calibrationError'])
      refusing(numbers, 'squared', 1, [name], `${name} has no meaning under the loss squared`);
    for (const name of ['r2', 'meanAbsoluteError', 'rootMeanSquaredError', 'quantileLoss'])
      refusing(binary, 'logistic', 1, [name], `${name} has no meaning under the loss logistic`);
    refusing(data([1, 1, -1, -1]), 'hinge', 1, ['logLoss'], 'logLoss', 'margins');
    refusing(data([1, 0, 2, 1]), 'hinge', 3, ['auc'], 'auc', 'margins');
    refusing(data([1, 1, -1, -1]), 'hinge', 1, [f1({ threshold: 0.2 })], 'f1', 'threshold', 'margins');
  });

  test('for the predictions', () => {
    for (const name of ['logLoss', 'confusionMatrix', 'balancedAccuracy', 'calibrationError'])
      refusing(labels, 'logistic', 2, [name], `metric ${name}`, '2 answers');
    refusing(labels, 'logistic', 2, [f1({ average: 'binary' })], 'f1', '"binary"', '"micro"');
    refusing(classes, 'crossEntropy', 3, [f1({ average: 'binary' })], 'f1', '"binary"', '"micro"');
    refusing(classes, 'crossEntropy', 3, [recallMetric({ threshold: 0.2 })], 'recall', 'threshold', '3 classes');
    refusing(binary, 'logistic', 1, [topK({ k: 1 })], 'topK', 'classes', 'yes or no');
    refusing(classes, 'crossEntropy', 3, [topK({ k: 3 })], 'topK', 'k = 3', '3 classes');
  });

  test('for the targets', () => {
    const refuse = (set: Dataset, loss: LossLike, outputs: number, name: MetricLike, ...words: string[]) =>
      expectRefusal(
        () => make(outputs).evaluate(set, { loss, metrics: [name] }),
        'ERR_OUT_OF_RANGE',
        `metric ${typeof name === 'string' ? name : name.as}`,
        ...words,
      );
    refuse(data([0, 0, 0, 0]), 'logistic', 1, 'auc', 'no row has the target 1');
    refuse(data([1, 1, 1, 1]), 'logistic', 1, 'auc', 'every row has the target 1');
    refuse(data([0, 1, 0, 0], [1, 0, 1, 1]), 'logistic', 1, 'averagePrecision', 'no row has the target 1');
    refuse(data([0, 1, 1, 0]), 'crossEntropy', 3, 'auc', 'no row has the target 2');
    refuse(data([[0, 1], [1, 1], [1, 1], [0, 1]]), 'logistic', 2, auc({ as: 'a' }), 'yes for output 1'); // biome-ignore format: rows
    refuse(data([0, 0.5, 1, 0]), 'logistic', 1, 'f1', 'targets[1] is between');
    refuse(data([[0.5, 0.5], [1, 0], [1, 0], [0, 1]]), 'crossEntropy', 2, 'auc', 'targets[0][0]'); // biome-ignore format: rows
    refuse(new Dataset({ inputs: [[1, 2]], targets: [1] }), 'squared', 1, 'r2', '2 rows');
  });
});

describe('metrics with options', () => {
  const making = (call: () => unknown) => call as () => void;

  test('are frozen plain objects, and can be rebuilt from them', () => {
    const metric = f1({ average: 'macro', threshold: 0.25, as: 'f' });
    expect(metric).toEqual({ name: 'f1', as: 'f', average: 'macro', threshold: 0.25 });
    expect(Object.isFrozen(metric)).toBe(true);
    const evaluate = (list: readonly MetricLike[]) => make(1).evaluate(binary, { loss: 'logistic', metrics: list });
    expect(evaluate([{ ...metric }])).toEqual(evaluate([metric]));
  });

  test('are checked', () => {
    expect(topK()).toEqual({ name: 'topK', as: 'topK', k: 5 });
    expectRefusal(
      making(() => topK({ k: 0 })),
      'ERR_OUT_OF_RANGE',
      'k',
      '0',
    );
    expectRefusal(
      making(() => f1({ threshold: 1 })),
      'ERR_OUT_OF_RANGE',
      'threshold',
      '1',
    );
    expectRefusal(
      making(() => f1({ average: 'mean' as never })),
      'ERR_INVALID_ARGUMENT',
      'average',
      '"mean"',
    );
    expectRefusal(
      making(() => quantileLoss({ quantile: 0 })),
      'ERR_OUT_OF_RANGE',
      'quantile',
      '0',
    );
    expectRefusal(
      making(() => calibrationError({ bins: 0 })),
      'ERR_OUT_OF_RANGE',
      'bins',
      '0',
    );
    expectRefusal(
      making(() => auc({ at: 1 } as never)),
      'ERR_INVALID_ARGUMENT',
      'metrics.auc',
      '"at"',
    );
    expectRefusal(
      making(() => auc({ as: 'loss' })),
      'ERR_INVALID_ARGUMENT',
      'as',
      '"loss"',
    );
    expectRefusal(
      making(() => auc({ as: '' })),
      'ERR_INVALID_ARGUMENT',
      'as',
      '""',
    );
  });

  test('need different names', () => {
    const list = [quantileLoss({ quantile: 0.1 }), quantileLoss({ quantile: 0.9 })];
    expectRefusal(
      () => make(1).evaluate(numbers, { loss: 'squared', metrics: list }),
      'ERR_INVALID_ARGUMENT',
      'two metrics are called "quantileLoss"',
      'as: ',
    );
  });
});
