import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Ended } from '../support/child';
import { type Launcher, resultOf, runRanks, underAnMpi, underEachMpi } from '../support/ranks';

const training = (options = '{}') => `
  import fs from 'node:fs';
  import { adam, Dataset, dense, dropout, network, sgd, Trainer } from 'glissade';
  import { distributed } from 'glissade/distributed';
  const ranks = await distributed(${options});
  let state = 1;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const rows = 2000, columns = 20;
  const inputs = Float64Array.from({ length: rows * columns }, uniform);
  const data = new Dataset({ inputs, columns, targets: Uint8Array.from({ length: rows }, (_, i) => inputs[i * columns] > 0.5) });
  const model = network({ inputs: columns, layers: [dense(64, { activation: 'relu' }), dropout(0.1), dense(2)], seed: 5 });
  const trainer = (options = {}) => new Trainer(model, { loss: 'crossEntropy', optimizer: adam({ learningRate: 1e-3 }), ranks, ...options });
  const endless = { batchSize: 50, epochs: 1e6 };
  const later = (work) => setTimeout(work, 300);
`;

/** Runs three ranks, which end by themselves. The trainings would continue for hours. */
const ended = (launcher: Launcher, program: string, options?: string): Promise<Ended> =>
  runRanks(launcher, 3, `${training(options)}${program}`);

/** Runs three ranks that should fail. */
async function failed(launcher: Launcher, program: string, options?: string): Promise<Ended> {
  const found = await ended(launcher, program, options);
  expect(found.code).not.toBe(0);
  return found;
}

/**
 * Runs three ranks, one of which is killed. In a tenth of such cases, mpirun of MPICH 4.2 exits with 0, for any
 * program.
 */
const killed = (launcher: Launcher, program: string): Promise<Ended> =>
  (launcher.name === 'MPICH' ? ended : failed)(launcher, program);

/** Lines of glissade, without those of launchers. */
const messagesIn = ({ stderr }: Ended): string[] => stderr.split('\n').filter((line) => /^rank \d: /.test(line));

underEachMpi('a job ends with its first failure', (launcher) => {
  test('a rank throws', async () => {
    const ended = await failed(
      launcher,
      `if (ranks.rank === 1) later(() => { throw new RangeError('no more'); });
      await trainer().fit(data, endless);`,
    );
    expect(messagesIn(ended)).toEqual(['rank 1: RangeError: no more']);
    expect(ended.stderr).toContain('[eval1]:'); // with its stack
  });

  test('a promise of a rank rejects', async () => {
    const ended = await failed(
      launcher,
      `if (ranks.rank === 2) later(() => Promise.reject(new Error('lost')));
      await trainer().fit(data, endless);`,
    );
    expect(messagesIn(ended)).toEqual(['rank 2: Error: lost']);
  });

  // On a busy machine, other ranks may print before the first one has ended the job, so this is tried up to ten times. If ranks
  // did not take turns, several would print every time.
  test('all ranks throw the same error: one reports it', async () => {
    const found: string[][] = [];
    do {
      const ended = await failed(
        launcher,
        `later(() => { throw new Error('the same on all'); }); await trainer().fit(data, endless);`,
      );
      found.push(messagesIn(ended));
    } while (found.at(-1)!.length > 1 && found.length < 10);
    expect(found.at(-1)).toEqual([expect.stringMatching(/^rank \d: Error: the same on all$/)]);
  });

  test.each([
    ['ranks.gather(1)', 'ranks.barrier()'],
    ['ranks.gather({ a: 1 })', 'trainer().fit(data, endless)'],
    ['ranks.fromFirst(() => new Uint8Array(5))', 'data.shard(ranks)'],
    ['ranks.barrier()', `model.evaluate(data, { loss: 'crossEntropy', ranks })`],
    ['trainer().step(inputs.subarray(0, columns), [0])', 'trainer().fit(data, endless)'],
    ['model.predict(data, { ranks })', `model.evaluate(data, { loss: 'crossEntropy', ranks })`],
  ])('ranks make different calls: %s, but one %s', async (others, one) => {
    const ended = await failed(
      launcher,
      `await (ranks.rank === 1 ? ${one} : ${others}); await trainer().fit(data, endless);`,
    );
    expect(ended.stderr).toContain('ERR_RANKS_DIFFER');
  });

  test('a rank is killed', async () => {
    await killed(
      launcher,
      `if (ranks.rank === 1) later(() => process.kill(process.pid, 'SIGKILL'));
      await trainer().fit(data, endless);`,
    );
  });

  test.each([0, 3])('a rank exits with code %i while others train', async (code) => {
    const ended = await failed(
      launcher,
      `if (ranks.rank === 1) later(() => process.exit(${code}));
      await trainer().fit(data, endless);`,
    );
    if (code === 0)
      expect(messagesIn(ended)).toEqual(['rank 1: this process has ended while it was training with others']);
  });

  test('the loss becomes non-finite: all ranks find it, and one reports it', async () => {
    const ended = await failed(
      launcher,
      `await trainer({ optimizer: sgd({ learningRate: 1e30 }) }).fit(data, endless);`,
    );
    expect(messagesIn(ended)).toEqual([
      expect.stringMatching(/^rank 0: GlissadeError \[ERR_NON_FINITE\]: the (loss|gradient|parameters) became/),
    ]);
  });

  test('a non-finite loss can be caught by all ranks', async () => {
    const program = `${training()}
      const failure = await trainer({ optimizer: sgd({ learningRate: 1e30 }) }).fit(data, endless).then(() => 0, (error) => error.message);
      const all = await ranks.gather(failure);
      if (ranks.rank === 0) console.log(JSON.stringify([...new Set(all)]));`;
    expect(await resultOf(launcher, 3, program)).toEqual([expect.stringContaining('parameters are as after step')]);
  });

  test('a checkpoint cannot be written', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
    try {
      const ended = await failed(
        launcher,
        `const folder = ${JSON.stringify(path.join(folder, 'run'))};
        if (ranks.rank === 0) later(() => { fs.renameSync(folder, folder + '-before'); fs.writeFileSync(folder, ''); });
        await trainer().fit(data, { ...endless, checkpoint: { folder, everySteps: 20 }, onCheckpointError: 'throw' });`,
      );
      expect(messagesIn(ended)).toEqual([expect.stringMatching(/^rank 0: GlissadeError \[ERR_FILE\]/)]);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test.each([
    [
      'options of a run',
      'await trainer().fit(data, { batchSize: ranks.rank === 2 ? 32 : 64, epochs: 2 });',
      /it has ….{20}32.{38}… where rank 0 has ….{20}64.{38}…/, // the text before and after the difference
    ],
    [
      'options of a trainer, in a step',
      'trainer({ clip: ranks.rank === 2 ? { norm: 1 } : undefined }).step([Array(20).fill(1)], [1]);',
      /"norm":1/,
    ],
    [
      'data of an evaluation',
      "model.evaluate(ranks.rank === 2 ? data.select([1, 2]) : data, { loss: 'crossEntropy', metrics: ['logLoss'], ranks });",
      /"rows":2,/,
    ],
    [
      'parameters, since it wrote to them in the body of a loop',
      'for await (const _ of trainer().fit(data, endless)) if (ranks.rank === 2) model.parameters[0] = 7;',
      /parameters /,
    ],
  ])('ranks differ in %s', async (_, act, shown) => {
    const ended = await failed(launcher, act);
    expect(messagesIn(ended)).toEqual([
      expect.stringContaining('[ERR_RANKS_DIFFER]: rank 2 does not do the same as rank 0'),
    ]);
    expect(messagesIn(ended)[0]).toMatch(shown);
  });

  test.each([
    ['never made the call', 'if (ranks.rank !== 1) await trainer().fit(data, endless);'],
    ['exited before', 'if (ranks.rank === 1) process.exit(0); await ranks.barrier();'],
  ])('a rank has ended while others wait for it: it %s', async (_, act) => {
    const ended = await failed(launcher, act);
    expect(messagesIn(ended)[0]).toMatch(/^rank 2: GlissadeError \[ERR_MPI\]: rank 1 has ended its program/);
  });

  test('a custom loss throws on one rank', async () => {
    const ended = await failed(
      launcher,
      `import { losses } from 'glissade';
      let calls = 0;
      const loss = losses.custom({
        value: ({ outputs }) => { if (ranks.rank === 1 && ++calls > 50) throw new Error('no loss'); return outputs[0]; },
        gradient: (_, gradient) => { gradient[0] = 1; },
        check: false,
      });
      await trainer({ loss }).fit(data, endless);`,
    );
    expect(messagesIn(ended)).toEqual(['rank 1: Error: no loss']);
  });

  test('a failed exchange does not change the parameters', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
    try {
      const file = JSON.stringify(path.join(folder, 'changed'));
      await runRanks(
        launcher,
        2,
        `${training('{ timeout: 5 }')}
        const first = trainer({ optimizer: sgd({ learningRate: 0.1 }) });
        first.step([inputs.slice(0, columns)], [1]);
        const before = Float32Array.from(model.parameters);
        const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        if (ranks.rank === 1) while (!fs.existsSync(${file})) pause();
        try { first.step([inputs.slice(0, columns)], [1]); }
        catch ({ code }) { if (ranks.rank === 0) fs.writeFileSync(${file}, code + before.some((x, i) => x !== model.parameters[i])); }
        process.exit(1);`,
      );
      expect(fs.readFileSync(path.join(folder, 'changed'), 'utf8')).toBe('ERR_MPIfalse');
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('a rank at its end waits longer than the timeout for one that still works', async () => {
    const { code, stdout, stderr } = await runRanks(
      launcher,
      2,
      `import { distributed } from 'glissade/distributed';
      const ranks = await distributed({ timeout: 1 });
      if (ranks.rank === 0) setTimeout(() => console.log('done'), 3000);`,
    );
    expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: 'done', stderr: '' });
  });

  test('a rank does not arrive', async () => {
    const ended = await failed(
      launcher,
      `if (ranks.rank === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);
      await trainer().fit(data, endless);`,
      '{ timeout: 1 }',
    );
    expect(messagesIn(ended)[0]).toMatch(
      /^rank [02]: GlissadeError \[ERR_MPI\]: other ranks have not answered for 1 s/,
    );
  });

  test('a program that handles its end itself is left alone', async () => {
    const ended = await failed(
      launcher,
      `process.on('uncaughtException', (error) => { console.log('own ' + error.message); process.exit(4); });
      if (ranks.rank === 1) later(() => { throw new Error('no more'); });
      await trainer().fit(data, endless);`,
    );
    expect({ messages: messagesIn(ended), stdout: ended.stdout }).toEqual({ messages: [], stdout: 'own no more\n' });
  });
});

underEachMpi('a run of several ranks ends on all of them at the same step', (launcher) => {
  test.each([
    ['one stops it', 'later(() => { if (ranks.rank === 2) run.stop(); });', 'stopped'],
    [
      'one stops it in the body of its loop',
      'if (ranks.rank === 1) for await (const epoch of run) if (epoch.epoch === 3) run.stop();',
      'stopped',
    ],
    ['its time is over', '', 'outOfTime'],
  ])('%s', async (_, act, status) => {
    const found = (await resultOf(
      launcher,
      3,
      `${training()}
      const run = trainer().fit(data, { ...endless${status === 'outOfTime' ? ', maxSeconds: 0.3 + 0.1 * ranks.rank' : ''} });
      ${act}
      const { status, steps } = await run;
      const again = await trainer().fit(data, { batchSize: 500, epochs: 1 });
      const all = await ranks.gather({ status, steps, again: again.steps });
      if (ranks.rank === 0) console.log(JSON.stringify(all));`,
    )) as { status: string; steps: number; again: number }[];
    expect(new Set(found.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(found[0]).toMatchObject({ status, again: 4 });
  });

  test.each([
    ['later', 'later(() => abort.abort(reason))'],
    ['before it begins', 'abort.abort(reason)'],
  ])('one aborts it, %s: it rejects there, and is stopped elsewhere', async (_, act) => {
    const found = await resultOf(
      launcher,
      2,
      `${training()}
      const abort = new AbortController();
      const reason = new Error('enough');
      if (ranks.rank === 1) ${act};
      const ended = await trainer().fit(data, { ...endless, signal: abort.signal }).then(({ status }) => status, (error) => error.message);
      const all = await ranks.gather(ended);
      if (ranks.rank === 0) console.log(JSON.stringify(all));`,
    );
    expect(found).toEqual(['stopped', 'enough']);
  });
});

underAnMpi('checkpoints of several ranks', (launcher) => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) fs.rmSync(folder, { recursive: true });
  });
  const newFolder = (): string => {
    folders.push(fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-')));
    return folders.at(-1)!;
  };
  const finishing = (from: string) => `${training()}
    const resumed = await Trainer.resume(${JSON.stringify(from)}, { ranks });
    const before = resumed.interrupted.steps;
    const { steps } = await resumed.fit(data, { batchSize: 50, epochs: 5 });
    const all = await ranks.gather({ before, steps, parameters: Array.from(resumed.model.parameters) });
    if (ranks.rank === 0) console.log(JSON.stringify(all));`;

  test('are written by the first; after a kill, another number of ranks resumes from the last one', async () => {
    const folder = newFolder();
    const whole = (await resultOf(
      launcher,
      1,
      `${training()} await trainer().fit(data, { batchSize: 50, epochs: 5 });
      console.log(JSON.stringify(Array.from(model.parameters)));`,
    )) as number[];
    await killed(
      launcher,
      `const checkpoint = { folder: ${JSON.stringify(folder)}, everySteps: 30 };
      const run = trainer().fit(data, { batchSize: 50, epochs: 5, checkpoint });
      const isWritten = () => fs.readdirSync(${JSON.stringify(folder)}).some((name) => /^checkpoint-\\d+\\.safetensors$/.test(name));
      const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      for await (const { steps } of run)
        if (ranks.rank === 2 && steps === 120) {
          while (!isWritten()) pause(); // rank 0 writes in the background
          process.kill(process.pid, 'SIGKILL');
        }`,
    );
    for (const ranks of [1, 2, 4]) {
      const copy = newFolder();
      fs.cpSync(folder, copy, { recursive: true });
      const found = (await resultOf(launcher, ranks, finishing(copy))) as {
        before: number;
        steps: number;
        parameters: number[];
      }[];
      expect(found).toHaveLength(ranks);
      for (const { before, steps, parameters } of found) {
        expect({ hasBegun: before >= 30 && before <= 120, steps }).toEqual({ hasBegun: true, steps: 200 });
        const far = Math.max(...parameters.map((x, i) => Math.abs(x - whole[i]!) / Math.max(1, Math.abs(whole[i]!))));
        expect(far).toBeLessThan(1e-6);
      }
    }
  });

  test('a file that rank 0 does not find fails on all ranks, and one reports it', async () => {
    const ended = await failed(
      launcher,
      `await Trainer.resume(${JSON.stringify(path.join(newFolder(), 'none'))}, { ranks });`,
    );
    expect(messagesIn(ended)).toEqual([expect.stringMatching(/^rank 0: GlissadeError \[ERR_FILE\]/)]);
  });

  test('without ranks, a trainer resumes alone', async () => {
    const folder = newFolder();
    const file = JSON.stringify(path.join(folder, 'trainer'));
    await resultOf(
      launcher,
      2,
      `${training()}
      const first = trainer({ batchStatistics: 'local' });
      await first.fit(data, { batchSize: 50, epochs: 1 });
      if (ranks.rank === 0) { await first.save(${file}); console.log(JSON.stringify((await Trainer.resume(${file})).steps)); }`,
    ).then((steps) => expect(steps).toBe(40));
  });
});
