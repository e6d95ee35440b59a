import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import packageJson from '../../../package.json';
import { packageRoot, runNode } from '../../support/child';
import { folders } from '../../support/folders';
import { testOnLinux } from '../../support/on_linux';
import { csvOf, modelFor, people } from '../../support/people';

const program = path.join(packageRoot, packageJson.bin.glissade);
const newFolder = folders();
let model: Uint8Array;
const csv = csvOf(people(300, 5));

let folder: string;
/** The path of a file in the folder; with `here/` before its name, through a link to the folder. */
const file = (name: string) =>
  name.startsWith('here/') ? `${folder}.link/${name.slice('here/'.length)}` : `${folder}/${name}`;

beforeAll(async () => {
  const at = path.join(newFolder(), 'model');
  await (await modelFor('plan')).save(at);
  model = fs.readFileSync(at);
});
beforeEach(() => {
  folder = newFolder();
  fs.writeFileSync(file('model'), model);
  fs.writeFileSync(file('in.csv'), csv);
  fs.writeFileSync(file('in[1].csv'), csv);
  fs.writeFileSync(file('my data.csv'), csv);
  fs.linkSync(file('in.csv'), file('hard.csv'));
  fs.symlinkSync('in.csv', file('soft.csv'));
  fs.symlinkSync('new', file('dangling'));
  fs.symlinkSync('nowhere/new', file('astray'));
  fs.mkdirSync(file('logs'));
  fs.symlinkSync(folder, `${folder}.link`);
});

/** All files of the folder, and their contents. */
const contents = () =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(file(name), { throwIfNoEntry: false })?.isFile())
    .sort()
    .map((name) => [name, fs.readFileSync(file(name), 'latin1')]);

/** Runs the command in the folder. `{x}` in a parameter is the path of x there. */
const run = (parameters: readonly string[]) =>
  runNode([program, ...parameters.map((one) => one.replaceAll(/\{([^}]*)\}/g, (_, name) => file(name)))], {
    env: { HOME: folder, USERPROFILE: folder },
  });

const training = ['--target', 'plan', '--epochs', '1', '--validation', '0.3', '--model', 'linear'];
const predict = ['predict', '{model}'];

describe('refuses an output that is also an input, and reads and writes nothing', () => {
  test.each<[string[], string]>([
    [[...predict, '{in.csv}', '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, '{in.csv}', '--out', '{./in.csv}'], '--out is the same file as the data, '],
    [[...predict, '{in.csv}', '--out', '{hard.csv}'], '--out is the same file as the data, '],
    [[...predict, '{in.csv}', '--out', '{soft.csv}'], '--out is the same file as the data, '],
    [[...predict, '{soft.csv}', '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, '{in[1].csv}', '--out', '{in[1].csv}'], '--out is the same file as the data, '],
    [[...predict, '{i*.csv}', '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, "select * from '{in.csv}'", '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, "from '{i?.csv}' -- it's", '--out', '{hard.csv}'], '--out is the same file as the data, '],
    [[...predict, 'select * from "{in.csv}"', '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, 'from read_csv([$${in.csv}$$])', '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, "from 'file://{in.csv}'", '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, "select * from '~/in.csv'", '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, "select * from 'file:{in.csv}'", '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, "from read_csv(E'{in\\x2ecsv}')", '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, "from read_text(e'{in\\x2E\\143sv}')", '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, "from read_csv('{in}' || '.csv')", '--out', '{in.csv}'], '--out is the same file as the data, '],
    [
      [...predict, "select E'it\\'s' as s, * from '{my data.csv}'", '--out', '{my data.csv}'],
      '--out is the same file as',
    ],
    [
      [...predict, "select E'it\\'s' as s from read_text('{in.csv}')", '--out', '{in.csv}'],
      '--out is the same file as',
    ],
    [['train', "select * from '~/in.csv'", ...training, '--out', '{in.csv}'], '--out is the same file as the data, '],
    [[...predict, '{in.csv}', '--out', '{model}'], '--out is the same file as the model, '],
    [['train', '{in.csv}', ...training, '--out', '{in.csv}'], '--out is the same file as the data, '],
    [['train', '{in.csv}', ...training, '--out', '{m}', '--report', '{soft.csv}'], '--report is the same file as'],
    [['train', '{in.csv}', ...training, '--out', '{m}', '--metrics', '{hard.csv}'], '--metrics is the same file as'],
    [['train', '{i*.csv}', ...training, '--out', '{m}', '--metrics', '{in.csv}'], '--metrics is the same file as'],
    [['export', '{model}', '--onnx', '{model}'], '--onnx is the same file as the model, '],
    [['quantize', '{model}', '--out', '{here/model}'], '--out is the same file as the model, '],
    [['export', '{model}', '--onnx', '{here/model}', '--network-only'], '--onnx is the same file as the model, '],
  ])('%j', async (parameters, message) => {
    const before = contents();
    const { code, stdout, stderr } = await run(parameters);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^glissade: ERR_INVALID_ARGUMENT: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(contents()).toEqual(before);
  });

  test('also if the input is the standard input', () => {
    fs.writeFileSync(file('rate.json'), '{"name":"cosine","from":1,"steps":9}');
    const input = fs.openSync(file('rate.json'), 'r');
    const parameters = [program, 'schedule', '-', '--out', file('rate.json')];
    const { status, stderr } = spawnSync(process.execPath, parameters, { stdio: [input, 'pipe', 'pipe'] });
    fs.closeSync(input);
    expect([status, String(stderr)]).toEqual([
      1,
      expect.stringContaining('--out is the same file as the standard input'),
    ]);
    expect(fs.readFileSync(file('rate.json'), 'utf8')).toMatch(/^\{/);
  });
});

test.each([
  [['--out', '{m}', '--report', '{here/m}'], '--out and --report are the same file'],
  [['--out', '{in2}', '--metrics', '{here/in2}'], '--out and --metrics are the same file'],
  [['--out', '{m}', '--log-dir', '{here/m}'], '--out and --log-dir are the same file'],
  [['--out', '{new}', '--report', '{dangling}'], '--out and --report are the same file'],
  [['--out', '{here/dangling}', '--metrics', '{new}'], '--out and --metrics are the same file'],
  [['--out', '{logs/linear-1}', '--log-dir', '{logs}'], 'which belongs to --log-dir'],
  [['--out', '{m}', '--metrics', '{here/logs/linear-1}', '--log-dir', '{logs}'], 'which belongs to --log-dir'],
  [['--out', '{m}', '--log-dir', '{m/logs}'], 'which belongs to --out'],
  [['--out', '{m}', '--resume', '--log-dir', '{m.progress/logs}'], ', the folder of --resume'],
  [['--out', '{m}', '--resume', '--report', '{m.progress}'], ', the folder of --resume'],
])('refuses equal outputs under different names: %j', async (parameters, message) => {
  const before = contents();
  const { code, stderr } = await run(['train', '{in.csv}', ...training, ...parameters]);
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  expect(contents()).toEqual(before);
});

describe('refuses an impossible place for a file before it reads anything', () => {
  const commands: string[][] = [
    ['train', '{nothing.csv}', ...training, '--out', '{m}', '--metrics'],
    ['train', '{nothing.csv}', ...training, '--out', '{m}', '--report'],
    ['train', '{nothing.csv}', ...training, '--out'],
    ['predict', '{nothing}', '{nothing.csv}', '--out'],
    ['export', '{nothing}', '--onnx'],
    ['quantize', '{nothing}', '--out'],
  ];

  test.each(commands)('%s %s … through a link to a missing folder', async (...parameters) => {
    const before = contents();
    const { code, stdout, stderr } = await run([...parameters, '{astray}']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`ERR_INVALID_ARGUMENT: ${file('astray')} can't be written: `);
    expect(contents()).toEqual(before);
    expect(fs.readlinkSync(file('astray'))).toBe('nowhere/new');
  });

  // There, a file system refuses files only by a failure.
  testOnLinux.each(commands)('%s %s … /proc/nope', async (...parameters) => {
    const { code, stdout, stderr } = await run([...parameters, '/proc/nope']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain("ERR_INVALID_ARGUMENT: /proc/nope can't be written: ");
  });

  testOnLinux.each(commands.filter((one) => !one.includes('--metrics')))(
    '%s %s … a device, which is not replaced',
    async (...parameters) => {
      const { code, stdout, stderr } = await run([...parameters, '/dev/null']);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain("ERR_INVALID_ARGUMENT: /dev/null can't be written: it is not a regular file");
    },
  );

  testOnLinux('but a pipe takes the lines of --metrics', () => {
    const command = [process.execPath, program, 'train', file('in.csv'), ...training, '--out', file('m')];
    const shell = '"$@" --metrics /dev/stdout | cat';
    const { stdout, stderr } = spawnSync('sh', ['-c', shell, 'sh', ...command], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toContain('"event":"start"');
  });

  test('trying an output leaves no file', async () => {
    const before = contents();
    const outputs = ['--out', '{m}', '--report', '{dangling}', '--metrics', '{log.jsonl}'];
    expect(await run(['train', '{nothing.csv}', ...training, ...outputs])).toMatchObject({ code: 1, stdout: '' });
    expect(contents()).toEqual(before);
    expect(fs.readlinkSync(file('dangling'))).toBe('new');
  });
});

test('can write a file with a name that resembles an input', async () => {
  fs.writeFileSync(file('in1.csv'), 'old');
  const { code, stderr } = await run([...predict, '{in[1].csv}', '--out', '{in1.csv}']);
  expect([code, stderr]).toEqual([0, '']);
  expect(fs.readFileSync(file('in1.csv'), 'utf8')).toMatch(/^prediction\n/);
});

describe('the folder of --resume', () => {
  const resume = ['train', '{in.csv}', ...training, '--resume', '--out', '{m}'];

  test.each<[string, Record<string, string>]>([
    ['a file', { 'notes.txt': 'mine' }],
    ['a file with the name of a search', { 'search.jsonl': '{"price": 1}\n' }],
    ['a folder with the name of a training', { 'training/notes.txt': 'mine' }],
  ])('is refused with %s of others, which stays', async (_, files) => {
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(file(`m.progress/${name}`)), { recursive: true });
      fs.writeFileSync(file(`m.progress/${name}`), text);
    }
    const before = contents();
    const { code, stdout, stderr } = await run(resume);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${file('m.progress')} has files that --resume did not write`);
    expect(contents()).toEqual(before);
  });

  test('is removed after the training, unless it contains other files', async () => {
    fs.mkdirSync(file('m.progress'));
    expect((await run([...resume, '--search', '2'])).code).toBe(0);
    expect(fs.existsSync(file('m.progress'))).toBe(false);
  });

  test('can be a link to a folder, which stays and is empty after the training', async () => {
    fs.mkdirSync(file('elsewhere'));
    fs.symlinkSync('elsewhere', file('m.progress'));
    expect(await run([...resume, '--search', '2'])).toMatchObject({ code: 0, stderr: '' });
    expect(fs.readlinkSync(file('m.progress'))).toBe('elsewhere');
    expect(fs.readdirSync(file('elsewhere'))).toEqual([]);
  });
});

test('a model that learns can be saved to the file that is served', async () => {
  const { code, stderr } = await run(['serve', '{model}', '--learn', '--out', '{model}', '--port', '-1']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('port')]);
});
