import { type ChildOptions, definingPeakMemory, type Ended, runModule, runScript } from '../support/child';
import { isLongRun } from '../support/long_run';
import { range } from '../support/numbers';

/** A run that would last for minutes, `run`, on a `model` with `data`. */
const longRun = `
  const make = () => network({ inputs: 50, layers: [dense(40, { activation: 'relu' }), dense(5)] });
  const rows = 320;
  const data = new Dataset({ inputs: new Float32Array(50 * rows).map((_, i) => Math.sin(i)), columns: 50, targets: Array.from({ length: rows }, (_, i) => i % 5) });
  const options = { loss: 'crossEntropy', optimizer: adam(), batchSize: 16, epochs: 1e6 };
  const start = () => make().fit(data, options);
  const begun = async (run) => { while (run.progress.steps === 0) await new Promise((resolve) => setTimeout(resolve, 1)); };
`;

const names = 'adam, Dataset, dense, losses, network, Optimizer, schedules, sgd, Trainer';
const imports = `import { ${names} } from 'glissade';`;
const requires = `const { ${names} } = require('glissade');`;

const environment = { GLISSADE_THREADS: '2', GLISSADE_PRIORITY: 'normal' };

/**
 * Expects that a child ends by itself with this code and output. The long run repeats it, because it depends on timing.
 */
async function expectEnd(
  code: number,
  stdout: string,
  run: (options: ChildOptions) => Promise<Ended>,
  times = isLongRun ? 3 : 1,
): Promise<void> {
  for (const _ of range(times))
    expect(await run({ env: environment })).toEqual({ code, signal: null, stdout, stderr: '' });
}

const expectModule = (source: string, stdout = '', { flags = [] as string[] } = {}) =>
  expectEnd(0, stdout, (options) => runModule(`${imports}${longRun}${source}`, { ...options, flags }));
/** Expects that a module prints `true`. For checks of memory, which do not depend on timing and run once. */
const expectOnce = (source: string) =>
  expectEnd(0, 'true\n', (options) => runModule(`${imports}${definingPeakMemory}${source}`, options), 1);
const expectScript = (source: string, stdout = '') =>
  expectEnd(0, stdout, (options) => runScript(`${requires}${longRun}${source}`, options));

/** CommonJS for a Worker; `source` runs in it, the rest outside. */
const worker = (source: string) => `
  const { once } = require('node:events');
  const { Worker } = require('node:worker_threads');
  const newWorker = () => new Worker(${JSON.stringify(`const { parentPort } = require('node:worker_threads'); ${requires} ${longRun} ${source}`)}, { eval: true });
`;

describe('a process', () => {
  test('ends by itself when nothing runs any more', async () => {
    await expectModule(`await make().fit(data, { ...options, epochs: 2 }); console.log('done');`, 'done\n');
  });

  test('stays alive until an unreferenced run has ended', async () => {
    await expectModule(`make().fit(data, { ...options, epochs: 5 }).then(({ steps }) => console.log(steps));`, '100\n');
  });

  test('stays alive until a stepAsync has ended', async () => {
    await expectModule(
      `
      const theta = new Float32Array(1 << 20).fill(1);
      const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }));
      optimizer.stepAsync([theta.slice()]).then(() => console.log(theta[5], optimizer.steps));
    `,
      '0 1\n',
    );
  });

  test('ends by itself after loading the package, or after making unused objects', async () => {
    await expectModule(`make(); new Optimizer([new Float32Array(10)], adam());`);
  });

  test('can exit during a run, with its own code', async () => {
    await expectEnd(7, '', (options) =>
      runModule(`${imports}${longRun} await begun(start()); process.exit(7);`, options),
    );
  });

  test('can exit as soon as a run has begun', async () => {
    await expectEnd(0, '', (options) => runModule(`${imports}${longRun} start(); process.exit();`, options));
  });

  test('can exit during a stepAsync', async () => {
    await expectModule(`
      const theta = new Float32Array(1 << 22);
      new Optimizer([theta], adam()).stepAsync([theta.slice()]);
      process.exit();
    `);
  });

  test('can exit during several runs, one that validates and one that waits for its schedule', async () => {
    await expectModule(`
      const runs = [start(), make().fit(data, { ...options, validation: data }), make().fit(data.select([0]), { ...options, optimizer: sgd({ learningRate: schedules.cosine({ from: 0.1, steps: 1e9 }) }) })];
      await Promise.all(runs.map(begun));
      process.exit();
    `);
  });

  test('dies of an error during a run like any other', async () => {
    const { code, signal, stderr } = await runModule(
      `${imports}${longRun} await begun(start()); throw new Error('on purpose');`,
    );
    expect([code, signal]).toEqual([1, null]);
    expect(stderr).toContain('on purpose');
  });
});

describe('a Worker', () => {
  test('trains like the main thread', async () => {
    await expectScript(
      `
      ${worker(`make().fit(data, { ...options, epochs: 2 }).then(({ epochs }) => parentPort.postMessage(epochs[1].loss));`)}
      (async () => {
        const [[theirs], { epochs }] = await Promise.all([once(newWorker(), 'message'), make().fit(data, { ...options, epochs: 2 })]);
        console.log(theirs === epochs[1].loss);
      })();
    `,
      'true\n',
    );
  });

  test('can be terminated during a run', async () => {
    await expectScript(
      `
      ${worker(`begun(start()).then(() => parentPort.postMessage('begun'));`)}
      (async () => {
        for (let i = 0; i < 3; ++i) {
          const thread = newWorker();
          await once(thread, 'message');
          console.log(await thread.terminate());
        }
      })();
    `,
      '1\n1\n1\n',
    );
  });

  test('can be terminated while it waits for a schedule, validates or steps', async () => {
    await expectScript(
      `
      ${worker(`
        const runs = [make().fit(data, { ...options, validation: data }), make().fit(data.select([0]), { ...options, optimizer: sgd({ learningRate: schedules.cosine({ from: 0.1, steps: 1e9 }) }) })];
        const theta = new Float32Array(1 << 22);
        Promise.all(runs.map(begun)).then(() => {
          parentPort.postMessage('begun');
          new Optimizer([theta], adam()).stepAsync([theta.slice()]);
          for (;;);
        });
      `)}
      (async () => {
        const thread = newWorker();
        await once(thread, 'message');
        console.log(await thread.terminate());
      })();
    `,
      '1\n',
    );
  });

  test('that ends does not affect the runs of others', async () => {
    await expectScript(
      `
      ${worker(`begun(start()).then(() => parentPort.postMessage('begun'));`)}
      (async () => {
        const run = make().fit(data, { ...options, epochs: 10 });
        const threads = [newWorker(), newWorker()];
        await Promise.all(threads.map((thread) => once(thread, 'message')));
        await Promise.all(threads.map((thread) => thread.terminate()));
        console.log((await run).status);
        console.log((await make().fit(data, { ...options, epochs: 2 })).status);
      })();
    `,
      'completed\ncompleted\n',
    );
  });

  test('can exit by itself during a run', async () => {
    await expectScript(
      `
      ${worker(`begun(start()).then(() => process.exit(3));`)}
      once(newWorker(), 'exit').then(([code]) => console.log(code));
    `,
      '3\n',
    );
  });

  test('does not keep the process from exiting', async () => {
    await expectScript(`
      ${worker(`begun(start()).then(() => parentPort.postMessage('begun'));`)}
      once(newWorker(), 'message').then(() => process.exit());
    `);
  });

  test('can train several models at the same time, and more afterwards', async () => {
    await expectScript(
      `
      ${worker(`make().fit(data, { ...options, epochs: 2 }).then(({ epochs }) => parentPort.postMessage(epochs[1].loss));`)}
      (async () => {
        const losses = [];
        for (let i = 0; i < 2; ++i) losses.push(...(await Promise.all([1, 2, 3].map(async () => (await once(newWorker(), 'message'))[0]))));
        console.log(losses.length, new Set(losses).size);
      })();
    `,
      '6 1\n',
    );
  });
});

describe('the garbage collector', () => {
  const collecting = { flags: ['--expose-gc'] };
  const collect = `const collect = async () => { for (let i = 0; i < 5; ++i) { gc(); await new Promise((resolve) => setTimeout(resolve, 1)); } };`;

  test('can collect model, data and run during the run', async () => {
    await expectModule(
      `
      ${collect}
      let result;
      (() => {
        const inputs = new Float32Array(new SharedArrayBuffer(4 * 50 * rows)).map((_, i) => Math.sin(i));
        const own = new Dataset({ inputs, columns: 50, targets: new Uint8Array(new SharedArrayBuffer(rows)) });
        make().fit(own.select(Array.from({ length: rows }, (_, i) => i)), { ...options, epochs: 5, validation: own }).then((history) => (result = history));
      })();
      while (!result) await collect();
      console.log(result.status, result.epochs.every(({ validation }) => validation.loss > 0));
    `,
      'completed true\n',
      collecting,
    );
  });

  test('collects the data of a completed run although the run is referenced', async () => {
    await expectModule(
      `
      ${collect}
      const arrays = [];
      const ofRun = (target) => {
        const inputs = new Float32Array(new SharedArrayBuffer(4 * 50 * rows));
        arrays.push(new WeakRef(inputs));
        return new Dataset({ inputs, columns: 50, targets: new Uint8Array(rows).fill(target) });
      };
      const run = make().fit(ofRun(0), { ...options, epochs: 1, validation: ofRun(1) });
      await run;
      for (let i = 0; i < 50 && arrays.some((each) => each.deref()); ++i) await collect();
      console.log(arrays.filter((each) => each.deref()).length, run.progress.epochs);
    `,
      '0 1\n',
      collecting,
    );
  });

  test('keeps arrays that a stepAsync uses', async () => {
    await expectModule(
      `
      ${collect}
      let left = 20;
      for (let i = 0; i < 20; ++i) {
        const theta = new Float32Array(1 << 18).fill(1);
        new Optimizer([theta], sgd({ learningRate: 1 })).stepAsync([new Float32Array(new SharedArrayBuffer(4 << 18)).fill(0.5)]).then(() => { left -= theta[99] === 0.5; });
      }
      await collect();
      while (left > 0) await collect();
    `,
      '',
      collecting,
    );
  });

  test('frees unreferenced objects', async () => {
    await expectModule(
      `
      ${collect}
      const dropped = [];
      const use = async () => {
        const model = make();
        const own = data.select([1, 2, 3]);
        await model.fit(own, { ...options, epochs: 1 });
        dropped.push(new WeakRef(model), new WeakRef(own));
      };
      for (let i = 0; i < 10; ++i) await use();
      for (let i = 0; i < 50 && dropped.some((reference) => reference.deref()); ++i) await collect();
      console.log(dropped.filter((reference) => reference.deref()).length);
    `,
      '0\n',
      collecting,
    );
  });

  test('can collect trainer and model during their run, and frees them after it', async () => {
    await expectModule(
      `
      ${collect}
      const dropped = [];
      let result;
      (() => {
        const trainer = new Trainer(make(), { loss: 'crossEntropy', optimizer: adam() });
        trainer.step(new Float32Array(50), [1]);
        trainer.fit(data, { batchSize: 16, epochs: 5 }).then((history) => (result = history));
        dropped.push(new WeakRef(trainer), new WeakRef(trainer.model));
      })();
      while (!result) await collect();
      for (let i = 0; i < 50 && dropped.some((reference) => reference.deref()); ++i) await collect();
      console.log(result.steps, dropped.filter((reference) => reference.deref()).length);
    `,
      '101 0\n',
      collecting,
    );
  });

  test.each([
    ['a run has used', `await model.fit(tiny, options);`],
    [
      'a disposed trainer has used',
      `const trainer = new Trainer(model, options);
        trainer.step(inputs, targets);
        trainer.dispose();`,
    ],
  ])('is not needed to free the memory that %s', async (_, use) => {
    await expectOnce(`
      const columns = 1 << 18;
      const model = network({ inputs: columns, layers: [dense(8)] });
      const [inputs, targets] = [new Uint8Array(columns), [[1, 2, 3, 4, 5, 6, 7, 8]]];
      const tiny = new Dataset({ inputs, columns, targets });
      const options = { loss: 'squared', optimizer: adam() };
      for (let i = 0; i < 20; ++i) {
        ${use}
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      console.log(peakMemory() < 250 * 2 ** 20);
    `);
  });

  test('is not needed to free a disposed dataset after its run, although the run is referenced', async () => {
    await expectOnce(`
      const large = new Dataset({ inputs: new Uint8Array(64 << 20), columns: 1 << 20, targets: new Uint8Array(64) });
      const model = network({ inputs: 1 << 20, layers: [dense(2)] });
      const run = model.fit(large, { loss: 'crossEntropy', optimizer: sgd(), batchSize: 1 });
      const before = process.memoryUsage.rss();
      await run;
      large.dispose();
      while (before - process.memoryUsage.rss() < 50 << 20) await new Promise((resolve) => setTimeout(resolve, 5));
      run.stop();
      console.log(run.progress.steps === 64 && run.progress.totalSteps === 64);
    `);
  });

  test('keeps the shared memory of a dataset that is disposed during its own evaluation', async () => {
    await expectModule(
      `{
      const count = 1 << 18, columns = 64;
      const shared = () => new Float32Array(new SharedArrayBuffer(4 * count * columns)).fill(1);
      let owned = new Dataset({ inputs: shared(), columns, targets: new Float64Array(count) });
      let calls = 0;
      const value = ({ outputs }) => {
        if (++calls === 2) {
          owned.dispose();
          owned = undefined;
          for (let i = 0; i < 5; ++i) gc({ type: 'major' });
        }
        return outputs[0];
      };
      const loss = losses.custom({ value, gradient: () => {} });
      await new Promise(setImmediate);
      network({ inputs: columns, layers: [dense(1)] }).evaluate(owned, { loss });
      console.log(calls > 2);
    }`,
      'true\n',
      { flags: ['--expose-gc'] },
    );
  });

  test.each([
    ['datasets', ''],
    ['selections of datasets that were disposed', 'data.select([0]); data.dispose();'],
  ])('knows how much memory %s take, and frees them in time', async (_, then) => {
    await expectOnce(`
      const inputs = new Uint8Array(8 << 20).fill(1);
      for (let i = 0; i < 100; ++i) {
        const data = new Dataset({ inputs, columns: 1024 });
        ${then}
        await new Promise(setImmediate);
      }
      console.log(peakMemory() < 400 * 2 ** 20);
    `);
  });

  test('runs in time to free what models keep from one prediction to the next', async () => {
    await expectOnce(`
      const inputs = 100_000;
      const rows = new Float32Array(8 * inputs);
      for (let i = 0; i < 200; ++i) {
        network({ inputs, layers: [dense(1)] }).predict(rows);
        await new Promise(setImmediate);
      }
      console.log(peakMemory() < 400 * 2 ** 20);
    `);
  });
});

describe('a trainer', () => {
  test('can be left in a Worker that is terminated while it steps and runs', async () => {
    await expectScript(
      `
      ${worker(`
        const trainers = [make(), make()].map((model) => new Trainer(model, { loss: 'crossEntropy', optimizer: adam() }));
        begun(trainers[0].fit(data, { epochs: 1e6 })).then(() => {
          parentPort.postMessage('begun');
          const x = new Float32Array(50 * 4096), y = new Float32Array(4096);
          for (;;) trainers[1].step(x, y);
        });
      `)}
      (async () => {
        const thread = newWorker();
        await once(thread, 'message');
        console.log(await thread.terminate());
      })();
    `,
      '1\n',
    );
  });
});

describe('memory that is shared with other threads', () => {
  test('can change during a run without harm to the process', async () => {
    await expectModule(
      `
      const targets = new Float64Array(new SharedArrayBuffer(8 * rows));
      const inputs = new Float32Array(new SharedArrayBuffer(4 * 50 * rows)).fill(1);
      const run = make().fit(new Dataset({ inputs, columns: 50, targets }), options);
      await begun(run);
      targets.fill(1e9);
      const ended = run.then(() => {}, () => {});
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100))]);
      run.stop();
      await ended;
      console.log('alive');
    `,
      'alive\n',
    );
  });
});
