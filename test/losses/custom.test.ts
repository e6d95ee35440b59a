import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { FloatType } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { batchNorm } from '../../lib/layers/batch_norm';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import type { Layer } from '../../lib/layers/layer';
import { type CustomLossOptions, custom as customLoss } from '../../lib/losses/custom';
import type { LossBatch } from '../../lib/losses/loss_batch';
import { adam } from '../../lib/optimizers/adam';
import { polyak } from '../../lib/optimizers/average';
import { momentum } from '../../lib/optimizers/momentum';
import { sam } from '../../lib/optimizers/sam';
import { sgd } from '../../lib/optimizers/sgd';
import { curvatureMonitor } from '../../lib/training/curvature_monitor';
import { linear } from '../../lib/training/linear';
import { type FitOptions, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { packageRoot, runModule, runNode } from '../support/child';
import { greatestError } from '../support/closeness';
import { task, weighted } from '../support/examples';
import { withThreads } from '../support/instruction_sets';
import { normal, range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { expectRefusal, expectRejection } from '../support/refusals';
import { sparseRows } from '../support/sparse_tasks';

/** Σ wᵢ‖zᵢ − tᵢ‖² / Σ wᵢ, like `squared`. */
const squaredOptions: CustomLossOptions = {
  value: ({ outputs, targets, rows, columns, weights }) => {
    const total = weights === undefined ? rows : weights.reduce((sum, w) => sum + w, 0);
    let sum = 0;
    for (let i = 0; i < outputs.length; ++i)
      sum += (weights?.[Math.floor(i / columns)] ?? 1) * (outputs[i]! - targets[i]!) ** 2;
    return sum / total;
  },
  gradient: ({ outputs, targets, rows, columns, weights }, gradient) => {
    const total = weights === undefined ? rows : weights.reduce((sum, w) => sum + w, 0);
    for (let i = 0; i < outputs.length; ++i)
      gradient[i] = (2 * (weights?.[Math.floor(i / columns)] ?? 1) * (outputs[i]! - targets[i]!)) / total;
  },
};
const squared = customLoss(squaredOptions);

/** The squared loss, with an action at each call of `value`. */
const doing = (work: (batch: LossBatch, call: number) => void, options: Partial<CustomLossOptions> = {}) => {
  let calls = 0;
  const value = (batch: LossBatch) => {
    work(batch, ++calls);
    return squaredOptions.value(batch);
  };
  return customLoss({ ...squaredOptions, value, check: false, ...options });
};

const layers: Layer[] = [dense(16, { activation: 'tanh' }), dense(3)];
const make = (type: FloatType = 'float64', given = layers) => network({ inputs: 4, layers: given, type, seed: 6 });
const { data, examples } = task(60, 4, 3, 'squared', 'numbers');
const x = examples.slice(0, 8).map(({ inputs }) => Array.from(inputs));
const y = examples.slice(0, 8).map(({ targets }) => targets);

const bounds: [FloatType, number][] = [
  ['float64', 1e-13],
  ['float32', 2e-6],
];

describe.each(bounds)('a squared loss in JavaScript, in %s', (type, bound) => {
  const optimizer = momentum({ learningRate: 0.02, nesterov: true });
  const differing = [dense(16), batchNorm({ activation: 'tanh' }), dropout(0.3), dense(3)];
  const fits: [string, Partial<FitOptions>, Layer[]][] = [
    ['plainly', {}, layers],
    ['with an average', { average: polyak() }, layers],
    ['with accumulation', { accumulate: 3 }, layers],
    ['with sam', { optimizer: sam(optimizer, { radius: 0.05 }) }, layers],
    ['at a gradient point', { optimizer }, layers],
    ['with layers that differ in training', { optimizer }, differing],
    ['in minibatches of one', { batchSize: 1, epochs: 1 }, layers],
    ['of a linear model', { batchSize: 1 }, [dense(3)]],
  ];
  test.each(fits)('trains like the built-in loss, %s', async (_, told, given) => {
    for (const threads of [1, 2])
      for (const { data: some } of [{ data }, weighted(task(60, 4, 3, 'squared', 'numbers'))]) {
        const [own, ours] = [make(type, given), make(type, given)];
        const options = { optimizer: adam({ learningRate: 0.01 }), batchSize: 7, epochs: 3, validation: some, ...told };
        const [first, second] = await withThreads(threads, async () => [
          await own.fit(some, { ...options, loss: squared }),
          await ours.fit(some, { ...options, loss: 'squared' }),
        ]);
        expect(greatestError(own.parameters, ours.parameters)).toBeLessThan(100 * bound);
        for (const [i, { loss, validation, steps }] of first.epochs.entries()) {
          expect(loss).toBeCloseTo(second.epochs[i]!.loss, type === 'float64' ? 11 : 4);
          expect(validation!.loss).toBeCloseTo(second.epochs[i]!.validation!.loss, type === 'float64' ? 11 : 4);
          expect(steps).toBe(second.epochs[i]!.steps);
        }
        expect(own.evaluate(some, { loss: squared }).loss).toBeCloseTo(
          own.evaluate(some, { loss: 'squared' }).loss,
          type === 'float64' ? 12 : 5,
        );
      }
  });

  test.each([
    ['few', 8, layers],
    ['many', 64, [dense(400, { activation: 'relu' }), dense(3)]],
  ] as const)('steps like the built-in loss, by %s multiplications', (_, rows, given) => {
    const some = task(3 * rows, 4, 3, 'squared', 'numbers').examples;
    for (const optimizer of [adam({ learningRate: 0.01 }), sam(sgd({ learningRate: 0.02 }), { radius: 0.05 })]) {
      const [own, ours] = [make(type, [...given]), make(type, [...given])];
      const [trainer, other] = [
        new Trainer(own, { loss: squared, optimizer }),
        new Trainer(ours, { loss: 'squared', optimizer }),
      ];
      for (let i = 0; i < some.length; i += rows) {
        const batch = some.slice(i, i + rows);
        const [inputs, targets] = [batch.map((e) => Array.from(e.inputs)), batch.map((e) => e.targets)];
        const options = { weights: batch.map((_, k) => k % 3) };
        const { loss, steps } = trainer.step(inputs, targets, options);
        expect(Math.abs(loss / other.step(inputs, targets, options).loss - 1)).toBeLessThan(10 * bound);
        expect(steps).toBe(i / rows + 1);
      }
      expect(greatestError(own.parameters, ours.parameters)).toBeLessThan(100 * bound);
    }
  });

  test('trains on sparse inputs like the built-in loss', async () => {
    const inputs = sparse({ columns: 30, rows: sparseRows(60, 30) });
    const some = new Dataset({ inputs, targets: examples.map(({ targets }) => targets) });
    const [own, ours] = [0, 1].map(() =>
      network({ inputs: { sparse: 30 }, layers: [dense(5, { activation: 'relu' }), dense(3)], type, seed: 2 }),
    );
    const options = { optimizer: adam({ learningRate: 0.01 }), batchSize: 7, epochs: 3 };
    await own!.fit(some, { ...options, loss: squared });
    await ours!.fit(some, { ...options, loss: 'squared' });
    expect(greatestError(own!.parameters, ours!.parameters)).toBeLessThan(100 * bound);
  });
});

test('a step with the rows of a run, in the order of a run, has its bits', async () => {
  const [own, ours] = [make('float32'), make('float32')];
  const trainer = new Trainer(own, { loss: squared, optimizer: adam() });
  for (const i of range(7)) {
    const batch = examples.slice(8 * i, 8 * i + 8);
    trainer.step(
      batch.map((e) => Array.from(e.inputs)),
      batch.map((e) => e.targets),
    );
  }
  await ours.fit(data.select(range(56)), { loss: squared, optimizer: adam(), batchSize: 8, shuffle: false });
  expectSameBits(own.parameters, ours.parameters);
});

test('a loss can compare rows: those of one class move together', async () => {
  /** The mean over pairs of rows of d² for one class, else of max(0, 1 − d)². Targets are classes. */
  const contrastive = customLoss({
    value: (batch) => pairs(batch),
    gradient: (batch, gradient) => void pairs(batch, gradient),
  });
  function pairs({ outputs, targets, rows, columns }: LossBatch, gradient?: Float32Array | Float64Array): number {
    let sum = 0;
    for (let a = 0; a < rows; ++a)
      for (let b = 0; b < a; ++b) {
        const difference = range(columns).map((j) => outputs[a * columns + j]! - outputs[b * columns + j]!);
        const distance = Math.hypot(...difference) + 1e-9;
        const isSame = targets[a] === targets[b];
        const pull = isSame ? distance : -Math.max(0, 1 - distance);
        sum += pull ** 2;
        difference.forEach((d, j) => {
          if (!gradient) return;
          const slope = ((2 * pull * d) / distance / (rows * (rows - 1))) * 2;
          gradient[a * columns + j]! += slope;
          gradient[b * columns + j]! -= slope;
        });
      }
    return (2 * sum) / (rows * (rows - 1));
  }
  const number = normal(5);
  const classes = range(120).map((i) => i % 3);
  const inputs = classes.map((c) => range(4).map((j) => (j === c ? 1 : 0) + 0.3 * number()));
  const some = new Dataset({ inputs, targets: classes });
  const model = network({ inputs: 4, layers: [dense(16, { activation: 'tanh' }), dense(2)], seed: 1 });
  const before = model.evaluate(some, { loss: contrastive }).loss;
  await model.fit(some, { loss: contrastive, optimizer: adam({ learningRate: 0.01 }), batchSize: 24, epochs: 30 });
  expect(model.evaluate(some, { loss: contrastive }).loss).toBeLessThan(0.4 * before);
});

describe('the functions', () => {
  test('receive outputs and targets row by row, in the type of the network, and weights if there are any', async () => {
    for (const type of ['float32', 'float64'] as const) {
      const seen: LossBatch[] = [];
      const model = network({ inputs: 4, layers: [dense(2)], type, seed: 1 });
      const loss = customLoss({
        value: (batch) => {
          seen.push(batch);
          return 0;
        },
        gradient: () => {},
        check: false,
      });
      const targets = range(5).map((i) => [i, i + 0.5, -i]);
      const some = new Dataset({ inputs: x.slice(0, 5), targets, weights: [1, 2, 0, 0.5, 3], type: 'float64' });
      await model.fit(some, { loss, optimizer: sgd({ learningRate: 0 }), batchSize: 3, shuffle: false });
      expect(seen.map(({ rows }) => rows)).toEqual([3, 2]);
      const predicted = model.predict(some);
      const [first, second] = seen as [LossBatch, LossBatch];
      expect(first).toMatchObject({ columns: 2, targetColumns: 3 });
      expect([...first.outputs, ...second.outputs]).toEqual([...predicted]);
      expect([...first.targets, ...second.targets]).toEqual(targets.flat());
      expect([...first.weights!, ...second.weights!]).toEqual([1, 2, 0, 0.5, 3]);
      expect(first.outputs).toBeInstanceOf(type === 'float32' ? Float32Array : Float64Array);
      expect(first.targets).toBeInstanceOf(type === 'float32' ? Float32Array : Float64Array);
      new Trainer(model, { loss, optimizer: sgd({ learningRate: 0 }) }).step(x, range(8));
      expect(seen[2]).toMatchObject({ rows: 8, targetColumns: 1, weights: undefined });
    }
  });

  test('can keep their arguments', async () => {
    const kept: { batch: LossBatch; outputs: number[] }[] = [];
    const gradients: (Float32Array | Float64Array)[] = [];
    const loss = customLoss({
      check: false,
      value: (batch) => {
        kept.push({ batch, outputs: [...batch.outputs] });
        for (const gradient of gradients) gradient.fill(NaN);
        return squaredOptions.value(batch);
      },
      gradient: (batch, gradient) => {
        gradients.push(gradient);
        squaredOptions.gradient(batch, gradient);
      },
    });
    const [own, ours] = [make(), make()];
    await own.fit(data, { loss, optimizer: adam(), batchSize: 7, epochs: 2 });
    await ours.fit(data, { loss: squared, optimizer: adam(), batchSize: 7, epochs: 2 });
    for (const { batch, outputs } of kept) expect([...batch.outputs]).toEqual(outputs);
    expectSameBits(own.parameters, ours.parameters);
  });

  test('compute with denormal numbers', async () => {
    const tiny = () => Number.MIN_VALUE * [1, 2][Math.floor(Math.random() * 2)]!;
    const seen: number[] = [];
    const loss = doing(() => seen.push(tiny() / 1));
    const model = make();
    new Trainer(model, { loss, optimizer: sgd({ learningRate: 0.1 }) }).step(x, y);
    await withThreads(1, () => model.evaluate(data, { loss }));
    await model.fit(data, { loss, optimizer: sgd({ learningRate: 0.1 }) });
    expect(seen.length).toBeGreaterThan(3);
    for (const value of seen) expect(value).toBeGreaterThan(0);
  });

  test('are called once for each minibatch, the gradient only in training', async () => {
    const calls = { value: 0, gradient: 0 };
    const loss = customLoss({
      check: false,
      value: (batch) => {
        ++calls.value;
        return squaredOptions.value(batch);
      },
      gradient: (batch, gradient) => {
        ++calls.gradient;
        squaredOptions.gradient(batch, gradient);
      },
    });
    const model = make();
    model.evaluate(data, { loss });
    expect(calls).toEqual({ value: 1, gradient: 0 });
    await model.fit(data, { loss, optimizer: sgd({ learningRate: 0.1 }), batchSize: 10, epochs: 2, validation: data });
    expect(calls).toEqual({ value: 1 + 12 + 2, gradient: 12 });
  });
});

describe('errors of the functions', () => {
  const mine = new Error('mine');
  const things: [string, unknown][] = [
    ['an error', mine],
    ['a string', 'mine'],
    ['nothing', undefined],
  ];

  test.each(things)('are thrown by a step, which changes nothing: %s', (_, thing) => {
    for (const place of ['value', 'gradient'] as const) {
      let fails = true;
      const failing = () => {
        if (fails) throw thing;
      };
      const loss = customLoss({
        check: false,
        value: (batch) => {
          if (place === 'value') failing();
          return squaredOptions.value(batch);
        },
        gradient: (batch, gradient) => {
          if (place === 'gradient') failing();
          squaredOptions.gradient(batch, gradient);
        },
      });
      const [own, ours] = [make(), make()];
      const trainer = new Trainer(own, { loss, optimizer: adam(), average: polyak() });
      let thrown: unknown = 'nothing was thrown';
      try {
        trainer.step(x, y);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBe(thing);
      expect(trainer.steps).toBe(0);
      expectSameBits(own.parameters, ours.parameters);
      fails = false;
      trainer.step(x, y);
      new Trainer(ours, { loss: squared, optimizer: adam(), average: polyak() }).step(x, y);
      expectSameBits(own.parameters, ours.parameters);
    }
  });

  test.each(things)('reject a run, with the parameters of its last step: %s', async (_, thing) => {
    for (const [call, steps] of [
      [1, 0],
      [5, 4],
    ] as const) {
      const model = make();
      const loss = doing((_, n) => {
        if (n === call) throw thing;
      });
      const trainer = new Trainer(model, { loss, optimizer: adam() });
      const outcome = await trainer.fit(data, { batchSize: 4, shuffle: false, epochs: 3 }).then(
        () => 'fulfilled',
        (reason: unknown) => ({ reason }),
      );
      expect(outcome).toEqual({ reason: thing });
      expect(trainer.steps).toBe(steps);
      const expected = make();
      if (steps > 0)
        await expected.fit(data.select(range(4 * steps)), {
          loss: squared,
          optimizer: adam(),
          batchSize: 4,
          shuffle: false,
        });
      expectSameBits(model.parameters, expected.parameters);
      await trainer.fit(data, { batchSize: 4 });
      expect(trainer.steps).toBe(steps + 15);
    }
  });

  test('are thrown by a validation or an evaluation too', async () => {
    const model = make();
    const loss = doing(({ rows }) => {
      if (rows === 60) throw mine;
    });
    expect(() => model.evaluate(data, { loss })).toThrow(mine);
    const run = model.fit(data, { loss, optimizer: adam(), batchSize: 4, validation: data });
    await expect(run).rejects.toBe(mine);
    expect(run.progress.steps).toBe(15);
  });

  test('refuses a transferred gradient', async () => {
    const loss = customLoss({
      ...squaredOptions,
      check: false,
      gradient: (_, gradient) => void structuredClone(gradient, { transfer: [gradient.buffer as ArrayBuffer] }),
    });
    const model = make();
    const trainer = new Trainer(model, { loss, optimizer: adam() });
    expectRefusal(() => trainer.step(x, y), 'ERR_DETACHED', 'gradient');
    await expectRejection(trainer.fit(data), 'ERR_DETACHED', 'gradient');
    expectSameBits(model.parameters, make().parameters);
  });

  test.each([
    ['no number', { value: () => 'a' as never }, 'value returned "a"'],
    ['a promise', { value: async () => 3 } as never, 'value returned a Promise'],
    ['a separate gradient', { gradient: ({ outputs }: LossBatch) => outputs.slice() as never }, 'second argument'],
    ['overwritten outputs', { value: ({ outputs }: LossBatch) => outputs.fill(1)[0]! }, 'value writes to'],
  ])('%s is refused', async (_, wrong, name) => {
    const loss = customLoss({ ...squaredOptions, ...(wrong as object) });
    const trainer = new Trainer(make(), { loss, optimizer: adam() });
    expectRefusal(() => trainer.step(x, y), 'ERR_INVALID_ARGUMENT', name);
    await expectRejection(trainer.fit(data), 'ERR_INVALID_ARGUMENT', name);
  });

  test('a rejecting promise does not end the process', async () => {
    const source = `
      import { Dataset, dense, losses, network, sgd, Trainer } from 'glissade';
      const no = async () => { throw new Error('no'); };
      for (const options of [{ value: no, gradient: () => {} }, { value: () => 1, gradient: no, check: false }]) {
        const trainer = new Trainer(network({ inputs: 1, layers: [dense(1)] }), { loss: losses.custom(options), optimizer: sgd() });
        try {
          trainer.step([1], [1]);
        } catch (error) {
          console.log(error.code);
        }
      }
      setTimeout(() => console.log('end'), 10);
    `;
    const twice = 'ERR_INVALID_ARGUMENT\n'.repeat(2);
    expect(await runModule(source)).toMatchObject({ code: 0, stdout: `${twice}end\n` });
  });

  test.each([NaN, Infinity])('a loss of %d is not finite', async (value) => {
    const loss = customLoss({ ...squaredOptions, check: false, value: () => value });
    const trainer = new Trainer(make(), { loss, optimizer: adam() });
    expectRefusal(() => trainer.step(x, y), 'ERR_NON_FINITE');
    await expectRejection(trainer.fit(data), 'ERR_NON_FINITE');
    const skipping = new Trainer(make(), { loss, optimizer: adam(), onNonFinite: 'skip' });
    skipping.step(x, y);
    expect(skipping).toMatchObject({ steps: 0, skipped: 1 });
  });

  test('minibatches of weight zero have no loss and no gradient', async () => {
    const some = new Dataset({
      inputs: [...x, ...x],
      targets: [...y, ...y],
      weights: range(16).map((i) => (i < 8 ? 0 : 1)),
    });
    const [own, ours] = [make(), make()];
    const options = { optimizer: adam(), batchSize: 8, shuffle: false, validation: some };
    const [first, second] = [
      await own.fit(some, { ...options, loss: squared }),
      await ours.fit(some, { ...options, loss: 'squared' }),
    ];
    expect(greatestError(own.parameters, ours.parameters)).toBeLessThan(1e-12);
    expect(first.epochs[0]!.loss).toBeCloseTo(second.epochs[0]!.loss, 12);
  });
});

const sumOf = (outputs: Iterable<number>, term: (z: number, i: number) => number) =>
  [...outputs].reduce((sum, z, i) => sum + term(z, i), 0);

describe('the check of the gradient', () => {
  const stepOf = (options: Partial<CustomLossOptions>, type: FloatType = 'float32') =>
    new Trainer(make(type), { loss: customLoss({ ...squaredOptions, ...options }), optimizer: adam() }).step(x, y);
  const gradientBut =
    (change: (gradient: Float32Array | Float64Array) => void): CustomLossOptions['gradient'] =>
    (batch, gradient) => {
      squaredOptions.gradient(batch, gradient);
      change(gradient);
    };

  test.each(['float32', 'float64'] as const)('names the element that differs, in %s', (type) => {
    const wrong = gradientBut((gradient) => {
      gradient[7]! *= -1;
    });
    expectRefusal(() => stepOf({ gradient: wrong }, type), 'ERR_INVALID_ARGUMENT', 'gradient[7] (row 2, column 1) is');
    for (const change of [
      (gradient: Float32Array | Float64Array) => void gradient.set(gradient.map((g) => 1.01 * g)),
      (gradient: Float32Array | Float64Array) => void gradient.fill(0),
      (gradient: Float32Array | Float64Array) => void gradient.fill(NaN, 0, 1),
    ])
      expectRefusal(() => stepOf({ gradient: gradientBut(change) }, type), 'ERR_INVALID_ARGUMENT', 'differences');
  });

  test('is also done in a run, and once', async () => {
    const wrong = customLoss({ ...squaredOptions, gradient: () => {} });
    const model = make();
    await expectRejection(model.fit(data, { loss: wrong, optimizer: adam() }), 'ERR_INVALID_ARGUMENT', 'gradient[');
    expectSameBits(model.parameters, make().parameters);
    let calls = 0;
    const loss = doing(() => ++calls, { check: true });
    const trainer = new Trainer(model, { loss, optimizer: adam() });
    trainer.step(x, y);
    expect(calls).toBeGreaterThan(20);
    const before = calls;
    trainer.step(x, y);
    new Trainer(model, { loss, optimizer: adam() }).step(x, y);
    expect(calls).toBe(before + 2);
  });

  test('is omitted on request', () => {
    expect(() => stepOf({ gradient: () => {}, check: false })).not.toThrow();
  });

  test.each(['float32', 'float64'] as const)('accepts kinks everywhere in the outputs, in %s', (type) => {
    const absolute: CustomLossOptions = {
      value: ({ outputs, targets, rows }) => sumOf(outputs, (z, i) => Math.abs(z - targets[i]!)) / rows,
      gradient: ({ outputs, targets, rows }, gradient) =>
        void gradient.set(outputs.map((z, i) => (z >= targets[i]! ? 1 : -1) / rows)),
    };
    stepOf(absolute, type);
    // All outputs are 0, at the kinks of the loss.
    const model = linear({ inputs: 4, outputs: 3, type });
    new Trainer(model, { loss: customLoss(absolute), optimizer: adam() }).step(
      x,
      y.map((row) => row.map(() => 0)),
    );
  });

  test('accepts steep and large losses', () => {
    const steep: CustomLossOptions = {
      value: ({ outputs, rows }) => (1e3 + sumOf(outputs, (z) => Math.exp(5 * z))) / rows,
      gradient: ({ outputs, rows }, gradient) => void gradient.set(outputs.map((z) => (5 * Math.exp(5 * z)) / rows)),
    };
    for (const type of ['float32', 'float64'] as const) stepOf(steep, type);
  });
});

describe('during the computation of a loss', () => {
  test('the model can predict, but not be stepped, fitted or freed', async () => {
    const model = make();
    const large = network({ inputs: 300, layers: [dense(600), dense(3)], seed: 1 });
    const rows = new Float32Array(300 * 500).fill(0.1);
    const seen = new Set<string>();
    const loss = doing(() => {
      model.predict(x);
      model.evaluate(data, { loss: 'squared' });
      large.predict(rows); // on the engine, which must not wait for this loss
      for (const action of [
        () => trainer.step(x, y),
        () => trainer.fit(data),
        () => void model.fit(data, { loss, optimizer: adam() }),
      ])
        try {
          action();
          seen.add('nothing was thrown');
        } catch (error) {
          seen.add((error as { code: string }).code);
        }
    });
    const trainer = new Trainer(model, { loss, optimizer: adam() });
    trainer.step(x, y);
    await trainer.fit(data, { epochs: 2 });
    expect([...seen]).toEqual(['ERR_BUSY']);
    expect(trainer.steps).toBe(5);
  });

  test('a disposed trainer completes the step or run', async () => {
    const [one, other] = [make(), make()];
    const trainers: Trainer[] = [];
    const loss = doing(() => trainers.at(-1)!.dispose());
    trainers.push(new Trainer(one, { loss, optimizer: adam() }));
    trainers[0]!.step(x, y);
    expectRefusal(() => trainers[0]!.step(x, y), 'ERR_DISPOSED');
    new Trainer(other, { loss: squared, optimizer: adam() }).step(x, y);
    expectSameBits(one.parameters, other.parameters);
    trainers.push(new Trainer(one, { loss, optimizer: adam() }));
    await trainers[1]!.fit(data, { epochs: 2 });
    expectRefusal(() => trainers[1]!.step(x, y), 'ERR_DISPOSED');
  });

  test('its run can be stopped, and ends as after its last step', async () => {
    for (const how of ['stop', 'abort'] as const) {
      const controller = new AbortController();
      const model = make();
      const loss = doing((_, n) => {
        if (n === 4) how === 'stop' ? run.stop() : controller.abort();
      });
      const run = model.fit(data, { loss, optimizer: adam(), batchSize: 4, shuffle: false, signal: controller.signal });
      if (how === 'stop') expect(await run).toMatchObject({ status: 'stopped', steps: 3 });
      else await expect(run).rejects.toHaveProperty('name', 'AbortError');
      const expected = make();
      await expected.fit(data.select(range(12)), { loss: squared, optimizer: adam(), batchSize: 4, shuffle: false });
      expectSameBits(model.parameters, expected.parameters);
    }
  });

  test('a run can be stopped from outside, and other models predict and step meanwhile', async () => {
    const model = make();
    const run = model.fit(endless(data), { loss: doing(() => {}), optimizer: adam(), batchSize: 8 });
    const large = network({ inputs: 300, layers: [dense(600), dense(3)], seed: 1 });
    const trainer = new Trainer(large, { loss: 'squared', optimizer: sgd({ learningRate: 1e-5 }) });
    for (const i of range(30)) {
      await reached(run, 5 * i);
      large.predict(new Float32Array(300 * 200));
      trainer.step(new Float32Array(300 * 200), new Float32Array(3 * 200));
      expect(model.predict(x)).toHaveLength(24);
    }
    run.stop();
    expect(await run).toMatchObject({ status: 'stopped' });
  });

  test('predictions follow the run within an epoch', async () => {
    const model = make();
    const run = model.fit(endless(data), {
      loss: doing(() => {}),
      optimizer: adam({ learningRate: 0.1 }),
      batchSize: 8,
    });
    const before = model.predict(x).slice();
    while (greatestError(model.predict(x), before) < 0.1) await setTimeout(5);
    expect(run.progress.epoch).toBe(1);
    run.stop();
    expect(await run).toMatchObject({ status: 'stopped', epochs: [] });
  });

  test('two runs can train at the same time', async () => {
    const models = [make(), make()];
    await Promise.all(models.map((model) => model.fit(data, { loss: squared, optimizer: adam(), epochs: 5 })));
    expectSameBits(models[0]!.parameters, models[1]!.parameters);
  });
});

describe('refuses', () => {
  const refusals: [string, () => unknown, string[]][] = [
    ['by name', () => make().evaluate(data, { loss: 'custom' as 'squared' }), ['unknown loss "custom"']],
    ['without functions', () => customLoss({} as CustomLossOptions), ['value of losses.custom', 'a function']],
    [
      'without a gradient',
      () => customLoss({ value: () => 0 } as unknown as CustomLossOptions),
      ['gradient of losses.custom', 'a function'],
    ],
    [
      'from JSON',
      () => make().evaluate(data, { loss: JSON.parse(JSON.stringify(squared)) }),
      ['value of losses.custom'],
    ],
    ['with other options', () => customLoss({ ...squaredOptions, hessian: 1 } as never), ['"hessian"']],
    [
      'with accuracy',
      () => make().fit(data, { loss: squared, optimizer: adam(), metrics: ['accuracy'] }),
      ['accuracy', 'custom'],
    ],
    [
      'with hogwild',
      () =>
        linear({ inputs: 4, outputs: 3 }).fit(data, {
          loss: squared,
          optimizer: sgd({ learningRate: 0.1 }),
          batchSize: 1,
          parallel: 'hogwild',
        }),
      ['hogwild', 'losses.custom'],
    ],
    [
      'with a curvature monitor',
      () => make().fit(data, { loss: squared, optimizer: adam(), monitor: curvatureMonitor({ every: 2 }) }),
      ['second derivatives', 'losses.custom'],
    ],
    [
      'by Hessians',
      () => make().hessianVectorProduct(data, make().parameters.slice() as Float64Array, { loss: squared }),
      ['hessianVectorProduct', 'losses.custom'],
    ],
    ['by variances', () => make().gradientVariance(data, { loss: squared }), ['gradientVariance', 'losses.custom']],
  ];
  test.each(refusals)('%s', (_, action, names) => expectRefusal(action, 'ERR_INVALID_ARGUMENT', ...names));
});

describe('a process, during the computation of a loss,', () => {
  const script = (work: string) => `
    const { Dataset, dense, losses, network, sgd } = require(${JSON.stringify(packageRoot)});
    const { Worker, isMainThread } = require('node:worker_threads');
    const data = new Dataset({ inputs: [[1], [2], [3]], targets: [1, 2, 3] });
    const fit = (value) => network({ inputs: 1, layers: [dense(1)] }).fit(data, {
      loss: losses.custom({ value, gradient: () => {}, check: false }),
      optimizer: sgd({ learningRate: 0.1 }), batchSize: 1, epochs: 1e6,
    });
    ${work}`;

  test('can exit', async () => {
    for (const call of [1, 5]) {
      const work = `let n = 0; fit(() => { if (++n === ${call}) process.exit(7); return 0; });`;
      expect(await runNode(['-e', script(work)])).toMatchObject({ code: 7, stderr: '' });
    }
  });

  test('can exit between two of them, or end by an unrelated exception', async () => {
    const work = 'fit(() => 0); setTimeout(() => process.exit(7), 20);';
    expect(await runNode(['-e', script(work)])).toMatchObject({ code: 7, stderr: '' });
    const thrown = await runNode(['-e', script("fit(() => 0); setTimeout(() => { throw new Error('mine'); }, 20);")]);
    expect(thrown).toMatchObject({ code: 1 });
    expect(thrown.stderr).toContain('mine');
  });

  test('can end a worker in the middle of one, and continue', async () => {
    const work = `
      if (isMainThread) {
        const worker = new Worker(__filename);
        worker.on('message', async () => {
          await worker.terminate();
          const run = fit(() => 0);
          setTimeout(() => { run.stop(); }, 20);
          console.log((await run).status);
        });
      } else {
        const { parentPort } = require('node:worker_threads');
        let n = 0;
        fit(() => { if (++n === 4) { parentPort.postMessage(0); for (;;); } return 0; });
      }`;
    const folder = await mkdtemp(path.join(tmpdir(), 'glissade-'));
    const file = path.join(folder, 'worker.cjs');
    await writeFile(file, script(work));
    try {
      expect(await runNode([file])).toEqual({ code: 0, signal: null, stdout: 'stopped\n', stderr: '' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
