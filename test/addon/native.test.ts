import { addon } from '../../lib/addon';
import type { NativeNews } from '../../lib/addon/run';
import type { ErrorCode } from '../../lib/errors';
import { expectErrorOf, expectRefusal } from '../support/refusals';
import {
  imageBytes,
  newDataset,
  newRun,
  newTrainer,
  optimizerOptions,
  recordLengthOf,
  refusedCalls,
  resultCount,
  runOptions,
  sharedBytes,
  sharedDoubles,
} from './native_calls';

// Calls that lib/ never makes. The native side refuses them itself, so that a mistake in lib/ is an error, not a
// crash. The exception is a buffer that is transferred between `borrow` and `step`.

const thrownBy = async (call: () => unknown): Promise<unknown> => {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('the native side refuses', () => {
  test.each(refusedCalls)('%s: %s', async (_, code, call) => {
    expectErrorOf(await thrownBy(() => call(addon)), code as ErrorCode);
  });
});

describe('the native side', () => {
  test('reads each option of a run', async () => {
    const read = new Set<string | symbol>();
    const options = new Proxy(
      { ...runOptions, data: newDataset(addon) },
      { get: (target, name) => [read.add(name), Reflect.get(target, name)][1] },
    );
    const record = new Float64Array(recordLengthOf(addon));
    await new Promise((resolve) => {
      new addon.Run(
        newTrainer(addon),
        options as never,
        record,
        ({ status }) => status !== 'running' && resolve(status),
      );
    });
    expect(Object.keys(options).filter((name) => !read.has(name))).toEqual([]);
  });

  const record = new Float64Array(recordLengthOf(addon)).fill(0.5); // all hyperparameters, and a weight of the average
  const memory = () => {
    const results = sharedDoubles(resultCount + record.length);
    results.set(record, resultCount);
    return results;
  };

  test('reads the image of a run once', async () => {
    let reads = 0;
    const checkpoint = {
      everySteps: 1000,
      get image() {
        ++reads;
        return sharedBytes(imageBytes(addon));
      },
    };
    await new Promise<void>((resolve) => {
      const run = newRun(addon, { checkpoint }, record, (news: NativeNews) => {
        if (news.checkpoint) run.dropCheckpoint(news.checkpoint.number);
        if (news.status !== 'running') resolve();
      });
    });
    expect(reads).toBe(1);
  });

  test('takes further steps of a trainer without data for resuming', () => {
    const results = memory();
    const trainer = newTrainer(
      addon,
      { mayResume: false, optimizer: { ...optimizerOptions, averages: true } },
      results,
    );
    for (let i = 0; i < 3; ++i) trainer.step(new Float32Array(6).fill(1), 1, new Float64Array(4), 2);
    trainer.saveImage(sharedBytes(trainer.imageLayout('none').bytes), 'none');
    expect(results[2]).toBe(3);
  });

  test('does not change the scores of a trainer when it refuses a run', () => {
    const [results, loss] = [memory(), { name: 'crossEntropy' }];
    const trainer = newTrainer(addon, { loss, accuracy: true }, results);
    const data = newDataset(addon, { targets: new Float64Array(2), targetColumns: 1 });
    // biome-ignore lint/suspicious/noExplicitAny: the options of a run without records
    const options = { ...runOptions, data } as any;
    expectRefusal(() => new addon.Run(trainer, options, new Float64Array(0), () => {}), 'ERR_SHAPE');
    trainer.stepOn(data);
    expect(results[1]).toBe(1);
  });
});
