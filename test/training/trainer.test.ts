import '../../lib/optimizers/asgd';
import type { FloatType } from '../../lib/addon';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { ema, polyak, swa } from '../../lib/optimizers/average';
import { lookahead } from '../../lib/optimizers/lookahead';
import { momentum } from '../../lib/optimizers/momentum';
import type { Rule } from '../../lib/optimizers/rule';
import { sam } from '../../lib/optimizers/sam';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import type { TrainerOptions } from '../../lib/training/training';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { task } from '../support/examples';
import { HandDriven, type Wrapping } from '../support/hand_driven';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { targetsOfLoss } from '../support/loss_examples';
import { range } from '../support/numbers';
import { type Example, ReferenceNetwork, ReferenceTraining } from '../support/reference_network';
import { expectRefusal } from '../support/refusals';

const make = (type: FloatType = 'float64') =>
  network({ inputs: 4, layers: [dense(8, { activation: 'tanh' }), dense(3)], type, seed: 6 });
const { examples, data } = task(50, 4, 3, 'squared', 'numbers');
const classes = task(50, 4, 3, 'crossEntropy', 'classes');

const x = (some: Example[]) => some.map(({ inputs }) => Array.from(inputs));
const y = (some: Example[]) => some.map(({ targets }) => targets);

/** Minibatches of 8 examples, in order. */
const minibatches = (some: Example[] = examples) =>
  range(Math.ceil(some.length / 8)).map((i) => some.slice(8 * i, 8 * i + 8));

describe('a step of a trainer', () => {
  test.each(targetsOfLoss)('follows the reference under %s of %s', (loss, targets) => {
    const some = task(30, 4, 3, loss, targets);
    const model = make();
    const optimizer = adamw({ learningRate: 0.03, weightDecay: 0.2 });
    const trainer = new Trainer(model, { loss, optimizer });
    const training = new ReferenceTraining(make(), loss, optimizer);
    for (const batch of minibatches(some.examples))
      expect(trainer.step(x(batch), y(batch)).loss).toBeCloseTo(training.step(batch), 10);
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-11);
  });

  describe.each(instructionSets)('on %s', (instructionSet) => {
    useInstructionSet(instructionSet);

    test.each([
      ['float32', 1, 1],
      ['float32', 8, 1],
      ['float64', 8, 2],
      ['float32', 128, 2],
    ] as const)('in %s, of %i rows, has the bits of one in a run, with %i threads', async (type, rows, threads) => {
      const some = task(rows * 3, 40, 5, 'crossEntropy', 'classes');
      const wide = () =>
        network({
          inputs: 40,
          layers: [dense(300, { activation: 'relu' }), dense(70, { activation: 'gelu' }), dense(5)],
          type,
          seed: 2,
        });
      const options = { loss: 'crossEntropy', optimizer: adam({ learningRate: 0.01 }) } as const;
      const [stepped, run] = [wide(), wide()];
      await withThreads(threads, async () => {
        const trainer = new Trainer(stepped, options);
        for (const i of range(3)) {
          const batch = some.examples.slice(i * rows, (i + 1) * rows);
          trainer.step(Float64Array.from(x(batch).flat()), Uint8Array.from(y(batch).flat()));
        }
        await run.fit(some.data, { ...options, batchSize: rows, shuffle: false });
      });
      expectSameBits(stepped.parameters, run.parameters);
    });
  });

  test('can have a different number of rows each time', () => {
    const model = make();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: adam({ learningRate: 0.01 }) });
    const training = new ReferenceTraining(make(), 'squared', adam({ learningRate: 0.01 }));
    for (const rows of [1, 17, 3, 50, 2]) {
      trainer.step(x(examples.slice(0, rows)), y(examples.slice(0, rows)));
      training.step(examples.slice(0, rows));
    }
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-11);
  });

  test('accepts inputs and targets in all forms that a dataset accepts', () => {
    const bytes = [1, 0, 3, 250, 7, 7, 0, 9];
    const after = (inputs: unknown, targets: unknown) => {
      const model = make();
      new Trainer(model, { loss: 'crossEntropy', optimizer: sgd() }).step(inputs as number[], targets as number[]);
      return model.parameters;
    };
    const expected = after(bytes, [2, 0]);
    expect(expected).not.toEqual(make().parameters);
    for (const Class of [Uint8Array, Uint8ClampedArray, Float32Array, Float64Array, Int16Array, Uint32Array])
      expectSameBits(after(Class.from(bytes), [2, 0]), expected);
    expectSameBits(after([bytes.slice(0, 4), Float32Array.from(bytes.slice(4))], [[2], [0]]), expected);
    for (const targets of [Uint8Array.of(2, 0), Float32Array.of(2, 0), Int32Array.of(2, 0)])
      expectSameBits(after(bytes, targets), expected);
    expectSameBits(
      after(bytes, [0, 0, 1, 1, 0, 0]),
      after(bytes, [
        [0, 0, 1],
        [1, 0, 0],
      ]),
    );
    expectSameBits(after(new Float32Array(new SharedArrayBuffer(16)).fill(1), [1]), after([1, 1, 1, 1], [1]));
  });

  test('scales inputs', () => {
    const [scaled, plain] = [make(), make()];
    const options = { loss: 'crossEntropy', optimizer: sgd() } as const;
    new Trainer(scaled, options).step(Uint8Array.of(1, 2, 3, 4), [1], { scale: 0.5 });
    new Trainer(plain, options).step([0.5, 1, 1.5, 2], [1], { scale: undefined });
    expectSameBits(scaled.parameters, plain.parameters);
  });

  test('keeps plain numbers in the type of the network', () => {
    const model = make();
    const other = make();
    const options = { loss: 'squared', optimizer: sgd() } as const;
    new Trainer(model, options).step([0.1, 0.2, 0.3, 0.4], [[1, 2, 3]]);
    new Trainer(other, options).step(Float64Array.of(0.1, 0.2, 0.3, 0.4), [[1, 2, 3]]);
    expectSameBits(model.parameters, other.parameters);
  });

  test('reports the loss before it, and the accuracy on request', () => {
    const reference = new ReferenceNetwork(make());
    const batch = classes.examples.slice(0, 20);
    const options = { loss: 'crossEntropy', optimizer: sgd() } as const;
    const asked = new Trainer(make(), { ...options, metrics: ['accuracy'] }).step(x(batch), y(batch));
    expect(asked).toEqual({
      loss: expect.closeTo(reference.loss(batch, 'crossEntropy'), 12),
      accuracy: reference.accuracy(batch, 'crossEntropy'),
      steps: 1,
    });
    expect(Object.keys(new Trainer(make(), options).step(x(batch), y(batch)))).toEqual(['loss', 'steps']);
  });

  test('trains the model that the trainer was made for', () => {
    const model = make();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd() });
    expect(trainer.model).toBe(model);
  });
});

describe('a trainer', () => {
  test('counts steps, and its schedules follow them', () => {
    const rate = cosine({ from: 0.1, steps: 6 });
    const model = make();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate: rate }) });
    const byHand = new HandDriven(make(), sgd({ learningRate: rate }), {});
    expect([trainer.steps, trainer.learningRate]).toEqual([0, 0.1]);
    for (const [i, batch] of minibatches().entries()) {
      expect(trainer.learningRate).toBe(rate(i));
      expect(trainer.step(x(batch), y(batch)).steps).toBe(i + 1);
      expect(trainer.steps).toBe(i + 1);
      byHand.step(batch);
    }
    expect(greatestError(model.parameters, byHand.evaluated())).toBeLessThan(1e-12);
  });

  test('follows a plateau schedule when it observes', () => {
    const rate = reduceOnPlateau({ from: 0.5, factor: 0.5, patience: 0 });
    const trainer = new Trainer(make(), { loss: 'squared', optimizer: sgd({ learningRate: rate }) });
    rate.observe(1);
    rate.observe(2);
    expect(trainer.learningRate).toBe(0.25);
    const moved = (learningRate: Rule['learningRate']) => {
      const model = make();
      new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate: learningRate as number }) }).step(
        x(examples),
        y(examples),
      );
      return model.parameters;
    };
    expectSameBits(moved(rate as never), moved(0.25));
  });

  test('that accumulates takes a step after every `accumulate` minibatches', () => {
    const model = make();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: adam({ learningRate: 0.01 }), accumulate: 2 });
    const training = new ReferenceTraining(make(), 'squared', adam({ learningRate: 0.01 }));
    const [first, second, third, fourth] = minibatches() as [Example[], Example[], Example[], Example[]];
    expect(trainer.step(x(first), y(first)).steps).toBe(0);
    expectSameBits(model.parameters, make().parameters);
    expect(trainer.step(x(second), y(second)).steps).toBe(1);
    training.step([...first, ...second]);
    expect(trainer.step(x(third), y(third)).steps).toBe(1);
    expect(trainer.step(x(fourth), y(fourth)).steps).toBe(2);
    training.step([...third, ...fourth]);
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-11);
  });

  test('that skips non-finite gradients counts them, and continues', () => {
    for (const accumulate of [1, 2]) {
      const [model, plain] = [make(), make()];
      const options = { loss: 'squared', optimizer: adam(), accumulate } as const;
      const [trainer, other] = [new Trainer(model, { ...options, onNonFinite: 'skip' }), new Trainer(plain, options)];
      for (const batch of minibatches()) {
        expect(trainer.step([1, NaN, 2, 3], [[1, 2, 3]])).toEqual({ loss: NaN, steps: trainer.steps });
        expect(trainer.step(x(batch), y(batch))).toEqual(other.step(x(batch), y(batch)));
      }
      expect(trainer.skipped).toBe(7);
      expect(other.skipped).toBe(0);
      expectSameBits(model.parameters, plain.parameters);
    }
  });

  test('has groups', () => {
    const model = make();
    const trainer = new Trainer(model, {
      loss: 'squared',
      optimizer: sgd({ learningRate: 0.1 }),
      groups: [{ tensors: ['layers.0.weight'], frozen: true }],
    });
    trainer.step(x(examples), y(examples));
    expectSameBits(model.tensors.get('layers.0.weight')!.data, make().tensors.get('layers.0.weight')!.data);
    expect(model.tensors.get('layers.1.weight')!.data).not.toEqual(make().tensors.get('layers.1.weight')!.data);
  });

  test('computes no gradients of frozen tensors: they could overflow', () => {
    const stepOf = (groups: NonNullable<TrainerOptions['groups']>) => {
      const model = network({ inputs: 1, layers: [dense(1), dense(1)], seed: 1 });
      model.parameters.set([1e-30, 0, 1e9, 0]); // outputs 1e9·(1e-30·1e30), and a gradient of 1e30·1e9·δ below
      return new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate: 1e-20 }), groups }).step([1e30], [0]);
    };
    expect(stepOf([{ tensors: ['layers.0.weight', 'layers.0.bias'], frozen: true }]).steps).toBe(1);
    expectRefusal(() => stepOf([]), 'ERR_NON_FINITE');
  });

  test('can share its model with another', () => {
    const model = make();
    const [fast, slow] = [0.1, 0.001].map(
      (learningRate) => new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate, momentum: 0.9 }) }),
    );
    const plain = new ReferenceTraining(model, 'squared', sgd({ learningRate: 0.1, momentum: 0.9 }));
    fast!.step(x(examples), y(examples));
    plain.step(examples);
    const before = model.parameters.slice();
    slow!.step(x(examples), y(examples));
    plain.network.parameters.forEach((theta, i) => {
      plain.network.parameters[i] = theta + (model.parameters[i]! - before[i]!);
    });
    fast!.step(x(examples), y(examples));
    plain.step(examples);
    expect(greatestError(model.parameters, plain.network.parameters)).toBeLessThan(1e-12);
  });
});

const rules: [string, Rule][] = [
  ['sgd', sgd({ learningRate: 0.05, momentum: 0.8, weightDecay: 0.1 })],
  ['momentum that looks ahead', momentum({ learningRate: 0.05, nesterov: true })],
  ['scheduleFree', scheduleFree({ learningRate: 0.05 })],
  [
    'scheduleFree under schedules',
    scheduleFree({
      base: 'adamw',
      learningRate: 0.05,
      beta1: linearSchedule({ from: 0.9, to: 0.5, steps: 10 }),
    }),
  ],
  ['asgd', { name: 'asgd', learningRate: 0.05, t0: 1, lambda: 0.1 }],
  ['sam', sam(adamw({ learningRate: 0.02 }), { radius: 0.1 })],
  ['lookahead', lookahead(adam({ learningRate: 0.02 }), { steps: 3, alpha: 0.4 })],
];

const wrappings: [string, Wrapping][] = [
  ['nothing', {}],
  ['clip: { norm }', { clip: { norm: 0.3 } }],
  ['clip: { adaptive }', { clip: { adaptive: 0.05 } }],
  ['average: polyak', { average: polyak({ start: 2 }) }],
  ['average: ema', { average: ema({ decay: 0.8 }) }],
  ['average: swa', { average: swa({ start: 2, every: 2 }) }],
  ['maximize', { maximize: true, clip: { value: 0.1 } }],
];

describe.each(rules)('a trainer by %s', (_, rule) => {
  test.each(wrappings)('under %s leaves the evaluation parameters in the model after each step', (_, wrapping) => {
    const model = make();
    const trainer = new Trainer(model, { loss: 'squared', optimizer: rule, ...wrapping });
    const byHand = new HandDriven(make(), rule, wrapping);
    for (const batch of minibatches()) {
      expect(trainer.step(x(batch), y(batch)).loss).toBeCloseTo(byHand.step(batch), 10);
      expect(greatestError(model.parameters, byHand.evaluated())).toBeLessThan(1e-11);
      expect(trainer.steps).toBe(byHand.optimizer.steps);
    }
  });
});

describe('parameters that the caller changes between steps', () => {
  test.each([
    ['sgd', { optimizer: sgd() }],
    ['an average', { optimizer: sgd(), average: ema({ decay: 0.99 }) }],
  ])('are the start of the next step, by %s', async (_, options) => {
    const model = make();
    const trainer = new Trainer(model, { loss: 'squared', ...options });
    for (const batch of minibatches()) trainer.step(x(batch), y(batch));
    model.parameters.set(make().parameters);
    const reference = new ReferenceNetwork(make());
    expect(trainer.step(x(examples), y(examples)).loss).toBeCloseTo(reference.loss(examples, 'squared'), 12);
    model.parameters.set(make().parameters);
    const { epochs } = await trainer.fit(data, { batchSize: 50 });
    expect(epochs[0]!.loss).toBeCloseTo(reference.loss(examples, 'squared'), 12);
  });
});
