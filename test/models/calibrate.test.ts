import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import '../../lib/losses/focal';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { softmax } from '../../lib/layers/softmax';
import { recall as recallMetric } from '../../lib/metrics/classes';
import { thresholdFor } from '../../lib/metrics/threshold';
import { minimize } from '../../lib/minimize/minimize';
import { calibrate } from '../../lib/models/calibrate';
import { lbfgs } from '../../lib/optimizers/lbfgs';
import { sgd } from '../../lib/optimizers/sgd';
import { loadModel, type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

interface Case {
  method: 'platt' | 'temperature';
  outputs: number[][];
  targets: number[];
  weights?: number[];
  slope: number;
  intercept: number;
}

const { cases }: { cases: Case[] } = JSON.parse(readFileSync(join(__dirname, '../golden/calibration.json'), 'utf8'));

/** A model with its inputs as outputs. */
function identity(columns: number, ...last: ReturnType<typeof softmax>[]): Network {
  const model = network({ inputs: columns, layers: [dense(columns, { bias: false }), ...last], type: 'float64' });
  model.parameters.set(range(columns * columns).map((i) => Number(i % (columns + 1) === 0)));
  return model;
}

const dataOf = ({ outputs, targets, weights }: Omit<Case, 'method' | 'slope' | 'intercept'>) =>
  new Dataset({ inputs: Float64Array.from(outputs.flat()), columns: outputs[0]!.length, targets, weights });

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const sum = (numbers: number[]) => numbers.reduce((total, x) => total + x, 0);

/** The derivatives of the summed log loss by slope and intercept, over that of |z| and 1. */
function slopes({ method, outputs, targets, weights }: Case, slope: number, intercept: number): number[] {
  const w = (i: number) => weights?.[i] ?? 1;
  const ofYes = sum(targets.map((y, i) => w(i) * y));
  const ofNo = sum(targets.map((y, i) => w(i) * (1 - y)));
  const [yes, no] = method === 'platt' ? [(ofYes + 1) / (ofYes + 2), 1 / (ofNo + 2)] : [1, 0];
  const errors = outputs.map((z, i) => {
    if (method === 'platt') return [w(i) * (sigmoid(slope * z[0]! + intercept) - (targets[i] ? yes : no))];
    const e = z.map((x) => Math.exp(slope * (x - Math.max(...z))));
    return e.map((x, j) => w(i) * (x / sum(e) - Number(j === targets[i])));
  });
  const size = sum(outputs.map((z, i) => w(i) * Math.max(...z.map(Math.abs))));
  const bySlope = sum(errors.map((row, i) => sum(row.map((error, j) => error * outputs[i]![j]!)))) / size;
  return method === 'platt' ? [bySlope, sum(errors.flat()) / (ofYes + ofNo)] : [bySlope];
}

describe.each(cases.map((golden, i): [number, string, Case] => [i, golden.method, golden]))(
  'case %i, %s',
  (_, __, golden) => {
    const model = identity(golden.outputs[0]!.length);
    const found = calibrate(model, dataOf(golden), { method: golden.method });

    test('has a zero gradient', () => {
      for (const slope of slopes(golden, found.slope, found.intercept)) expect(Math.abs(slope)).toBeLessThan(1e-14);
    });

    test('equals that of another library', () => {
      const close = golden.method === 'platt' ? 1e-4 : 1e-7;
      expect(Math.abs(found.slope - golden.slope)).toBeLessThan(close);
      expect(Math.abs(found.intercept - golden.intercept)).toBeLessThan(close);
    });

    test('is kept in the model, and reduces its log loss', () => {
      expect(model.calibration).toEqual(found);
      const loss = golden.method === 'platt' ? 'logistic' : 'crossEntropy';
      const scores = model.evaluate(dataOf(golden), { loss, metrics: ['logLoss'] });
      expect(scores.logLoss).toBeLessThan(scores.loss);
      const before = identity(golden.outputs[0]!.length).evaluate(dataOf(golden), { loss, metrics: ['logLoss'] });
      expect(scores.loss).toBe(before.loss);
      expect(before.logLoss).toBeCloseTo(before.loss, 14);
    });
  },
);

test('a temperature of binary answers has a zero gradient', () => {
  const outputs = cases[1]!.outputs;
  const targets = outputs.map(([z], i) => Number(Math.sin(i * 12.9) + 0.3 * z! > 0));
  const { slope, intercept } = calibrate(identity(1), dataOf({ outputs, targets }));
  const errors = outputs.map(([z], i) => (sigmoid(slope * z!) - targets[i]!) * z!);
  expect(Math.abs(sum(errors)) / sum(outputs.map(([z]) => Math.abs(z!)))).toBeLessThan(1e-14);
  expect(intercept).toBe(0);
});

describe('probabilities and decisions', () => {
  test('are correct for large outputs', () => {
    expect([...identity(2).predictProbabilities([[1000, 0], [-2000, -1000]])]).toEqual([1, 0, 0, 1]); // biome-ignore format: rows
  });

  test('are no, and the first class, for ties', () => {
    expect([...identity(1).predictClasses([[0], [1e-9]])]).toEqual([0, 1]);
    expect([...identity(2).predictClasses([[3, 3], [3, 4]])]).toEqual([0, 1]); // biome-ignore format: rows
  });

  test('are the outputs of a last layer that computes probabilities', () => {
    const model = network({ inputs: 2, layers: [dense(2, { activation: 'sigmoid' })], type: 'float64', seed: 1 });
    expect(model.predictProbabilities([[1, 2]])).toEqual(model.predict([[1, 2]]));
  });
});

test('a calibration applies under the focal loss too, for classes and for binary answers', () => {
  for (const [columns, loss] of [
    [3, 'crossEntropy'],
    [1, 'logistic'],
  ] as const) {
    // biome-ignore format: pairs
    const golden = cases.find(({ method, outputs }) => method === 'temperature' && outputs[0]!.length === 3)!;
    const targets = golden.targets.map((t) => (columns === 3 ? t : Number(t > 0)));
    const data = dataOf({ outputs: golden.outputs.map((row) => row.slice(0, columns)), targets });
    const model = identity(columns);
    const before = model.evaluate(data, { loss: 'focal', metrics: ['logLoss'] }).logLoss;
    calibrate(model, data, columns === 1 ? { method: 'platt' } : {});
    const { logLoss } = model.evaluate(data, { loss: 'focal', metrics: ['logLoss'] });
    expect(logLoss).toBeLessThan(before);
    expect(logLoss).toBe(model.evaluate(data, { loss, metrics: ['logLoss'] }).logLoss);
  }
});

test('a Platt scaling follows its outputs, however large or far from 0 they are', () => {
  const golden = cases.find(({ method }) => method === 'platt')!;
  for (const size of [1e-9, 1e-4, 1, 1e6, 1e10])
    for (const away of [0, 5, -1000]) {
      const outputs = golden.outputs.map(([z]) => [(z! + away) * size]);
      const { slope, intercept } = calibrate(identity(1), dataOf({ ...golden, outputs }), { method: 'platt' });
      expect(slope * size).toBeCloseTo(golden.slope, 3);
      expect(intercept + slope * size * away).toBeCloseTo(golden.intercept, 3);
    }
});

describe('a calibrated model', () => {
  const [, , , , two, three] = cases;
  const calibrated = (golden: Case, model = identity(golden.outputs[0]!.length)) => {
    calibrate(model, dataOf(golden), { method: golden.method });
    return model;
  };

  test('has the probabilities of its scaled logits', () => {
    const model = calibrated(three!);
    const { slope } = model.calibration!;
    const probabilities = model.predictProbabilities(dataOf(three!));
    three!.outputs.forEach((z, i) => {
      const e = z.map((x) => Math.exp(slope * x));
      z.forEach((_, j) => {
        expect(probabilities[3 * i + j]).toBeCloseTo(e[j]! / sum(e), 14);
      });
    });
    const platt = calibrated(cases[0]!);
    const ofYes = platt.predictProbabilities(dataOf(cases[0]!));
    cases[0]!.outputs.forEach(([z], i) => {
      expect(ofYes[i]).toBeCloseTo(sigmoid(platt.calibration!.slope * z! + platt.calibration!.intercept), 14);
    });
  });

  test('has the same calibration and probabilities if it ends with a softmax', () => {
    const model = calibrated(three!, identity(3, softmax()));
    expect(model.calibration!.slope).toBeCloseTo(calibrated(three!).calibration!.slope, 13);
    const [ours, plain] = [model, calibrated(three!)].map((each) => each.predictProbabilities(dataOf(three!)));
    expect(Math.max(...ours!.map((p, k) => Math.abs(p - plain![k]!)))).toBeLessThan(1e-14);
  });

  test('is evaluated by its probabilities', () => {
    const model = calibrated(cases[0]!);
    const data = dataOf(cases[0]!);
    const p = model.predictProbabilities(data);
    const right = cases[0]!.targets.filter((y, i) => y === Number(p[i]! > 0.5)).length / 60;
    const few = recallMetric({ threshold: 0.2 });
    const { accuracy, recall } = model.evaluate(data, { loss: 'logistic', metrics: ['accuracy', few] });
    expect(accuracy).toBeCloseTo(right, 14);
    const plain = identity(1).evaluate(data, { loss: 'logistic', metrics: ['accuracy'] });
    expect(accuracy).not.toBe(plain.accuracy);
    const yes = range(60).filter((i) => cases[0]!.targets[i] === 1);
    expect(recall).toBeCloseTo(yes.filter((i) => p[i]! > 0.2).length / yes.length, 14);
  });

  test('decides by its probabilities', () => {
    for (const golden of [cases[0]!, two!, three!]) {
      const model = calibrated(golden);
      const data = dataOf(golden);
      const columns = golden.outputs[0]!.length;
      const p = model.predictProbabilities(data);
      const row = (i: number) => [...p.subarray(i * columns, (i + 1) * columns)];
      const most = range(60).map((i) => (columns === 1 ? Number(p[i]! > 0.5) : row(i).indexOf(Math.max(...row(i)))));
      expect([...model.predictClasses(data)]).toEqual(most);
      if (columns > 2) continue;
      const few = range(60).map((i) => Number(row(i).at(-1)! > 0.2));
      expect([...model.predictClasses(data, { threshold: 0.2 })]).toEqual(few);
      expect(few).not.toEqual(most);
    }
  });

  test('keeps its calibration in its file', async () => {
    const model = calibrated(cases[0]!);
    const again = await loadModel(model.toBytes());
    expect(again.calibration).toEqual(model.calibration);
    expect(again.predictProbabilities(dataOf(cases[0]!))).toEqual(model.predictProbabilities(dataOf(cases[0]!)));
    await model.load(identity(1).toBytes());
    expect(model.calibration).toBeUndefined();
  });

  test('is not read as another function in an ONNX file', () => {
    const model = calibrated(cases[0]!);
    const other = model.calibration!.by === 'softmax' ? 'logistic' : 'softmax';
    expectRefusal(() => model.toONNX({ probabilities: other }), 'ERR_INVALID_ARGUMENT', 'calibrated');
    expect(model.toONNX()).toEqual(identity(1).toONNX());
  });

  test('discards its calibration when it is trained', async () => {
    const options = { loss: 'crossEntropy', optimizer: sgd({ learningRate: 0.1 }) } as const;
    const fitted = calibrated(two!);
    await fitted.fit(dataOf(two!), options);
    expect(fitted.calibration).toBeUndefined();
    const stepped = calibrated(two!);
    const trainer = new Trainer(stepped, options);
    expect(stepped.calibration).toBeDefined();
    trainer.step([[1, 2]], [1]);
    expect(stepped.calibration).toBeUndefined();
    const minimized = calibrated(two!);
    await minimize({ model: minimized, data: dataOf(two!), loss: 'crossEntropy' }, { rule: lbfgs(), maxSteps: 1 });
    expect(minimized.calibration).toBeUndefined();
  });
});

describe('refuses', () => {
  const yesOrNo = dataOf({ outputs: [[1], [-1], [0.5]], targets: [1, 0, 0] });
  const classes = dataOf({ outputs: [[1, 2, 0], [0, 1, 2], [2, 0, 1]], targets: [1, 2, 2] }); // biome-ignore format: rows

  test('methods and functions that do not fit the model', () => {
    expectRefusal(
      () => calibrate(identity(3), classes, { method: 'platt' }),
      'ERR_INVALID_ARGUMENT',
      'platt',
      'yes or no',
    );
    expectRefusal(
      () => calibrate(identity(1), yesOrNo, { by: 'softmax' }),
      'ERR_INVALID_ARGUMENT',
      'softmax',
      'always 1',
    );
    const sigmoidal = network({ inputs: 1, layers: [dense(1, { activation: 'sigmoid' })], type: 'float64' });
    expectRefusal(() => calibrate(sigmoidal, yesOrNo), 'ERR_INVALID_ARGUMENT', 'sigmoid', 'logits');
    expectRefusal(
      () => identity(3, softmax()).predictProbabilities(classes, { by: 'logistic' }),
      'ERR_INVALID_ARGUMENT',
      'by "logistic"',
      'already is "softmax"',
    );
    const model = identity(3);
    calibrate(model, classes);
    expectRefusal(
      () => model.predictProbabilities(classes, { by: 'logistic' }),
      'ERR_INVALID_ARGUMENT',
      'calibrated for "softmax"',
    );
    expectRefusal(
      () => model.predictClasses(classes, { threshold: 0.2 }),
      'ERR_INVALID_ARGUMENT',
      'threshold',
      '3 classes',
    );
  });

  test('data without a best temperature', () => {
    const right = dataOf({ outputs: [[1], [-1]], targets: [1, 0] });
    const wrong = dataOf({ outputs: [[1], [-1]], targets: [0, 1] });
    expectRefusal(() => calibrate(identity(1), right), 'ERR_OUT_OF_RANGE', 'no temperature', 'never wrong');
    expectRefusal(() => calibrate(identity(1), wrong), 'ERR_OUT_OF_RANGE', 'no better than chance');
    const model = identity(1);
    expectRefusal(
      () => calibrate(model, dataOf({ outputs: [[1], [2]], targets: [0.5, 1] })),
      'ERR_OUT_OF_RANGE',
      'targets[0]',
    );
    expect(model.calibration).toBeUndefined();
  });

  test('a model during a run', async () => {
    const model = identity(1);
    const run = model.fit(yesOrNo, { loss: 'logistic', optimizer: sgd({ learningRate: 0.1 }), epochs: 1e6 });
    expectRefusal(() => calibrate(model, yesOrNo), 'ERR_BUSY');
    run.stop();
    await run;
  });
});

describe('a threshold from costs', () => {
  test('is the point from which yes costs less', () => {
    expect(thresholdFor({ falsePositive: 1, falseNegative: 1 })).toBe(0.5);
    expect(thresholdFor({ falsePositive: 1, falseNegative: 9 })).toBeCloseTo(0.1, 15);
    const costs = { falsePositive: 3, falseNegative: 7 };
    const p = thresholdFor(costs);
    expect((1 - p) * costs.falsePositive).toBeCloseTo(p * costs.falseNegative, 14);
  });

  test('requires positive costs', () => {
    expectRefusal(() => thresholdFor({ falsePositive: 0, falseNegative: 1 }), 'ERR_OUT_OF_RANGE', 'falsePositive', '0');
    expectRefusal(() => thresholdFor({ falsePositive: 1 } as never), 'ERR_INVALID_ARGUMENT', 'falseNegative');
  });
});
