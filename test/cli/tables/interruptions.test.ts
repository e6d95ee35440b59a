import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { loadTableModel } from '../../../lib/tables';
import packageJson from '../../../package.json';
import { packageRoot, runNode } from '../../support/child';
import { folders, textIfThere } from '../../support/folders';

const program = path.join(packageRoot, packageJson.bin.glissade);
const newFolder = folders();
let folder: string;
const file = (name: string) => path.join(folder, name);

beforeEach(() => {
  folder = newFolder();
  const rows = Array.from({ length: 20_000 }, (_, i) => [Math.sin(i), Math.cos(2 * i), i % 7, Math.sin(3 * i)].join());
  fs.writeFileSync(file('many.csv'), `a,b,c,y\n${rows.join('\n')}\n`);
});

/** Trainings that take minutes unless they are interrupted. */
const long = ['train', '{many.csv}', '--target', 'y', '--validation', '0.3', '--out', '{m}', '--epochs', '100000'];
const short = [...long.slice(0, -1), '2', '--model', '4'];

const parametersOf = (parameters: readonly string[]) => [
  program,
  ...parameters.map((one) => one.replaceAll(/\{([^}]*)\}/g, (_, name) => file(name))),
];

interface Interrupted {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a command, and sends it signals: each after its condition is met. */
async function interrupted(
  parameters: readonly string[],
  signals: readonly [NodeJS.Signals, () => boolean][],
  flags: readonly string[] = [],
): Promise<Interrupted> {
  const all = [...flags, ...parametersOf(parameters)];
  const child = spawn(process.execPath, all, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (text) => (said[name] += text));
  const ended = once(child, 'close');
  try {
    for (const [signal, hasHappened] of signals) {
      while (!hasHappened() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
      child.kill(signal);
    }
    const [code, signal] = await ended;
    return { code, signal, ...said };
  } finally {
    child.kill('SIGKILL');
  }
}

const textOf = (name: string): string => textIfThere(file(name));
const lines = (name: string): number => textOf(name).split('\n').length - 1;
const isTraining = () => textOf('log.jsonl').includes('"event":"epoch"');

describe('a training', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends at %s with %d, and writes its model as it was then', async (signal, code) => {
    const ended = await interrupted([...long, '--metrics', '{log.jsonl}'], [[signal, isTraining]]);
    expect(ended).toMatchObject({
      code,
      stderr: `glissade: interrupted: ${file('m')} has the model as it was then\n`,
    });
    expect(ended.stdout).toContain(`written: ${file('m')}`);
    expect(Number.isFinite((await loadTableModel(file('m'))).predict({ a: 0, b: 1, c: 2 }))).toBe(true);
  });

  test('with --resume ends without a model, and the same command continues', async () => {
    const command = [...long, '--metrics', '{log.jsonl}', '--resume'];
    const ended = await interrupted(command, [['SIGINT', isTraining]]);
    const stderr = `glissade: interrupted: repeat the command to continue from ${file('m.progress')}\n`;
    expect(ended).toEqual({ code: 130, signal: null, stdout: '', stderr });
    expect(fs.existsSync(file('m'))).toBe(false);
    const before = textOf('log.jsonl').split('"event":"start"').length;
    const isResumed = () => textOf('log.jsonl').split('"event":"start"').length > before;
    expect(await interrupted(command, [['SIGTERM', isResumed]])).toMatchObject({ code: 143, stdout: '', stderr });
    const starts = textOf('log.jsonl')
      .split('\n')
      .filter((line) => line.includes('"event":"start"'));
    expect(starts.map((line) => JSON.parse(line).steps)).toEqual([0, expect.any(Number)]); // the linear model has no run
  });
});

test.each([
  ['training', [], isTraining],
  ['search', ['--search', '3'], () => lines('m.progress/search.jsonl') === 1],
] as const)('a %s does not resume with other rows: the message says what to type', async (_, more, hasBegun) => {
  const command = [...long, '--metrics', '{log.jsonl}', '--resume', ...more];
  await interrupted(command, [['SIGINT', hasBegun]]);
  fs.writeFileSync(file('many.csv'), textOf('many.csv').replace('0,1,0,0', '0,1,0,7'));
  const { code, stdout, stderr } = await runNode(parametersOf(command));
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^glissade: ERR_INVALID_ARGUMENT: [^\n]+\n$/);
  expect(stderr).toContain(`; to start afresh, type rm -r ${file('m.progress')}, or give another --out to keep it`);
  expect(stderr).not.toContain('abandon');
});

describe('a search', () => {
  const search = [...long, '--search', '3', '--resume'];
  const hasBegun = () => lines('m.progress/search.jsonl') === 1;

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'that is ended by %s in its first setting says so, with %d, and keeps its folder',
    async (signal, code) => {
      expect(await interrupted(search, [[signal, hasBegun]])).toEqual({
        code,
        signal: null,
        stdout: '',
        stderr: `glissade: interrupted before the first of 3 settings was trained completely; no model is written; repeat the command to continue from ${file('m.progress')}\n`,
      });
      expect(lines('m.progress/search.jsonl')).toBe(1);
      expect(fs.existsSync(file('m'))).toBe(false);
    },
  );

  test('that is ended later reports its progress, and the same command completes it', async () => {
    const command = [...short, '--search', '40', '--resume'];
    const hasTried = () => lines('m.progress/search.jsonl') > 2;
    const ended = await interrupted(command, [['SIGINT', hasTried]]);
    expect([ended.code, ended.stdout]).toEqual([130, '']);
    expect(ended.stderr).toMatch(
      /^glissade: interrupted after \d+ of 40 settings, \d+ of them trained completely; the best of them is --rule \w+ --rate [\d.e-]+ (--decay [\d.e-]+ )?--batch \d+ --model 4; no model is written; repeat the command to continue from .*\n$/,
    );
    const kept = textOf('m.progress/search.jsonl');
    fs.writeFileSync(file('m.progress/notes.txt'), 'mine');
    const { code, stdout } = await runNode(parametersOf(command));
    expect([code, stdout]).toEqual([0, expect.stringContaining('Of 40 settings, the search chose')]);
    expect(kept.split('\n').length).toBeGreaterThan(3);
    expect(fs.readdirSync(file('m.progress'))).toEqual(['notes.txt']); // files of others
  });

  test('leaves no folder and no model without --resume', async () => {
    const noting = file('noting.cjs');
    fs.writeFileSync(
      noting,
      `require('node:diagnostics_channel').subscribe('glissade:run:epoch', () =>
        require('node:fs').writeFileSync(${JSON.stringify(file('begun'))}, ''));`,
    );
    const command = [...long, '--search', '3'];
    const ended = await interrupted(command, [['SIGINT', () => fs.existsSync(file('begun'))]], ['--require', noting]);
    const stderr = 'glissade: interrupted before the first of 3 settings was trained completely; no model is written\n';
    expect(ended).toEqual({ code: 130, signal: null, stdout: '', stderr });
    expect(fs.readdirSync(folder).sort()).toEqual(['begun', 'many.csv', 'noting.cjs']);
  });
});

describe('a signal while the outputs of a complete training are written', () => {
  /** Sends signals before a file replaces its target: the second once the first was received. */
  const signalling = (name: string, signals: readonly string[]) => {
    const hook = file('hook.cjs');
    fs.writeFileSync(
      hook,
      `const fs = require('node:fs/promises');
      const { rename } = fs;
      fs.rename = async (from, to) => {
        if (require('node:path').basename(to) === ${JSON.stringify(name)})
          for (const signal of ${JSON.stringify(signals)}) {
            process.kill(process.pid, signal);
            while (process.listenerCount(signal) > 0) await new Promise((resolve) => setTimeout(resolve, 1));
          }
        return rename(from, to);
      };`,
    );
    return ['--require', hook];
  };
  const command = [...short, '--report', '{page.html}'];
  const runWith = (flags: string[], more: string[] = []) => runNode(parametersOf([...command, ...more]), { flags });

  test.each([
    ['SIGINT', 130, []],
    ['SIGTERM', 143, ['--resume']],
  ] as const)('%s: writes the model, but not the report (%d, %j)', async (signal, code, more) => {
    const ended = await runWith(signalling('m', [signal]), [...more]);
    expect(ended).toMatchObject({
      code,
      stderr: `glissade: interrupted: ${file('m')} has the fully trained model; ${file('page.html')} is not written\n`,
    });
    expect(ended.stdout).toContain(`written: ${file('m')}\n`);
    expect(ended.stdout).not.toContain('page.html');
    expect(Number.isFinite((await loadTableModel(file('m'))).predict({ a: 0, b: 1, c: 2 }))).toBe(true);
    expect(fs.readdirSync(folder).sort()).toEqual(['hook.cjs', 'm', 'many.csv']);
  });

  test('during the report: writes both', async () => {
    const ended = await runWith(signalling('page.html', ['SIGINT']));
    const stderr = `glissade: interrupted: ${file('m')} has the fully trained model\n`;
    expect(ended).toMatchObject({ code: 130, stderr });
    expect(ended.stdout).toContain(`written: ${file('page.html')}\n`);
    expect(fs.readdirSync(folder).sort()).toEqual(['hook.cjs', 'm', 'many.csv', 'page.html']);
  });

  test('ends the process at once if it is the second', async () => {
    const ended = await runWith(signalling('m', ['SIGINT', 'SIGTERM']));
    expect(ended).toMatchObject({ code: null, signal: 'SIGTERM', stdout: '', stderr: '' });
    expect(fs.existsSync(file('m'))).toBe(false);
  });
});

test('a second signal, of either kind, ends a command at once', async () => {
  const command = [...long, '--metrics', '{log.jsonl}', '--resume'];
  const ended = await interrupted(command, [
    ['SIGINT', isTraining],
    ['SIGTERM', () => true],
  ]);
  // Either the second signal has ended it, or it had ended before. The system may deliver either of the two first.
  expect([
    [null, 'SIGTERM'],
    [null, 'SIGINT'],
    [130, null],
    [143, null],
  ]).toContainEqual([ended.code, ended.signal]);
  expect(fs.existsSync(file('m'))).toBe(false);
});
