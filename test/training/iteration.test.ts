import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { sgd } from '../../lib/optimizers/sgd';
import type { EpochReport } from '../../lib/training/history';
import { network } from '../../lib/training/network';
import type { Run } from '../../lib/training/run';
import { runModule } from '../support/child';
import { task, unseen } from '../support/examples';
import { range } from '../support/numbers';
import { endless, reached } from '../support/progress';
import { expectErrorOf, expectRejection } from '../support/refusals';

const make = () => network({ inputs: 3, layers: [dense(2)] });
const { data } = task(40, 3, 2, 'squared', 'numbers');
const options = { loss: 'squared', optimizer: sgd(), batchSize: 10, epochs: 5 } as const;

async function listed(run: Run): Promise<EpochReport[]> {
  const reports: EpochReport[] = [];
  for await (const report of run) reports.push(report);
  return reports;
}

/** A run that fails in its second minibatch. */
function failing(): Run {
  const inputs = range(20).map((i) => [i === 15 ? NaN : 1]);
  const rows = new Dataset({ ...unseen(inputs), targets: range(20) });
  return network({ inputs: 1, layers: [dense(1)] }).fit(rows, {
    loss: 'squared',
    optimizer: sgd(),
    batchSize: 10,
    shuffle: false,
  });
}

describe('the reports of a run', () => {
  test('are not changed by changes of a history', async () => {
    const run = make().fit(data, { ...options, epochs: 3 });
    (await run).epochs.pop();
    const seen: number[] = [];
    for await (const { epoch } of run) seen.push(epoch);
    expect(seen).toEqual([1, 2, 3]);
  });
});

describe('iterating over a run', () => {
  test('gives the report of each epoch, in order, and ends', async () => {
    const run = make().fit(data, options);
    const reports = await listed(run);
    expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
    expect((await run).epochs).toEqual(reports);
  });

  test('gives all of them again after the end', async () => {
    const run = make().fit(data, options);
    const { epochs } = await run;
    expect(await listed(run)).toEqual(epochs);
    expect(await listed(run)).toEqual(epochs);
  });

  test('can be done by several loops at the same time', async () => {
    const run = make().fit(data, options);
    const lists = await Promise.all([listed(run), listed(run), listed(run)]);
    for (const list of lists) expect(list.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
  });

  test('can begin late', async () => {
    const run = make().fit(data, options);
    let seen = 0;
    for await (const { epoch } of run) {
      seen = epoch;
      if (epoch === 2) break;
    }
    expect(seen).toBe(2);
    expect((await listed(run)).map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
  });

  test('does not stop the run when a loop breaks', async () => {
    const run = make().fit(data, options);
    for await (const _ of run) break;
    expect(await run).toMatchObject({ status: 'completed', steps: 20 });
  });

  test('ends when the run is stopped', async () => {
    const run = make().fit(endless(data), options);
    void reached(run, 1).then(() => run.stop());
    expect(await listed(run)).toEqual([]);
    expect((await run).status).toBe('stopped');
  });

  test('throws the error of the run, after the epochs that ended well', async () => {
    const run = failing();
    await expectRejection(listed(run), 'ERR_NON_FINITE', 'step 2');
    await expectRejection(listed(run), 'ERR_NON_FINITE', 'step 2');
    await expectRejection(run, 'ERR_NON_FINITE', 'step 2');
  });
});

describe('awaiting a run', () => {
  test('gives the same history each time', async () => {
    const run = make().fit(data, options);
    const [first, second] = await Promise.all([run, run]);
    expect(first).toBe(second);
    expect(await run).toBe(first);
    expect(first).toMatchObject({ status: 'completed', steps: 20 });
  });

  test('works with then, catch and finally', async () => {
    const run = make().fit(data, options);
    const ended = jest.fn();
    expect(await run.then(({ steps }) => steps)).toBe(20);
    expect(await run.catch(() => 'failed')).toBe(await run);
    expect(await run.finally(ended)).toBe(await run);
    expect(ended).toHaveBeenCalledTimes(1);

    const failed = failing();
    expectErrorOf(await failed.catch((error: unknown) => error), 'ERR_NON_FINITE');
    expectErrorOf(
      await failed.then(
        () => 'fulfilled',
        (error: unknown) => error,
      ),
      'ERR_NON_FINITE',
    );
    await expectRejection(failed.finally(ended), 'ERR_NON_FINITE');
    expect(ended).toHaveBeenCalledTimes(2);
  });
});

describe('a failure in a process', () => {
  const source = (use: string) => `
    import { Dataset, dense, float32, network, sgd } from 'glissade';
    const inputs = float32(2).fill(NaN, 1);
    const data = new Dataset({ inputs, columns: 1, targets: [0, 0] });
    const run = network({ inputs: 1, layers: [dense(1)] }).fit(data, { loss: 'squared', optimizer: sgd(), batchSize: 1 });
    ${use}
  `;

  test('is an unhandled rejection if nobody awaits the run', async () => {
    const { code, stderr } = await runModule(source(''));
    expect(code).toBe(1);
    expect(stderr).toContain('ERR_NON_FINITE');
    const heard = await runModule(
      source(`process.on('unhandledRejection', ({ code }) => console.log('unhandled', code));`),
    );
    expect(heard).toMatchObject({ code: 0, stdout: 'unhandled ERR_NON_FINITE\n' });
  });

  test.each([
    ['awaits it', `try { await run; } catch ({ code }) { console.log(code); }`],
    ['catches it', `run.catch(({ code }) => console.log(code));`],
    ['iterates', `try { for await (const _ of run); } catch ({ code }) { console.log(code); }`],
    ['iterates and awaits', `try { for await (const _ of run); await run; } catch ({ code }) { console.log(code); }`],
  ])('is handled by a program that %s', async (_, use) => {
    expect(await runModule(source(use))).toEqual({ code: 0, signal: null, stdout: 'ERR_NON_FINITE\n', stderr: '' });
  });
});
