import { cpus } from 'node:os';
import { dense } from '../lib/layers/dense';
import { Optimizer } from '../lib/optimizers/optimizer';
import { sgd } from '../lib/optimizers/sgd';
import { type ConfigureOptions, configure, runtime } from '../lib/runtime';
import { network } from '../lib/training/network';
import packageJson from '../package.json';
import { outputOf, runModule } from './support/child';
import { instructionSets } from './support/instruction_sets';
import { range } from './support/numbers';
import { expectRefusal } from './support/refusals';

const settings = () => JSON.stringify(runtime());

describe('runtime()', () => {
  test('has the version of the package', () => {
    expect(runtime().version).toBe(packageJson.version);
  });

  test('has the instruction sets, weakest first, and the one in use', () => {
    const known = process.arch === 'x64' ? ['baseline', 'avx2', 'avx512', 'avx512bf16', 'amx'] : ['neon'];
    expect(known.slice(0, instructionSets.length)).toEqual(instructionSets);
    expect(instructionSets.length).toBeGreaterThan(0);
    expect(instructionSets).toContain(runtime().instructionSet);
  });

  test('has the processors, and their quota if there is one', () => {
    const { processors, processorQuota } = runtime();
    expect(processors).toBeGreaterThanOrEqual(1);
    expect(processors).toBeLessThanOrEqual(cpus().length);
    expect(processorQuota ?? 1).toBeGreaterThan(0); // test/quota.test.ts makes quotas
  });

  test('returns a copy each time', () => {
    runtime().instructionSets.push('imaginary');
    expect(runtime().instructionSets).toEqual(instructionSets);
  });
});

describe('configure', () => {
  const before = runtime();
  afterEach(() => configure({ threads: before.threads, instructionSet: before.instructionSet }));

  test('sets the number of threads', () => {
    for (const threads of [1, 2, 7, 1024]) {
      configure({ threads });
      expect(runtime().threads).toBe(threads);
    }
  });

  test.each(instructionSets)('sets the instruction set to %s', (instructionSet) => {
    configure({ instructionSet });
    expect(runtime().instructionSet).toBe(instructionSet);
  });

  test('does not change omitted settings', () => {
    configure({ threads: 3, instructionSet: instructionSets[0] });
    configure({});
    configure({ threads: undefined, priority: undefined, instructionSet: undefined });
    expect(runtime()).toMatchObject({ threads: 3, instructionSet: instructionSets[0] });
  });

  const refused = (options: unknown, ...[code, ...names]: [Parameters<typeof expectRefusal>[1], ...string[]]) => {
    const now = settings();
    expectRefusal(() => configure(options as ConfigureOptions), code, ...names);
    expect(settings()).toBe(now);
  };

  test('accepts whole numbers of threads from 1 to 1024', () => {
    for (const threads of [0, -1, 1.5, 1025, NaN, Infinity])
      refused({ threads }, 'ERR_OUT_OF_RANGE', 'threads', '1 to 1024', String(threads));
    for (const threads of ['2', null, {}, true]) refused({ threads }, 'ERR_INVALID_ARGUMENT', 'threads');
  });

  test('accepts instruction sets of this machine', () => {
    refused({ instructionSet: 'sse9' }, 'ERR_INVALID_ARGUMENT', 'instructionSet', '"sse9"', ...instructionSets);
    refused({ instructionSet: 512 }, 'ERR_INVALID_ARGUMENT', 'instructionSet', ...instructionSets);
  });

  test('accepts known priorities', () => {
    refused(
      { priority: 'backgruond' },
      'ERR_INVALID_ARGUMENT',
      'priority',
      '"backgruond"',
      'Did you mean "background"?',
    );
    refused({ priority: 'idel' }, 'ERR_INVALID_ARGUMENT', 'priority', '"idel"', 'Did you mean "idle"?');
    refused({ priority: 19 }, 'ERR_INVALID_ARGUMENT', 'priority', 'idle', 'background', 'normal');
  });

  test('suggests the right name for a misspelled option', () => {
    refused({ thread: 1 }, 'ERR_INVALID_ARGUMENT', 'configure', '"thread"', 'Did you mean "threads"?');
    refused({ threads: 1, isa: 'avx2' }, 'ERR_INVALID_ARGUMENT', 'configure', '"isa"', 'instructionSet');
  });

  test.each([[undefined], [null], [4], [[1]]])('accepts an object, not %p', (options) =>
    refused(options, 'ERR_INVALID_ARGUMENT', 'configure', 'object'),
  );

  test('applies all of its options or none', async () => {
    await new Optimizer([new Float32Array(1)], sgd()).stepAsync([new Float32Array(1)]); // the engine runs
    const priority = runtime().priority === 'normal' ? 'background' : 'normal';
    refused({ priority }, 'ERR_BUSY', 'priority');
    refused({ priority, threads: 5 }, 'ERR_BUSY', 'priority');
    configure({ instructionSet: instructionSets[0] });
    refused({ priority, instructionSet: instructionSets.at(-1) }, 'ERR_BUSY', 'priority');
    configure({ priority: runtime().priority });
  });

  test('changes how work is done, but not the results', () => {
    const model = network({ inputs: 100, layers: [dense(50), dense(7)] });
    const x = Float32Array.from(range(100 * 100), Math.sin);
    const outputs = [1, 2, 1].map((threads) => {
      configure({ threads });
      return model.predict(x);
    });
    expect(outputs[1]).toEqual(outputs[0]);
    expect(outputs[2]).toEqual(outputs[0]);
  });
});

describe('the environment', () => {
  const show = `import { runtime } from 'glissade'; console.log(JSON.stringify(runtime()));`;
  const runtimeWith = async (env: Record<string, string | undefined>) => JSON.parse(await outputOf(show, { env }));

  test('leaves by default the best instruction set, a thread for each available processor, and the background', async () => {
    const quota = runtime().processorQuota; // of a container, perhaps
    expect(await runtimeWith({ OMP_NUM_THREADS: undefined, GLISSADE_PRIORITY: undefined })).toEqual({
      version: packageJson.version,
      instructionSet: instructionSets.at(-1),
      instructionSets,
      threads: Math.max(1, Math.min(runtime().processors, Math.floor(quota ?? Infinity))),
      processors: runtime().processors,
      ...(quota !== undefined && { processorQuota: quota }),
      priority: 'background',
    });
  });

  test.each(instructionSets)('sets %s by GLISSADE_ISA', async (set) => {
    expect(await runtimeWith({ GLISSADE_ISA: set })).toMatchObject({ instructionSet: set });
  });

  test('sets the threads by GLISSADE_THREADS, or else OMP_NUM_THREADS', async () => {
    expect(await runtimeWith({ GLISSADE_THREADS: '5' })).toMatchObject({ threads: 5 });
    expect(await runtimeWith({ GLISSADE_THREADS: '5', OMP_NUM_THREADS: '3' })).toMatchObject({ threads: 5 });
    expect(await runtimeWith({ OMP_NUM_THREADS: '3' })).toMatchObject({ threads: 3 });
    for (const list of ['3,2', '3 ', ' 3 , 2'])
      expect(await runtimeWith({ OMP_NUM_THREADS: list })).toMatchObject({ threads: 3 });
    expect(await runtimeWith({ OMP_NUM_THREADS: '5000' })).toMatchObject({ threads: 1024 });
  });

  test.each(['', '0', '-1', 'many', '3 or 4'])('ignores OMP_NUM_THREADS=%p', async (value) => {
    const unset = await runtimeWith({ OMP_NUM_THREADS: undefined });
    expect(await runtimeWith({ OMP_NUM_THREADS: value })).toEqual(unset);
  });

  test.each(['idle', 'background', 'normal'])('sets the priority %s by GLISSADE_PRIORITY', async (priority) => {
    expect(await runtimeWith({ GLISSADE_PRIORITY: priority })).toMatchObject({ priority });
  });

  test('can be empty', async () => {
    const empty = await runtimeWith({ GLISSADE_ISA: '', GLISSADE_THREADS: '', GLISSADE_PRIORITY: '' });
    expect(empty).toMatchObject({ instructionSet: instructionSets.at(-1), priority: 'background' });
  });

  test.each([
    ['GLISSADE_ISA', 'sse9', [...instructionSets]],
    ['GLISSADE_ISA', 'AVX2', [...instructionSets]],
    ['GLISSADE_THREADS', '0', ['1 to 1024']],
    ['GLISSADE_THREADS', '-2', ['1 to 1024']],
    ['GLISSADE_THREADS', '1025', ['1 to 1024']],
    ['GLISSADE_THREADS', 'many', ['1 to 1024']],
    ['GLISSADE_THREADS', '2.5', ['1 to 1024']],
    ['GLISSADE_PRIORITY', 'high', ['idle', 'background', 'normal']],
  ])('%s=%s causes an error with the expected values', async (name, value, names) => {
    const { stdout, code } = await runModule(
      `import { runtime } from 'glissade'; try { runtime(); } catch (error) { console.log(error instanceof TypeError, error.code, error.message); }`,
      { env: { [name]: value } },
    );
    expect(code).toBe(0);
    for (const part of ['true ERR_INVALID_ARGUMENT', `"${value}"`, ...names]) expect(stdout).toContain(part);
    if (name !== 'GLISSADE_ISA') expect(stdout).toContain(name);
  });

  test.each(['idle', 'background', 'normal'])(
    'gives a priority, %s, to the threads that train, and no others',
    async (priority) => {
      const source = `
      import fs from 'node:fs';
      import { adam, Dataset, dense, network } from 'glissade';
      const data = new Dataset({ inputs: new Float32Array(1 << 18), columns: 256, targets: new Float32Array(1 << 10) });
      const model = network({ inputs: 256, layers: [dense(64), dense(1)] });
      const run = model.fit(data, { loss: 'squared', optimizer: adam(), epochs: 1e6 });
      const threads = () => fs.readdirSync('/proc/self/task').map((thread) => {
        const fields = fs.readFileSync('/proc/self/task/' + thread + '/stat', 'utf8').split(') ')[1].split(' ');
        return { isMain: Number(thread) === process.pid, niceness: Number(fields[16]), policy: Number(fields[38]) };
      });
      while (run.progress.steps < 20) await new Promise((resolve) => setTimeout(resolve, 1));
      console.log(JSON.stringify(threads()));
      run.stop();
    `;
      const threads: { isMain: boolean; niceness: number; policy: number }[] = JSON.parse(
        await outputOf(source, { env: { GLISSADE_PRIORITY: priority, GLISSADE_THREADS: '2' } }),
      );
      const own = threads.find(({ isMain }) => isMain)!;
      const others = threads.filter(({ niceness, policy }) => niceness !== own.niceness || policy !== own.policy);
      const [idlePolicy, lowest] = [5, 19]; // of Linux
      expect(others.map(({ niceness, policy }) => ({ niceness, policy }))).toEqual(
        {
          idle: range(2).map(() => ({ niceness: own.niceness, policy: idlePolicy })),
          background: range(2).map(() => ({ niceness: lowest, policy: own.policy })),
          normal: [],
        }[priority],
      );
    },
  );

  const wrong = [{ GLISSADE_ISA: 'sse9' }, { GLISSADE_THREADS: 'many' }];
  const works = [
    'large().stepAsync([new Float32Array(1 << 18)])',
    'large().step([new Float32Array(1 << 18)])',
    'model.predict(new Float32Array(1 << 18))',
    `model.evaluate(data, { loss: 'squared' })`,
    `model.fit(data, { loss: 'squared', optimizer: adam() })`,
  ];
  test.each(wrong.flatMap((env) => works.map((work) => ({ env, work }))))(
    'with an error, $env, makes $work throw',
    async ({ env, work }) => {
      const source = `
      import { adam, Dataset, dense, network, Optimizer } from 'glissade';
      const data = new Dataset({ inputs: [[1]], targets: [1] });
      const model = network({ inputs: 1, layers: [dense(1)] });
      const large = () => new Optimizer([new Float32Array(1 << 18)], adam());
      try { await ${work}; } catch ({ code }) { console.log(code); }
    `;
      expect(await runModule(source, { env })).toEqual({
        code: 0,
        signal: null,
        stdout: 'ERR_INVALID_ARGUMENT\n',
        stderr: '',
      });
    },
  );
});
