import '../../../lib/definitions';
import { evaluate } from '../../../lib/tables/evaluate';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { PredictionWriter } from '../../../lib/tables/serving/predictions';
import { loadTableModel } from '../../../lib/tables/table_model';
import { crossValidate } from '../../../lib/tables/train/cross_validate';
import { search } from '../../../lib/tables/train/search';
import { train } from '../../../lib/tables/train/train';
import { normal, random, range } from '../../support/numbers';

const colors = ['red', 'green', 'blue'];

/** Houses whose price, sale and class depend on their size and color. Some lack a target. */
function houses(count: number, seed: number) {
  const [draw, noise] = [random(seed), normal(seed + 1)];
  return range(count).map((i) => {
    const [size, color] = [draw(), Math.floor(3 * draw())];
    const price = 100 * size + 20 * color + 5 * noise();
    return {
      size,
      color: colors[color],
      price: i % 5 === 0 ? null : price,
      sold: i % 7 === 0 ? null : draw() < 1 / (1 + Math.exp(8 * size - 4)),
      grade: ['low', 'middle', 'high'][Math.max(0, Math.min(2, Math.floor(3 * size + 0.3 * noise())))],
    };
  });
}
const target = ['price', 'sold', 'grade'];
const quick = { hidden: [16], epochs: 40, validation: 0.3, warnings: false, seed: 1 };
const data = table(houses(900, 1));
const trained = data.then((rows) => train(rows, { target, ...quick }));
const others = houses(400, 7);

describe('several targets', () => {
  test('have scores near those of each alone, and rows that lack one teach the others', async () => {
    const { model, report, heldOut } = await trained;
    expect(Object.keys(report.targets)).toEqual(target);
    expect(report.rows).toBe(900);
    expect(report.targets.price!.withoutTarget).toBe(180);
    expect(report.leftOut).toEqual([]);
    expect(model.columns).toEqual(['size', 'color']);
    for (const name of target) {
      const alone = await train((await data).without(target.filter((other) => other !== name)), {
        target: name,
        ...quick,
      });
      const score = name === 'price' ? 'r2' : 'accuracy';
      const [together, single] = [report.targets[name]!.scores, alone.report.scores].map(
        (of) => of.network[score]!.value,
      );
      expect(Math.abs(together! - single!)).toBeLessThan(0.08);
      expect(together).toBeGreaterThan(report.targets[name]!.scores.constant[score]!.value + 0.1);
      expect(heldOut[name]!.target.column).toBe(name);
    }
  });

  test('are predicted as an object, each as its model alone predicts it, also from a file', async () => {
    const { model } = await trained;
    const predicted = model.predict(others) as Record<string, unknown>[];
    expect(Object.keys(predicted[0]!)).toEqual(target);
    const again = await loadTableModel(model.toBytes());
    expect(again.predict(others)).toEqual(predicted);
    expect(again.targets).toEqual(model.targets);
    for (const name of ['sold', 'grade']) {
      expect(model.for(name).predict(others)).toEqual(predicted.map((one) => one[name]));
      const kept = await loadTableModel(model.for(name).toBytes());
      expect(kept.predict(others)).toEqual(model.for(name).predict(others));
    }
    const prices = model.for('price').predict(others) as number[];
    for (const [i, one] of predicted.entries()) expect(Math.abs((one.price as number) - prices[i]!)).toBeLessThan(1e-3);
    expect(model.for('sold').target.task).toBe('classification');
    expect(Object.keys(model.for('grade').predictProbabilities(others[0]!))).toEqual(['high', 'low', 'middle']);
    expect(model.for('price').toONNX().length).toBeGreaterThan(100);
    const strange = { size: 900, color: 'red' };
    const flags = model.flags(strange);
    expect(flags).toMatchObject([{ column: 'size', reason: 'beyond range' }]);
    expect(model.for('price').flags(strange)).toEqual(flags);
    const whole = { ...others[0]!, prize: 1 }; // with the columns of all targets
    const unknown = [{ column: 'prize', reason: 'unknown field' }];
    const alone = await loadTableModel(model.for('price').toBytes());
    for (const one of [model, model.for('price'), alone]) expect(one.flags(whole)).toEqual(unknown);
  });

  test('come in chunks with readings, and in replies of a server', async () => {
    const { model } = await trained;
    for await (const { predictions, readings } of model.predictChunks(others)) {
      expect(predictions).toEqual(model.predict(others));
      expect(readings.length).toBe(400 * (1 + 2 + 3));
      for (const at of range(400).map((row) => 6 * row)) {
        expect(readings[at + 1]! + readings[at + 2]!).toBeCloseTo(1, 6);
        expect(readings[at + 3]! + readings[at + 4]! + readings[at + 5]!).toBeCloseTo(1, 6);
      }
    }
    const reply = JSON.parse(new PredictionWriter(model).textOf(model.predictFrom(others.slice(0, 1), 1), 1));
    expect(reply).toEqual({ prediction: model.predict(others[0]!) });
  });

  test('have exact linear models, each as that of its target alone, and joined in one', async () => {
    const [noise, other] = [normal(3), normal(4)];
    const rows = range(300).map((i) => {
      const [x, copy] = [noise(), 50 * noise()];
      const kind = ['a', 'b', 'c'][Math.floor(3 * random(i)())]!;
      return { x, copy, kind, y: x + (kind === 'a' ? 2 : 0) + 0.3 * other(), z: copy };
    });
    const both = await table(rows);
    const options = { validation: 0.25, hidden: [], warnings: false };
    const { model, report } = await train(both, { target: ['y', 'z'], ...options });
    expect(report).toMatchObject({ chosen: 'linear', rule: 'exact solution', epochs: 0 });
    expect(report.learningRate).toBeUndefined();
    for (const [name, missing] of [
      ['y', 'z'],
      ['z', 'y'],
    ] as const) {
      const alone = await train(both.without([missing]), { target: name, ...options });
      expect(report.targets[name]!.penalty).toBe(alone.report.penalty);
      expect(report.targets[name]!.scores.linear).toEqual(alone.report.scores.linear);
      expect(model.for(name).predict(rows.slice(0, 5))).toEqual(alone.model.predict(rows.slice(0, 5)));
    }
    expect(report.targets.y!.penalty).not.toBe(report.targets.z!.penalty);
    expect(report.targets.z!.scores.linear.rootMeanSquaredError!.value).toBeLessThan(50 * 1e-6);
  });

  test('have exact linear models of classes and numbers that some rows lack', async () => {
    const some = await data;
    const options = { hidden: [], validation: 0.3, warnings: false };
    const { model, report } = await train(some, { target, ...options });
    for (const name of target) {
      const others = target.filter((one) => one !== name);
      const alone = await train(some.without(others), { target: name, ...options });
      const score = name === 'price' ? 'r2' : 'logLoss';
      const [together, single] = [report.targets[name]!, alone.report].map(({ scores }) => scores.linear[score]!.value);
      expect(Math.abs(together! - single!)).toBeLessThan(0.08);
      expect(report.targets[name]!.penalty).toBeGreaterThan(0);
    }
    expect(Object.keys(model.predict(houses(1, 9)[0]!))).toEqual(target);
  });

  test('are compared with the nearest rows, and with their last values where there is time', async () => {
    const noise = normal(5);
    let [level, isUp] = [0, false];
    const rows = range(400).map((day) => {
      level += noise();
      isUp = random(day)() < 0.9 ? isUp : !isUp;
      return { day, wind: noise(), level: day % 9 === 0 ? null : level, isUp };
    });
    const { report } = await train(await table(rows), {
      target: ['level', 'isUp'],
      time: 'day',
      hidden: [4],
      epochs: 3,
      warnings: false,
    });
    const { level: ofLevel, isUp: ofUp } = report.targets;
    expect(Object.keys(ofLevel!.scores)).toEqual(['constant', 'linear', 'persistence', 'nearest', 'network']);
    expect([ofLevel!.baseline, ofUp!.baseline]).toEqual(['persistence', 'persistence']);
    expect(ofLevel!.scores.persistence!.rootMeanSquaredError!.value).toBeLessThan(1.6);
    expect(ofUp!.scores.persistence!.accuracy!.value).toBeGreaterThan(0.8);
    expect(ofLevel!.worth).toBe(false);
    expect(ofLevel!.advantages.persistence!.high).toBeLessThan(0);
  });

  test('keep proportions of a column, and count equal rows once', async () => {
    const rows = houses(150, 3).map((row, i) => ({ ...row, city: i % 30 === 0 ? 'rare' : 'usual' }));
    const { report } = await train(await table([...rows, ...rows.slice(0, 40)]), {
      target: ['price', 'grade'],
      stratified: 'city',
      distinct: true,
      hidden: [],
      warnings: false,
    });
    expect(report).toMatchObject({ rows: 150, repeated: 40, withoutTarget: 0, stratified: 'city' });
  });

  test('need held-out rows of each', async () => {
    const rows = houses(100, 3).map((row, i) => ({ ...row, price: i < 20 ? row.price : null }));
    const parts = { target: ['grade', 'price'], hidden: [], time: 'day', validation: 0.2 };
    const timed = await table(rows.map((row, day) => ({ ...row, day })));
    await expect(train(timed, parts)).rejects.toMatchObject({
      message: 'validation: no held-out row has a value of "price"; hold out more',
    });
    // No row that decides when training ends has this target, so the penalty is the default one.
    const ends = await table(
      houses(100, 3).map((row, day) => ({ ...row, price: day % 80 < 20 ? row.price : null, day })),
    );
    const { report } = await train(ends, { ...parts, warnings: false });
    expect(report.targets.price!.penalty).toBe(0.01);
  });

  test('are compared by linear models as well, whose outputs are those of several columns of one', async () => {
    const { model, report } = await train(await data, { target, ...quick, hidden: [] });
    expect(report.chosen).toBe('linear');
    const predicted = model.predict(others) as { price: number }[];
    const alone = model.for('price').predict(others) as number[];
    for (const [i, { price }] of predicted.entries()) expect(price).toBeCloseTo(alone[i]!, 3);
    const { scores } = await evaluate(model.for('price'), others);
    expect(scores.r2!.value).toBeGreaterThan(0.9);
  });

  test('of small tables are cross-validated, weigh rows, and keep groups together', async () => {
    const rows = houses(120, 5).map((row, i) => ({ ...row, street: i % 12, w: 1 + (i % 2) }));
    const { report } = await train(await table(rows), {
      target: ['price', 'sold'],
      by: 'street',
      weight: 'w',
      hidden: [],
      epochs: 5,
    });
    expect(report.heldOut).toBe('cross-validated');
    expect([report.by, report.weight]).toEqual(['street', 'w']);
    expect([...report.leftOut].sort()).toEqual(['street', 'w']);
    expect(report.targets.price!.warnings).toEqual([]);
  });

  test('need a pipeline that reads none of them', async () => {
    const steps = pipeline({ size: columns.number() });
    const { model } = await train(await data, { target: ['price', 'sold'], ...quick, pipeline: steps });
    expect(model.columns).toEqual(['size']);
    const reading = pipeline({ sold: columns.category(), size: columns.number() });
    await expect(train(await data, { target: ['price', 'sold'], ...quick, pipeline: reading })).rejects.toThrow(
      'the pipeline reads "sold", the column to predict',
    );
  });

  test.each<[object, string]>([
    [{ target: [] }, 'target is empty'],
    [{ target: ['price', 'price'] }, 'target has "price" twice'],
    [{ target: ['price', 'prize'] }, '"prize"'],
    [{ loss: 'huber' }, 'loss is an option of one target, but there are several; make a model for each target'],
    [{ classWeights: 'balanced' }, 'train: classWeights is an option of one target'],
    [{ threshold: 0.2 }, "several; give threshold to predict of a target's model, model.for(…)"],
    [{ distinct: 1 }, 'distinct'],
    [{ checkpoints: 'folder' }, 'train: checkpoints is an option of one target'],
    [{ epoch: 3 }, 'unknown option "epoch". It is called "epochs" here'],
  ])('%p is refused', async (options, message) => {
    await expect(train(await data, { target: ['price', 'sold'], ...quick, ...options } as never)).rejects.toThrow(
      message,
    );
  });

  test('are refused where one is needed, with the way to it', async () => {
    const { model } = await trained;
    const advice = 'the model predicts price, sold, grade; choose one of them, as model.for("price")';
    expect(() => model.target).toThrow(advice);
    expect(() => model.predict(others, { threshold: 0.3 })).toThrow(advice);
    expect(() => model.predictProbabilities(others)).toThrow(advice);
    await expect(evaluate(model, others)).rejects.toThrow(advice);
    expect(() => model.toONNX()).toThrow('write each, as model.for("price").toONNX()');
    expect(() => model.for('cost')).toThrow('unknown target "cost"');
    const several = { target: ['price', 'sold'] } as never;
    await expect(search(await data, several)).rejects.toThrow('search: Expected one target but received several');
    await expect(crossValidate(await data, several)).rejects.toThrow('crossValidate: Expected one target');
  });
});
