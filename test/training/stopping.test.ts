import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { task } from '../support/examples';
import { range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { expectRefusal } from '../support/refusals';

const batchSize = 16;
const make = () => network({ inputs: 20, layers: [dense(64, { activation: 'relu' }), dense(3)], seed: 1 });
const { data } = task(500, 20, 3, 'crossEntropy', 'classes');
const long = endless(data);
const options = { loss: 'crossEntropy', optimizer: adam(), batchSize, shuffle: false } as const;

/** The parameters after exactly this many steps. */
async function after(steps: number) {
  const model = make();
  if (steps > 0) await model.fit(long.select(range(steps * batchSize)), options);
  return model.parameters;
}

describe('a run that is aborted in the middle of an epoch', () => {
  test('rejects with the reason, and leaves the parameters of its last step', async () => {
    const [model, controller] = [make(), new AbortController()];
    const run = model.fit(long, { ...options, signal: controller.signal });
    await reached(run, 10);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    const { steps, totalSteps, epoch } = run.progress;
    expect(steps).toBeGreaterThanOrEqual(10);
    expect(steps).toBeLessThan(totalSteps);
    expect(epoch).toBe(1);
    expectSameBits(model.parameters, await after(steps));
  });

  test('ends although its signal throws when the listener is removed', async () => {
    const mine = new Error('mine');
    const signal = {
      aborted: false,
      addEventListener() {},
      removeEventListener() {
        throw mine;
      },
    };
    const model = make();
    await expect(model.fit(data, { ...options, signal: signal as never })).rejects.toBe(mine);
    expect(await model.fit(data, options)).toMatchObject({ status: 'completed' });
  });

  test('takes no further step', async () => {
    const [model, controller] = [make(), new AbortController()];
    const run = model.fit(long, { ...options, signal: controller.signal });
    await reached(run, 1);
    controller.abort();
    await expect(run).rejects.toHaveProperty('name', 'AbortError');
    const then = model.parameters.slice();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expectSameBits(model.parameters, then);
  });

  test.each([['a string'], [42], [null], [false]])('rejects with any reason, as %p', async (reason) => {
    const controller = new AbortController();
    const run = make().fit(long, { ...options, signal: controller.signal });
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
  });

  test('leaves the model ready to continue', async () => {
    const [model, controller] = [make(), new AbortController()];
    const run = model.fit(long, { ...options, signal: controller.signal });
    expectRefusal(() => model.fit(data, options), 'ERR_BUSY');
    controller.abort();
    await expect(run).rejects.toBeDefined();
    expect(await model.fit(data, options)).toMatchObject({ status: 'completed' });
    expect(model.predict(data).every(Number.isFinite)).toBe(true);
  });

  test('gives the reason to loops over it', async () => {
    const controller = new AbortController();
    const run = make().fit(long, { ...options, signal: controller.signal });
    const iterated = (async () => {
      for await (const _ of run);
    })();
    controller.abort('iterated');
    await expect(iterated).rejects.toBe('iterated');
  });
});

describe('a signal', () => {
  test('prevents a run from starting if it is already aborted', async () => {
    const model = make();
    const run = model.fit(long, { ...options, signal: AbortSignal.abort('before') });
    await expect(run).rejects.toBe('before');
    expect(run.progress).toEqual({ epoch: 0, epochs: 1, steps: 0, totalSteps: Math.ceil(1_000_000 / batchSize) });
    expectSameBits(model.parameters, make().parameters);
    expect(await model.fit(data, options)).toMatchObject({ status: 'completed' });
  });

  test('can be a timeout', async () => {
    const run = make().fit(long, { ...options, epochs: 1e6, signal: AbortSignal.timeout(10) });
    await expect(run).rejects.toHaveProperty('name', 'TimeoutError');
  });

  test('changes nothing if it is aborted after the end', async () => {
    const controller = new AbortController();
    const run = make().fit(data, { ...options, signal: controller.signal });
    const history = await run;
    controller.abort();
    expect(await run).toBe(history);
    expect(history.status).toBe('completed');
  });

  test('has no listeners after the run has ended', async () => {
    const { signal } = new AbortController();
    const [added, removed] = [jest.spyOn(signal, 'addEventListener'), jest.spyOn(signal, 'removeEventListener')];
    await make().fit(data, { ...options, signal });
    expect(removed.mock.calls.map(([type, listener]) => [type, listener])).toEqual(
      added.mock.calls.map(([type, listener]) => [type, listener]),
    );
    expect(added).toHaveBeenCalledTimes(1);
  });

  test('is refused if it has no listeners, and the model stays free', async () => {
    const model = make();
    const { signal } = new AbortController();
    jest.spyOn(signal, 'addEventListener').mockImplementation(() => {
      throw new Error('deaf');
    });
    expect(() => model.fit(data, { ...options, signal })).toThrow('deaf');
    expect(await model.fit(data, options)).toMatchObject({ status: 'completed' });
  });

  test('can end several runs', async () => {
    const controller = new AbortController();
    const runs = range(3).map(() => make().fit(long, { ...options, signal: controller.signal }));
    const all = Promise.allSettled(runs);
    controller.abort('all');
    expect(await all).toEqual(runs.map(() => ({ status: 'rejected', reason: 'all' })));
  });
});

describe('stop()', () => {
  test('ends a run after the current step, and its promise is fulfilled', async () => {
    const model = make();
    const run = model.fit(long, options);
    await reached(run, 10);
    run.stop();
    const history = await run;
    expect(history).toEqual({ status: 'stopped', epochs: [], steps: run.progress.steps });
    expectSameBits(model.parameters, await after(history.steps));
  });

  test('keeps the reports of the finished epochs', async () => {
    const run = make().fit(data, { ...options, epochs: 1_000_000 });
    for await (const { epoch } of run) if (epoch === 3) run.stop();
    const { status, epochs, steps } = await run;
    expect(status).toBe('stopped');
    expect(epochs.map(({ epoch }) => epoch)).toEqual(range(epochs.length).map((i) => i + 1));
    expect(epochs.length).toBeGreaterThanOrEqual(3);
    expect(steps).toBeGreaterThanOrEqual(epochs.at(-1)!.steps);
  });

  test('can be called immediately, repeatedly, and after the end', async () => {
    const run = make().fit(long, options);
    run.stop();
    run.stop();
    const history = await run;
    expect(history.status).toBe('stopped');
    run.stop();
    expect(await run).toBe(history);
  });

  test('ends a run during validation', async () => {
    const run = make().fit(data, { ...options, validation: long, epochs: 1_000_000 });
    await reached(run, Math.ceil(500 / batchSize));
    run.stop();
    expect(await run).toMatchObject({ status: 'stopped' });
  });

  test('ends one of several runs', async () => {
    const [first, second] = [make().fit(long, options), make().fit(data, { ...options, epochs: 20 })];
    first.stop();
    expect((await first).status).toBe('stopped');
    expect((await second).status).toBe('completed');
  });
});
