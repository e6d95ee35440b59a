import '../../lib/optimizers/lamb';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { ema, polyak, swa } from '../../lib/optimizers/average';
import { lookahead } from '../../lib/optimizers/lookahead';
import { momentum } from '../../lib/optimizers/momentum';
import { muon } from '../../lib/optimizers/muon';
import type { Rule } from '../../lib/optimizers/rule';
import { sam } from '../../lib/optimizers/sam';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import type { History } from '../../lib/training/history';
import { type Network, network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { dataOf, task } from '../support/examples';
import { HandDriven, type Wrapping } from '../support/hand_driven';
import { range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import type { Example } from '../support/reference_network';
import { expectRefusal, expectRejection } from '../support/refusals';

const make = () =>
  network({ inputs: 4, layers: [dense(8, { activation: 'tanh' }), dense(3)], type: 'float64', seed: 6 });
const { examples } = task(50, 4, 3, 'squared', 'numbers');
const held = task(20, 4, 3, 'squared', 'numbers');

const hasNumbers = ({ inputs }: Example) => Array.from(inputs).every(Number.isFinite);

/** The examples of each step in an epoch: `accumulate` finite minibatches. */
function batchesOf(some: Example[], batchSize: number, accumulate = 1): Example[][] {
  const minibatches = range(Math.ceil(some.length / batchSize))
    .map((i) => some.slice(i * batchSize, (i + 1) * batchSize))
    .filter((minibatch) => minibatch.every(hasNumbers));
  return range(Math.ceil(minibatches.length / accumulate)).map((i) =>
    minibatches.slice(i * accumulate, (i + 1) * accumulate).flat(),
  );
}

const epochs = 3;
const batchSize = 8;

/** Trains with `fit` and by hand, and expects equal losses and final parameters. */
async function expectSameRun(
  rule: Rule,
  wrapping: Wrapping,
  some: Example[] = examples,
  maker: () => Network = make,
): Promise<History> {
  const model = maker();
  const byHand = new HandDriven(maker(), rule, wrapping);
  const history = await model.fit(dataOf(some), {
    ...wrapping,
    loss: 'squared',
    optimizer: rule,
    batchSize,
    epochs,
    shuffle: false,
    validation: held.data,
  });
  for (const { loss, validation, steps } of history.epochs) {
    const losses = batchesOf(some, batchSize, wrapping.accumulate).map((batch) => batch.length * byHand.step(batch));
    const count = batchesOf(some, batchSize).flat().length;
    expect(loss).toBeCloseTo(losses.reduce((sum, one) => sum + one, 0) / count, 10);
    expect(steps).toBe(byHand.optimizer.steps);
    expect(validation!.loss).toBeCloseTo(byHand.loss(held.examples), 10);
  }
  expect(history.epochs).toHaveLength(epochs);
  expect(greatestError(model.parameters, byHand.evaluated())).toBeLessThan(1e-11);
  const plain = maker();
  await plain.fit(dataOf(some.filter(hasNumbers)), {
    loss: 'squared',
    optimizer: rule,
    batchSize,
    epochs,
    shuffle: false,
  });
  if (Object.keys(wrapping).length > 0) expect(greatestError(model.parameters, plain.parameters)).toBeGreaterThan(1e-6);
  return history;
}

const rules: [string, Rule][] = [
  ['sgd', sgd({ learningRate: 0.1, momentum: 0.8, weightDecay: 0.1 })],
  ['momentum that looks ahead', momentum({ learningRate: 0.1, nesterov: true })],
  ['adamw under a schedule', adamw({ learningRate: cosine({ from: 0.05, to: 0.01, steps: 15 }), weightDecay: 0.3 })],
  ['lamb', { name: 'lamb', learningRate: 0.02, weightDecay: 0.1 }],
  ['muon', muon({ learningRate: 0.05, outputs: 'columns' })],
  ['scheduleFree', scheduleFree({ base: 'adamw', learningRate: 0.05 })],
];

const wrappings: [string, Wrapping][] = [
  ['clip: { value }', { clip: { value: 0.05 } }],
  ['clip: { norm }', { clip: { norm: linearSchedule({ from: 0.5, to: 0.1, steps: 20 }) } }],
  ['clip: { adaptive } by columns', { clip: { adaptive: 0.05 } }],
  ['clip: { adaptive } by rows', { clip: { adaptive: 0.05, units: 'rows', epsilon: 0.5 } }],
  ['accumulate', { accumulate: 3 }],
  ['average: polyak', { average: polyak({ start: 5 }) }],
  ['average: ema', { average: ema({ decay: 0.8 }) }],
  ['average: swa', { average: swa({ start: 4, every: 3 }) }],
  ['maximize', { maximize: true }],
  [
    'groups',
    {
      groups: [
        { tensors: ['layers.1.weight'], learningRate: 0.01 },
        { tensors: ['layers.0.bias', 'layers.1.bias'], learningRate: 0.2 },
      ],
    },
  ],
  ['a frozen group', { groups: [{ tensors: ['layers.0.weight', 'layers.1.bias'], frozen: true }] }],
  [
    'a group with a rule of its own',
    { groups: [{ tensors: ['layers.0.weight'], rule: adam({ beta1: 0.5 }), learningRate: 0.03 }] },
  ],
  [
    'most of them',
    {
      clip: { norm: 0.3 },
      accumulate: 2,
      average: ema({ decay: 0.5 }),
      groups: [
        { tensors: ['layers.1.weight'], learningRate: 0.01 },
        { tensors: ['layers.0.bias'], frozen: true },
      ],
    },
  ],
];

describe.each(rules)('a run of %s', (_, rule) => {
  test.each(wrappings)('under %s equals driving the rule by hand', async (name, wrapping) => {
    // Maximizing a loss without an upper bound diverges unless steps are clipped.
    await expectSameRun(rule, name === 'maximize' ? { ...wrapping, clip: { norm: 0.1 } } : wrapping);
  });

  test('under sam equals driving the rule by hand', async () => {
    await expectSameRun(sam(rule, { radius: 0.1 }), {});
    await expectSameRun(sam(rule, { radius: linearSchedule({ from: 0.5, to: 0, steps: 20 }) }), {
      accumulate: 1,
      groups: [{ tensors: ['layers.0.weight'], frozen: true }],
    });
  });

  test('under lookahead equals driving the rule by hand', async () => {
    await expectSameRun(lookahead(rule, { steps: 4, alpha: 0.3 }), {});
    await expectSameRun(sam(lookahead(rule, { steps: 2, alpha: 0.7 })), { average: polyak() });
  });

  test('that skips a non-finite gradient continues without it', async () => {
    const spoiled = examples.map((example, i) => (i === 20 ? { ...example, inputs: [1, NaN, 2, 3] } : example));
    for (const wrapping of [{}, { accumulate: 2, average: polyak() }]) {
      const { epochs: reports, steps } = await expectSameRun(rule, { ...wrapping, onNonFinite: 'skip' }, spoiled);
      expect(reports.map(({ skipped }) => skipped)).toEqual([1, 2, 3]);
      expect(reports.every(({ loss }) => Number.isFinite(loss))).toBe(true);
      expect(steps).toBe('accumulate' in wrapping ? 9 : 18);
    }
  });
});

describe('a run', () => {
  test('that skips the last minibatch of an epoch takes a step with the waiting ones', async () => {
    for (const spoiledRow of [48, 40]) {
      const spoiled = examples.map((example, i) =>
        i === spoiledRow ? { ...example, inputs: [NaN, 0, 0, 0] } : example,
      );
      for (const rule of [
        sgd({ learningRate: 0.1, momentum: 0.9 }),
        momentum({ nesterov: true }),
        adam({ epsilon: 0 }),
      ]) {
        const { steps } = await expectSameRun(rule, { accumulate: 4, onNonFinite: 'skip' }, spoiled);
        expect(steps).toBe(6);
      }
    }
  });

  test('fails at a non-finite gradient by default', async () => {
    const spoiled = dataOf(examples.map((example, i) => (i === 20 ? { ...example, inputs: [1, NaN, 2, 3] } : example)));
    const options = { loss: 'squared', optimizer: sgd(), batchSize, shuffle: false } as const;
    for (const onNonFinite of [undefined, 'throw'] as const)
      await expectRejection(make().fit(spoiled, { ...options, onNonFinite }), 'ERR_NON_FINITE', 'step 3', 'NaN');
    const { epochs: reports } = await make().fit(dataOf(examples), options);
    expect(reports[0]).not.toHaveProperty('skipped');
  });

  test('that skips everything takes no step', async () => {
    const model = make();
    const nothing = dataOf(examples.map((example) => ({ ...example, inputs: [NaN, 0, 0, 0] })));
    const { steps, epochs: reports } = await model.fit(nothing, {
      loss: 'squared',
      optimizer: adam(),
      onNonFinite: 'skip',
      batchSize,
    });
    expect([steps, reports[0]!.skipped]).toEqual([0, 7]);
    expectSameBits(model.parameters, make().parameters);
  });

  test.each(['bfloat16', 'uint8'] as const)('keeps state in %s', async (state) => {
    const wide = () =>
      network({ inputs: 64, layers: [dense(64, { activation: 'tanh' }), dense(3)], type: 'float64', seed: 6 });
    const some = task(24, 64, 3, 'squared', 'numbers');
    for (const rule of [adamw({ learningRate: 0.01 }), momentum({ nesterov: true, learningRate: 0.05 })]) {
      const model = wide();
      const byHand = new HandDriven(wide(), rule, { state });
      const options = { loss: 'squared', optimizer: rule, batchSize, epochs: 2, shuffle: false } as const;
      await model.fit(some.data, { ...options, state });
      for (const _ of range(2)) for (const batch of batchesOf(some.examples, batchSize)) byHand.step(batch);
      expect(greatestError(model.parameters, byHand.evaluated())).toBeLessThan(1e-11);
      const full = wide();
      await full.fit(some.data, options);
      expect(greatestError(model.parameters, full.parameters)).toBeGreaterThan(1e-6);
    }
  });

  test('minimises by default', async () => {
    const [down, up] = [false, true].map((maximize) => ({ model: make(), maximize }));
    const before = make().evaluate(dataOf(examples), { loss: 'squared' }).loss;
    for (const { model, maximize } of [down!, up!])
      await model.fit(dataOf(examples), { loss: 'squared', optimizer: sgd({ learningRate: 0.01 }), maximize });
    expect(down!.model.evaluate(dataOf(examples), { loss: 'squared' }).loss).toBeLessThan(before);
    expect(up!.model.evaluate(dataOf(examples), { loss: 'squared' }).loss).toBeGreaterThan(before);
  });

  test('lets groups set whether biases decay', async () => {
    const decayed = async (group: object) => {
      const model = network({ inputs: 4, layers: [dense(3)], type: 'float64', seed: 6 });
      const bias = model.tensors.get('layers.0.bias')!.data;
      bias.set([1, 1, 1]);
      const targets = new Dataset({ inputs: [[0, 0, 0, 0]], targets: [[1, 1, 1]] });
      await model.fit(targets, {
        loss: 'squared',
        optimizer: adamw({ learningRate: 0.5, weightDecay: 0.5 }),
        groups: [{ tensors: ['layers.0.bias'], ...group }],
      });
      return bias[0];
    };
    expect(await decayed({})).toBe(1);
    expect(await decayed({ weightDecay: undefined })).toBe(1);
    expect(await decayed({ weightDecay: 1 })).toBe(0.5);
  });
});

describe('averages in a run', () => {
  /** An average that stays at the parameters after the first step. */
  const average = swa({ start: 1, every: 1_000_000_000 });
  const options = { loss: 'squared', optimizer: sgd({ learningRate: 0.05 }), batchSize, shuffle: false } as const;
  const x = Float64Array.of(0.3, -1, 2, 0.5);

  const afterOneStep = async () => {
    const model = make();
    await model.fit(dataOf(examples.slice(0, batchSize)), options);
    return model;
  };

  test('give the predictions meanwhile, and remain when it is stopped', async () => {
    const [model, first] = [make(), await afterOneStep()];
    const before = [...model.predict(x)];
    const run = model.fit(endless(dataOf(examples)), { ...options, average, epochs: 1000 });
    await reached(run, 2);
    let now = before;
    while (now.every((value, i) => value === before[i])) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      now = [...model.predict(x)];
    }
    for (const _ of range(20)) {
      expect([...model.predict(x)]).toEqual([...first.predict(x)]);
      expect(model.evaluate(held.data, { loss: 'squared' }).loss).toBe(
        first.evaluate(held.data, { loss: 'squared' }).loss,
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    run.stop();
    const { status, steps } = await run;
    expect(status).toBe('stopped');
    expect(steps).toBeGreaterThan(10);
    expectSameBits(model.parameters, first.parameters);
    expect([...model.predict(x)]).toEqual([...first.predict(x)]);
  });

  test('are validated, and remain at the end', async () => {
    const [model, first] = [make(), await afterOneStep()];
    const { epochs: reports } = await model.fit(dataOf(examples), {
      ...options,
      average,
      epochs: 4,
      validation: held.data,
    });
    const { loss } = first.evaluate(held.data, { loss: 'squared' });
    for (const { validation } of reports) expect(validation!.loss).toBe(loss);
    expectSameBits(model.parameters, first.parameters);
  });
});

describe('groups of tensors', () => {
  const refused = (groups: unknown, ...[code, ...names]: [Parameters<typeof expectRefusal>[1], ...string[]]) =>
    expectRefusal(
      () => make().fit(dataOf(examples), { loss: 'squared', optimizer: adam(), groups: groups as [] }),
      code,
      ...names,
    );
  const tensors = ['layers.0.weight'];

  test('have names in errors', () => {
    refused({}, 'ERR_INVALID_ARGUMENT', 'groups', 'array');
    refused([{}], 'ERR_INVALID_ARGUMENT', 'groups[0]', 'tensors');
    refused([{ tensors: ['layers.0.weights'] }], 'ERR_INVALID_ARGUMENT', '"layers.0.weights"', '"layers.0.weight"');
    refused([{ tensors }, { tensors }], 'ERR_INVALID_ARGUMENT', '"layers.0.weight"', 'two groups');
    refused([{ tensors, learningrate: 1 }], 'ERR_INVALID_ARGUMENT', 'groups[0]', '"learningrate"', '"learningRate"');
    refused([{ tensors: [] }, { tensors, frozen: 0 }], 'ERR_INVALID_ARGUMENT', 'groups[1].frozen', 'boolean');
    refused([{ tensors, rule: lookahead(adam()) }], 'ERR_INVALID_ARGUMENT', 'groups[0].rule', 'lookahead');
    refused([{ tensors, beta1: 1 }], 'ERR_OUT_OF_RANGE', 'beta1', '1');
  });
});
