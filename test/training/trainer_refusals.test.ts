import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { ema } from '../../lib/optimizers/average';
import type { Rule } from '../../lib/optimizers/rule';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { piecewise as piecewiseSchedule } from '../../lib/schedules/piecewise';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { detach } from '../support/buffers';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { endless } from '../support/progress';
import { expectRefusal } from '../support/refusals';

const make = () => network({ inputs: 2, layers: [dense(3)], seed: 1 });
const options = { loss: 'crossEntropy', optimizer: adam() } as const;
type Refusal = Parameters<typeof expectRefusal>[1];

/** Expects that a step is refused, and that it does not change the steps after it. */
function expectRefused(x: unknown, y: unknown, given: unknown, code: Refusal, ...names: string[]): void {
  const [model, other] = [make(), make()];
  const optimizer = scheduleFree({ learningRate: 0.1 });
  const [trainer, untried] = [model, other].map((one) => new Trainer(one, { ...options, optimizer }));
  for (const _ of range(2)) {
    expectRefusal(() => trainer!.step(x as number[], y as number[], given as object), code, ...names);
    expectSameBits(model.parameters, other.parameters);
    for (const one of [trainer!, untried!]) one.step([1, 2, 3, 4], [0, 2]);
    expectSameBits(model.parameters, other.parameters);
  }
}

describe('a step', () => {
  test('requires inputs in whole rows', () => {
    for (const x of [undefined, null, 'x', {}, 5, new Dataset({ inputs: [[1, 2]] })])
      expectRefused(x, [0], undefined, 'ERR_INVALID_ARGUMENT', 'x');
    expectRefused([1, 2, 3], [0], undefined, 'ERR_SHAPE', 'x has 3 elements', 'number of inputs, 2');
    expectRefused([[1, 2], [3]], [0, 1], undefined, 'ERR_SHAPE', 'x[1] has 1 elements');
    expectRefused([], [], undefined, 'ERR_SHAPE', 'x is empty');
    expectRefused([1, '2'], [0], undefined, 'ERR_INVALID_ARGUMENT', 'x[1]');
  });

  test('requires targets for each row', () => {
    for (const y of [undefined, null, 1, 'a']) expectRefused([1, 2], y, undefined, 'ERR_INVALID_ARGUMENT', 'targets');
    expectRefused([1, 2, 3, 4], [0], undefined, 'ERR_SHAPE', 'targets has 1 elements for 2 rows');
    expectRefused([1, 2, 3, 4], [[0], [1], [2]], undefined, 'ERR_SHAPE', 'targets has 3 rows', '2');
    expectRefused([1, 2], [0, 1], undefined, 'ERR_SHAPE', '2 columns', '3 outputs');
    expectRefused([1, 2], [], undefined, 'ERR_SHAPE', 'targets is empty');
  });

  test('requires targets that fit the loss', () => {
    expectRefused([1, 2, 3, 4], [0, 3], undefined, 'ERR_OUT_OF_RANGE', 'targets[1] is 3', '3 outputs', 'from 0 to 2');
    expectRefused([1, 2, 3, 4], [0.5, 1], undefined, 'ERR_OUT_OF_RANGE', 'targets[0] is 0.5');
    expectRefused([1, 2], [NaN], undefined, 'ERR_NON_FINITE', 'targets[0] is NaN');
    expectRefused([1, 2], [[1, 1, 1]], undefined, 'ERR_OUT_OF_RANGE', 'targets[0]', 'sum to 3');
  });

  test('knows its options', () => {
    expectRefused([1, 2], [0], { scal: 1 }, 'ERR_INVALID_ARGUMENT', 'step', '"scal"', 'Did you mean "scale"?');
    expectRefused([1, 2], [0], { scale: NaN }, 'ERR_OUT_OF_RANGE', 'scale');
    expectRefused([1, 2], [0], { scale: '1' }, 'ERR_INVALID_ARGUMENT', 'scale');
    for (const given of [null, 1, 'scale']) expectRefused([1, 2], [0], given, 'ERR_INVALID_ARGUMENT', 'step');
  });

  test('refuses detached arrays', () => {
    const [x, y] = [new Float32Array(2), new Float64Array(1)];
    detach(x);
    detach(y);
    expectRefused(x, [0], undefined, 'ERR_DETACHED', 'x');
    expectRefused([1, 2], y, undefined, 'ERR_DETACHED', 'targets');
  });

  test('requires finite numbers in the loss, the gradient and the parameters', () => {
    expectRefused([NaN, 0], [0], undefined, 'ERR_NON_FINITE', 'the loss became NaN at step', 'nothing has changed');
    expectRefused([1e39, 0], [0], undefined, 'ERR_NON_FINITE', 'at step');
  });

  test.each<[string, Rule, object]>([
    ['sgd', sgd({ learningRate: 1e39, momentum: 0.9 }), {}],
    ['adam', adam({ learningRate: 1e39 }), {}],
    ['adam with an average', adam({ learningRate: 1e39 }), { average: ema({ decay: 0.5 }) }],
    ['scheduleFree', scheduleFree({ learningRate: 1e39 }), {}],
  ])('restores its state if %s would overflow', (_, rule, wrapping) => {
    const rate = piecewiseSchedule({ boundaries: [2, 3], values: [0.1, 1e39, 0.1] });
    const [model, other] = [make(), make()];
    const [trainer, calm] = [model, other].map(
      (one, i) =>
        new Trainer(one, {
          loss: 'crossEntropy',
          optimizer: { ...rule, learningRate: i === 0 ? rate : 0.1 } as Rule,
          ...wrapping,
        }),
    );
    for (const _ of range(2)) for (const one of [trainer!, calm!]) one.step([1, 2, 3, 4], [0, 2]);
    for (const _ of range(2)) {
      expectRefusal(
        () => trainer!.step([1, 2], [0]),
        'ERR_NON_FINITE',
        'the parameters became non-finite at step 3; nothing has changed',
      );
      expectSameBits(model.parameters, other.parameters);
    }
    expect(trainer!.steps).toBe(2);
  });

  test('is refused as usual if its gradient cannot be clipped', () => {
    const model = make();
    const trainer = new Trainer(model, { ...options, clip: { norm: 1 }, accumulate: 2 });
    trainer.step([1, 2], [0]);
    expectRefusal(() => trainer.step([NaN, 2], [0]), 'ERR_NON_FINITE', 'step 1');
    const other = make();
    const alone = new Trainer(other, { ...options, clip: { norm: 1 }, accumulate: 2 });
    for (const one of [trainer, alone]) one.step([1, 2], [0]);
    alone.step([1, 2], [0]);
    expectSameBits(model.parameters, other.parameters);
  });

  test('is refused if a schedule leaves its range', () => {
    const learningRate = piecewiseSchedule({ boundaries: [1], values: [0.1, -0.1] });
    const [model, other] = [make(), make()];
    const trainer = new Trainer(model, { ...options, optimizer: sgd({ learningRate }) });
    const calm = new Trainer(other, { ...options, optimizer: sgd({ learningRate: 0.1 }) });
    for (const one of [trainer, calm]) one.step([1, 2], [0]);
    expectRefusal(() => trainer.step([1, 2], [0]), 'ERR_OUT_OF_RANGE', 'learningRate', '-0.1');
    expectSameBits(model.parameters, other.parameters);
    expect(trainer.steps).toBe(1);
  });
});

describe('a trainer', () => {
  test('requires a network', () => {
    for (const model of [undefined, null, {}, 'model', Object.create(make())])
      expectRefusal(() => new Trainer(model, options), 'ERR_INVALID_ARGUMENT', 'model', 'a network');
  });

  test('knows its options, and refuses those of runs', () => {
    const refuse = (given: object, code: Refusal, ...names: string[]) =>
      expectRefusal(() => new Trainer(make(), { ...options, ...given }), code, ...names);
    refuse({ metric: [] }, 'ERR_INVALID_ARGUMENT', 'Trainer', '"metric"', 'Did you mean "metrics"?');
    for (const name of ['batchSize', 'epochs', 'validation', 'shuffle', 'signal', 'monitor'])
      refuse({ [name]: 1 }, 'ERR_INVALID_ARGUMENT', 'Trainer', `"${name}"`);
    refuse({ loss: 'cubed' }, 'ERR_INVALID_ARGUMENT', 'loss', '"cubed"');
    refuse({ optimizer: 'adam' }, 'ERR_INVALID_ARGUMENT', 'rule');
    refuse({ metrics: ['accurcy'] }, 'ERR_INVALID_ARGUMENT', '"accurcy"');
    refuse({ seed: -1 }, 'ERR_OUT_OF_RANGE', 'seed');
    refuse({ accumulate: 0 }, 'ERR_OUT_OF_RANGE', 'accumulate');
    refuse({ groups: [{ tensors: ['layers.9.weight'] }] }, 'ERR_INVALID_ARGUMENT', 'tensor', 'layers.9.weight');
    for (const given of [undefined, null, 'fast'])
      expectRefusal(() => new Trainer(make(), given as never), 'ERR_INVALID_ARGUMENT', 'Trainer', 'object');
  });

  test('has runs that know their options, and refuse those of the trainer', () => {
    const trainer = new Trainer(make(), options);
    const data = new Dataset({ inputs: [[1, 2]], targets: [0] });
    const refuse = (given: object, code: Refusal, ...names: string[]) =>
      expectRefusal(() => trainer.fit(data, given), code, ...names);
    for (const name of ['loss', 'optimizer', 'seed', 'clip'])
      refuse({ [name]: 1 }, 'ERR_INVALID_ARGUMENT', 'Trainer.fit', `"${name}"`);
    refuse({ epoch: 1 }, 'ERR_INVALID_ARGUMENT', 'It is called "epochs" here.');
    for (const name of ['batchSize', 'epochs']) refuse({ [name]: 0 }, 'ERR_OUT_OF_RANGE', name, '0');
    refuse({ monitor: 'loss' }, 'ERR_INVALID_ARGUMENT', 'reduceOnPlateau');
    expectRefusal(() => trainer.fit([[1, 2]] as never), 'ERR_INVALID_ARGUMENT', 'training data');
    expectRefusal(() => trainer.fit(new Dataset({ inputs: [[1]], targets: [0] })), 'ERR_SHAPE', '1 columns');
  });
});

describe('a model that is being trained', () => {
  test('is busy for other runs and steps, of its trainer and of others', async () => {
    const { data } = task(40, 2, 3, 'crossEntropy', 'classes');
    const model = make();
    const [trainer, other] = [new Trainer(model, options), new Trainer(model, options)];
    for (const run of [() => trainer.fit(endless(data)), () => model.fit(endless(data), options)]) {
      const running = run();
      for (const one of [trainer, other]) {
        expectRefusal(() => one.step([1, 2], [0]), 'ERR_BUSY', 'stop()');
        expectRefusal(() => one.fit(data), 'ERR_BUSY', 'stop()');
      }
      expectRefusal(() => model.fit(data, options), 'ERR_BUSY');
      running.stop();
      await running;
    }
    const { steps } = trainer;
    expect(trainer.step([1, 2], [0]).steps).toBe(steps + 1);
    expect(other.step([1, 2], [0]).steps).toBe(1);
  });
});

test('sparse: "lazy" requires a network with trainable sparse rows', () => {
  const lazy = { ...options, sparse: 'lazy' } as const;
  const data = new Dataset({ inputs: [[1, 2]], targets: [0] });
  for (const call of [() => new Trainer(make(), lazy), () => make().fit(data, lazy)])
    expectRefusal(call, 'ERR_INVALID_ARGUMENT', 'sparse "lazy"', 'embedding', 'sparse inputs');
  const sparseModel = () => network({ inputs: { sparse: 2 }, layers: [dense(3)] });
  const frozen = { ...lazy, groups: [{ tensors: ['layers.0.weight'], frozen: true }] };
  expectRefusal(() => new Trainer(sparseModel(), frozen), 'ERR_INVALID_ARGUMENT', 'sparse "lazy"');
  expect(new Trainer(sparseModel(), lazy).steps).toBe(0);
});

describe('a disposed trainer', () => {
  test('refuses to train, and keeps its counts', async () => {
    const trainer = new Trainer(make(), options);
    trainer.step([1, 2], [0]);
    trainer.dispose();
    trainer[Symbol.dispose]();
    expectRefusal(() => trainer.step([1, 2], [0]), 'ERR_DISPOSED', 'trainer');
    expectRefusal(() => trainer.fit(new Dataset({ inputs: [[1, 2]], targets: [0] })), 'ERR_DISPOSED', 'trainer');
    expect(trainer.steps).toBe(1);
  });

  test('ends its current run', async () => {
    const { data } = task(40, 2, 3, 'crossEntropy', 'classes');
    const [model, other] = [make(), make()];
    const trainer = new Trainer(model, options);
    const run = trainer.fit(data, { epochs: 20 });
    trainer.dispose();
    expect((await run).steps).toBe(40);
    expect(trainer.steps).toBe(40);
    await other.fit(data, { ...options, epochs: 20 });
    expectSameBits(model.parameters, other.parameters);
    expectRefusal(() => trainer.step([1, 2], [0]), 'ERR_DISPOSED');
  });
});
