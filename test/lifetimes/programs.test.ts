// Programs beside this file, each in a process that must end by itself with code 0.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import '../../lib/layers/dense';
import '../../lib/optimizers/adam';
import { loadTableModel } from '../../lib/tables/table_model';
import { newestCheckpoint } from '../../lib/training/checkpoint_folder';
import { Trainer } from '../../lib/training/trainer';
import { type ChildOptions, packageRoot, runNode } from '../support/child';
import { folders } from '../support/folders';
import { isLongRun } from '../support/long_run';

const newFolder = folders();
const program = (name: string) => path.join(__dirname, name);

/** The output of a program. Expects that it ends by itself, with nothing on stderr. */
async function printed(name: string, parameters: string[] = [], options: ChildOptions = {}): Promise<string> {
  const ended = await runNode([program(name), ...parameters], {
    env: { GLISSADE_THREADS: '2' },
    ...options,
  });
  expect(ended).toEqual({ code: 0, signal: null, stdout: ended.stdout, stderr: '' });
  return ended.stdout.trim();
}

const withoutServer = ['fit', 'custom loss', 'mapped', 'stepAsync', 'predict', 'evaluate', 'checkpoints'];

describe('a thread can end at random moments of each kind of work', () => {
  const scale = isLongRun ? 10 : 1;
  test.each([
    [20, ['terminate']],
    [2, ['exit of a Worker', 'error in a Worker']],
    [2, ['exit', 'error', 'SIGTERM']],
    [2, ['exit beside a Worker', 'error beside a Worker', 'SIGINT']],
  ])('%i times %j', async (times, endings) => {
    const rounds = scale * times * (endings[0] === 'terminate' ? 1 : 10);
    // Node 20 sometimes aborts if a Worker with an HTTP server is terminated (check:lifetimes distinguishes these
    // cases).
    const kinds = endings[0] === 'terminate' && !isLongRun ? ['--kinds', withoutServer.join()] : [];
    const table = await printed('main.mjs', ['--rounds', String(rounds), '--endings', endings.join(), ...kinds], {});
    expect(table).toContain(`${scale * times * endings.length} rounds survived, 0 processes failed`);
  });
});

describe('within a function that glissade calls', () => {
  const endings = [['exit'], ['throw'], ['exit', 'worker'], ['throw', 'worker'], ['loop', 'worker']];
  const outcomes: Record<string, object> = {
    exit: { code: 7, stdout: '', stderr: '' },
    throw: { code: 1, stdout: '', stderr: expect.stringContaining('Error: on purpose') },
    'exit worker': { code: 0, stdout: '7 completed\n', stderr: '' },
    'throw worker': { code: 0, stdout: 'on purpose\n1 completed\n', stderr: '' },
    'loop worker': { code: 0, stdout: '1 completed\n', stderr: '' },
  };

  test('a thread can end, by itself or terminated', async () => {
    const places: string[] = JSON.parse(await printed('callbacks.mjs'));
    const all = places.flatMap((place, i) =>
      endings.filter((_, j) => isLongRun || (i + j) % endings.length === 0).map((ending) => [place, ...ending]),
    );
    for (const parameters of all)
      expect([parameters, await runNode([program('callbacks.mjs'), ...parameters])]).toEqual([
        parameters,
        { signal: null, ...outcomes[parameters.slice(1).join(' ')] },
      ]);
  });
});

test('ten Workers train at once, although the main thread never loads the package', async () => {
  const hashes = (await printed('workers.mjs')).split('\n');
  expect([hashes.length, new Set(hashes).size]).toEqual([10, 1]);
});

test('Workers are terminated while they load the addon, or fail to load it', async () => {
  expect(await printed('loaded.cjs')).toBe(`${'1'.repeat(60)}000`);
});

test('a thrown value that cannot be inspected is an error', async () => {
  expect(await printed('thrown.mjs')).toBe('ERR_INTERNAL\nERR_INTERNAL');
});

test('a cluster trains and serves in its workers', async () => {
  expect(JSON.parse(await printed('cluster.mjs'))).toEqual({ answers: 1, codes: [0, 0, 0], status: 'stopped' });
});

test('processes are started during a run', async () => {
  expect(JSON.parse(await printed('children.mjs'))).toEqual([0, 'out', 3, 4, 'ENOENT', 30, 0]);
});

const hasCompiler = (() => {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return process.platform !== 'win32';
  } catch {
    return false;
  }
})();

(hasCompiler ? test : test.skip)(
  'a forked child of the process exits, or runs another program (needs cc)',
  async () => {
    const addon = path.join(newFolder(), 'forked.node');
    execFileSync(
      'cc',
      ['-shared', '-fPIC', '-undefined', 'dynamic_lookup', '-o', addon, program('forked.c')].filter(
        (flag) => process.platform === 'darwin' || !/undefined|dynamic/.test(flag),
      ),
    );
    const [alone, beside] = JSON.parse(await printed('forked.cjs', [addon]));
    expect(beside).toEqual(alone);
    const [exited, ...others] = alone.map(([status]: number[]) => status);
    expect(others).toEqual([4, 5, 6].map((code) => code << 8));
    expect([3 << 8, os.constants.signals.SIGSEGV]).toContain(exited); // SIGSEGV: in the exit() of Node 26
  },
);

test('jobs with the last references give the same results under garbage collection', async () => {
  const lines = (await printed('collected.mjs', [], { flags: ['--expose-gc'] })).split('\n');
  expect(lines).toHaveLength(6);
  for (const line of lines) expect(line).toMatch(/: true$/);
});

test('contexts of vm have their own packages', async () => {
  const codes = ['ERR_INVALID_ARGUMENT', 'ERR_SHAPE'];
  expect(JSON.parse(await printed('contexts.cjs'))).toEqual([true, codes, codes]);
});

test('a startup snapshot refuses the package in a sentence, and can load it when it is used', async () => {
  const blob = path.join(newFolder(), 'snapshot.blob');
  const build = (when: string) => runNode(['--snapshot-blob', blob, '--build-snapshot', program('snapshot.cjs'), when]);
  const refused = await build('built');
  expect(refused).toMatchObject({ code: 1, signal: null });
  expect(refused.stderr).toContain("glissade can't be kept in a startup snapshot");
  expect(refused.stderr).toContain('setDeserializeMainFunction');
  expect(await build('used')).toMatchObject({ code: 0, signal: null });
  const used = await runNode(['--snapshot-blob', blob]);
  expect(used).toMatchObject({ code: 0, signal: null, stdout: '7\n' });
});

/** Sends a signal to stopped.mjs some milliseconds after it has reported its start. Returns its last line. */
function stopped(kind: string, folder: string, signal: NodeJS.Signals, after: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program('stopped.mjs'), kind, folder], { cwd: packageRoot });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (text) => {
      if (out === '') setTimeout(() => child.kill(signal), after);
      out += text;
    });
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.once('close', (code, by) =>
      code === 0 && errors === ''
        ? resolve(out.trim().split('\n').at(-1)!)
        : reject(new Error(`${by ?? code}: ${errors}`)),
    );
  });
}

describe.each(['SIGTERM', 'SIGINT'] as const)('a listener of %s', (signal) => {
  test.each([0, 30])('stops a run with a complete last checkpoint, %i ms after its first', async (after) => {
    const folder = newFolder();
    const [status, steps] = (await stopped('fit', folder, signal, after)).split(' ');
    expect(status).toBe('stopped');
    const trainer = await Trainer.resume((await newestCheckpoint(folder))!);
    expect(trainer.steps).toBe(Number(steps));
  });

  test('closes a learning server, which saves its model', async () => {
    const folder = newFolder();
    await printed('prepare.mjs', [JSON.stringify(folder)]);
    expect(await stopped('serve', folder, signal, 10)).toBe('learnt true');
    const [before, after] = await Promise.all(
      ['table', 'learnt'].map((name) => loadTableModel(path.join(folder, `${name}.safetensors`))),
    );
    expect(after!.predictProbabilities([{ age: 30, city: 'Bern' }])).not.toEqual(
      before!.predictProbabilities([{ age: 30, city: 'Bern' }]),
    );
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
