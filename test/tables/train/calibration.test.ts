import '../../../lib/definitions';
import { batchEnsemble, dense, type Layer, memberMean, parallel } from '../../../lib/layers/index';
import { bestScaling } from '../../../lib/models/scaling';
import { Random } from '../../../lib/numbers/random';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { loadTableModel } from '../../../lib/tables/table_model';
import { type ClassTarget, choicesOf } from '../../../lib/tables/target';
import { calibrated, outputScaling } from '../../../lib/tables/train/calibration';
import { scaleOutputs } from '../../../lib/tables/train/ensemble';
import { lossesOf, type Predicted } from '../../../lib/tables/train/scores';
import { train } from '../../../lib/tables/train/train';
import { network } from '../../../lib/training/network';
import { normal, range } from '../../support/numbers';

const two: ClassTarget = { column: 'y', task: 'classification', classes: ['a', 'b'] };
const three: ClassTarget = { column: 'y', task: 'classification', classes: ['a', 'b', 'c'] };

/** Rows whose true probabilities are softmax(slope·z + shift·place), while softmax(z) is predicted. */
function drawn(width: 2 | 3, count: number, seed: number, slope: number, shift = 0): Predicted {
  const [random, draw] = [new Random(seed), normal(seed)];
  const [predictions, truths] = [new Float64Array(count * width), new Float64Array(count)];
  for (const row of range(count)) {
    const z = range(width).map(() => 2 * draw());
    const softmax = (values: number[]) => {
      const all = values.map(Math.exp);
      return all.map((x) => x / all.reduce((sum, one) => sum + one));
    };
    predictions.set(softmax(z), row * width);
    const p = softmax(z.map((x, place) => slope * x + shift * place));
    const chance = random.uniform();
    truths[row] = p.findIndex((_, place) => chance < p.slice(0, place + 1).reduce((sum, one) => sum + one));
  }
  return { predictions, truths };
}

const partsOf = (count: number) => Uint32Array.from({ length: count }, (_, row) => row % 5);
const meanLoss = (target: ClassTarget, rows: Predicted) =>
  lossesOf(target, rows).reduce((sum, loss) => sum + loss, 0) / rows.truths.length;

describe.each([
  ['two', two, 2],
  ['three', three, 3],
] as const)('held-out probabilities of %s classes', (_, target, width) => {
  test('that are too sure are calibrated, and their loss and calibration error fall', () => {
    const rows = drawn(width, 2000, 1, 0.4);
    const { predicted, report, scaling } = calibrated(target, rows, partsOf(2000));
    expect(report).toMatchObject({ calibrated: true, ...scaling });
    expect(Math.abs(scaling!.slope - 0.4)).toBeLessThan(0.08);
    expect(meanLoss(target, predicted)).toBeCloseTo(meanLoss(target, rows) - report!.gain.value, 10);
    expect(report!.errorWith).toBeLessThan(report!.errorWithout / 3);
    for (const row of range(2000))
      expect(range(width).reduce((sum, place) => sum + predicted.predictions[row * width + place]!, 0)).toBeCloseTo(
        1,
        12,
      );
  });

  test('that are exact are left as they are, up to chance', () => {
    const kept = range(40).filter((seed) => {
      const rows = drawn(width, 400, seed + 1, 1);
      const { predicted, report, scaling } = calibrated(target, rows, partsOf(400));
      if (!report!.calibrated) expect([predicted, scaling]).toEqual([rows, undefined]);
      return report!.calibrated;
    });
    expect(kept.length).toBeLessThanOrEqual(2);
  });

  test('are calibrated without the truths of their own part', () => {
    const rows = drawn(width, 600, 3, 0.4);
    const changed = { ...rows, truths: rows.truths.map((truth, row) => (row % 5 === 2 && row < 100 ? 0 : truth)) };
    const [before, after] = [rows, changed].map((one) => calibrated(target, one, partsOf(600)).predicted.predictions);
    const same = range(600).filter((row) => before![row * width] === after![row * width]);
    expect(same).toEqual(range(600).filter((row) => row % 5 === 2));
  });
});

test('weights of rows count', () => {
  const [sure, exact] = [drawn(2, 1000, 1, 0.4), drawn(2, 1000, 2, 1)];
  const rows = {
    predictions: Float64Array.of(...sure.predictions, ...exact.predictions),
    truths: Float64Array.of(...sure.truths, ...exact.truths),
    weights: Float64Array.from({ length: 2000 }, (_, row) => (row < 1000 ? 1 : 1e-9)),
  };
  const { slope, intercept } = calibrated(two, sure, partsOf(1000)).scaling!;
  const { scaling, report } = calibrated(two, rows, partsOf(2000));
  expect([scaling!.slope, scaling!.intercept]).toEqual([expect.closeTo(slope, 4), expect.closeTo(intercept, 4)]);
  expect(report!.errorWith).toBeLessThan(report!.errorWithout / 3);
});

test('a shift of the logits of two classes is found', () => {
  const { scaling } = calibrated(two, drawn(2, 4000, 5, 1, -1.5), partsOf(4000));
  expect(scaling!.intercept).toBeCloseTo(-1.5, 0);
});

test('logits that are never wrong or all wrong have no scaling, and leave predictions as they are', () => {
  expect(bestScaling(Float64Array.of(3, -3, 2, -2), 1, Float64Array.of(0, 1, 0, 1), undefined)).toBeUndefined();
  const certain = { predictions: Float64Array.of(1, 0, 0, 1, 1, 0), truths: Float64Array.of(0, 1, 0) };
  const { predicted, report } = calibrated(two, certain, Uint32Array.of(0, 1, 2));
  expect(predicted.predictions.every(Number.isFinite)).toBe(true);
  expect(report?.calibrated ?? false).toBe(false);
});

test('focal losses and numbers are not calibrated', () => {
  const rows = drawn(2, 500, 1, 0.4);
  expect(calibrated({ ...two, loss: 'focal' }, rows, partsOf(500))).toEqual({ predicted: rows });
  const number = { column: 'y', task: 'regression', mean: 0, deviation: 1 } as const;
  expect(calibrated(number, rows, partsOf(500))).toEqual({ predicted: rows });
});

describe('the outputs of a network', () => {
  const ensemble = [batchEnsemble(4, { members: 3, activation: 'relu' }), batchEnsemble(3, { members: 3 })];
  test.each<[string, Layer[]]>([
    ['dense', [dense(4, { activation: 'relu' }), dense(3)]],
    ['an ensemble', [...ensemble, memberMean()]],
    ['a sum of two', [parallel([[dense(3, { bias: false })], [dense(4), dense(3)]], { join: 'sum' })]],
  ])('are scaled in its last layer, if that is %s', (_, list) => {
    const whole = network({ inputs: 1, layers: list, seed: 1 });
    const x = Float32Array.from({ length: 5 }, (_, i) => i - 2);
    const before = [...whole.predict(x)];
    const shifts = [0.5, -1, 2];
    scaleOutputs(whole, 0.7, shifts);
    for (const [i, z] of whole.predict(x).entries()) expect(z).toBeCloseTo(0.7 * before[i]! + shifts[i % 3]!, 5);
  });

  test('keep the weights of classes out of the scaling', () => {
    const weights = [2, 0.5];
    const { scale, shifts } = outputScaling({ ...two, weights }, { slope: 0.6, intercept: 0.2 });
    const z = 1.3; // the logit of the second class as the network has learnt it
    const corrected = (logit: number) => logit - Math.log(weights[1]! / weights[0]!);
    expect(corrected(scale * z + shifts[0]!)).toBeCloseTo(0.6 * corrected(z) + 0.2, 12);
    const all = outputScaling({ ...three, weights: [1, 3, 5] }, { slope: 0.6, intercept: 0 });
    expect(all.shifts.map((shift) => shift / 0.4)).toEqual(
      [0, Math.log(3), Math.log(5)].map((x) => expect.closeTo(x, 12)),
    );
  });
});

describe('train', () => {
  /** The sign of a·b with noise: a share `wrong` of the rows has the other class. */
  const rows = (count: number, seed: number, wrong: number) => {
    const random = new Random(seed);
    return range(count).map(() => {
      const [a, b] = [random.uniform() - 0.5, random.uniform() - 0.5];
      return { a, b, y: a * b > 0 === random.uniform() >= wrong ? 'b' : 'a' };
    });
  };
  const steps = pipeline({ a: columns.number(), b: columns.number() });
  const common = { target: 'y', pipeline: steps, warnings: false } as const;
  const tooFew = { ...common, hidden: [16], epochs: 6, learningRate: 0.01 } as const;

  test.each([
    ['of a small table', {}],
    ['of a part of the rows', { validation: 0.3 }],
    ['with weights of classes', { classWeights: { b: 3 } }],
    ['with a threshold', { threshold: 'balancedAccuracy' }],
  ] as const)('calibrates a network that is not sure enough: %s', async (_, options) => {
    const data = await table(rows(600, 1, 0));
    const { model, report, heldOut } = await train(data, { ...tooFew, ...options });
    const { calibrated: isCalibrated, slope, intercept, gain } = report.calibration!;
    expect([report.chosen, isCalibrated]).toEqual(['network', true]);
    expect(slope).toBeGreaterThan(1.2);
    expect(gain.low).toBeGreaterThan(0);
    expect(report.scores.network.logLoss!.value).toBeCloseTo(meanLoss(two, heldOut.predicted), 12);
    if (!('threshold' in options))
      expect(heldOut.predicted.decided).toEqual(choicesOf(heldOut.target, heldOut.predicted.predictions));

    const plain = await train(data, { ...tooFew, ...options, calibration: false });
    expect(plain.report.calibration).toBeUndefined();
    expect(report.scores.network.logLoss!.value).toBeCloseTo(
      plain.report.scores.network.logLoss!.value - gain.value,
      10,
    );
    const fresh = rows(1000, 2, 0);
    const second = (of: typeof model) => of.predictProbabilities(fresh).map(({ b }) => b!);
    const after = second(model);
    for (const [i, p] of second(plain.model).entries()) {
      const z = slope * Math.log(p / (1 - p)) + intercept;
      expect(after[i]).toBeCloseTo(1 / (1 + Math.exp(-z)), 4);
    }
    const lossOf = (of: typeof model) =>
      of.predictProbabilities(fresh).reduce((sum, p, i) => sum - Math.log(p[fresh[i]!.y]!), 0) / fresh.length;
    expect(lossOf(model)).toBeLessThan(lossOf(plain.model));
    const again = await loadTableModel(model.toBytes());
    expect(again.predictProbabilities(fresh.slice(0, 5))).toEqual(model.predictProbabilities(fresh.slice(0, 5)));
  });

  test.each([
    ['a number', { target: 'a' }, 'calibration is for classes, but the target "a" is a number'],
    ['the focal loss', { loss: 'focal' }, 'leave out calibration or loss: "focal"'],
    ['a linear model', { hidden: [] }, 'hidden: [] is a linear model'],
    ['several targets', { target: ['a', 'y'] }, 'calibration is an option of one target'],
  ])('refuses calibration of %s', async (_, options, message) => {
    const data = await table(rows(40, 1, 0));
    await expect(train(data, { target: 'y', ...options, calibration: true } as never)).rejects.toThrow(message);
  });
});
