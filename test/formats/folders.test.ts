import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../../lib/formats/folders';
import { packageRoot, runScript } from '../support/child';
import { folders } from '../support/folders';

const newFolder = folders();

describe('making a folder', () => {
  test('makes those above it, and returns them', () => {
    const root = newFolder();
    const made = ['a', 'a/b', 'a/b/c'].map((name) => path.join(root, name));
    expect(makeFolder(path.join(root, 'a/x/../b//c/'))).toEqual(made);
    expect(fs.statSync(made[2]!).isDirectory()).toBe(true);
  });

  test('accepts an existing folder, also as a link', () => {
    const root = newFolder();
    fs.symlinkSync(root, path.join(root, 'link'));
    expect([makeFolder(root), makeFolder(path.join(root, 'link')), makeFolder('/')]).toEqual([[], [], []]);
    expect(makeFolder(path.join(root, 'link/a'))).toEqual([path.join(root, 'link/a')]);
    expect(fs.readdirSync(root).sort()).toEqual(['a', 'link']);
  });

  test('works in several processes at the same time', async () => {
    const folder = path.join(newFolder(), 'a/b/c/d/e');
    const source = `require('./dist/cjs/formats/folders.js').makeFolder(${JSON.stringify(folder)})`;
    const run = () => promisify(execFile)(process.execPath, ['-e', source], { cwd: packageRoot });
    await Promise.all([run(), run(), run(), run()]);
    expect(fs.statSync(folder).isDirectory()).toBe(true);
  });

  test.each([
    ['file', 'EEXIST', 'file already exists'],
    ['file/b', 'ENOTDIR', 'not a directory'],
    ['dangling', 'ENOENT', 'a link to nowhere, which is not a folder'],
  ])('is refused with the place: %s', (name, code, message) => {
    const root = newFolder();
    fs.writeFileSync(path.join(root, 'file'), '');
    fs.symlinkSync('nowhere', path.join(root, 'dangling'));
    expect(() => makeFolder(path.join(root, name))).toThrow(
      expect.objectContaining({ code, path: path.join(root, name), message: expect.stringContaining(message) }),
    );
  });
});

// There, Node's recursive mkdir never returns. The process would be killed after 50 seconds.
const whereNone = process.platform === 'linux' ? describe : describe.skip;
whereNone('where there can be no folder, a run ends (needs Linux)', () => {
  const training = (options: string) =>
    runScript(`
      const { Dataset, dense, network, sgd, Trainer } = require('glissade');
      const data = new Dataset({ inputs: [[1], [2]], targets: [1, 2] });
      const model = network({ inputs: data, layers: [dense(1)] });
      const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd() });
      (async () => trainer.fit(data, { epochs: 2, ${options} }))().then(
        () => console.log('done'),
        ({ code, message, cause }) => console.log(code, message, cause.path),
      );`);

  test('with an error for its checkpoints', async () => {
    const { stdout } = await training("checkpoint: { folder: '/proc/nope/deep' }, onCheckpointError: 'throw'");
    expect(stdout).toBe("ERR_FILE can't make checkpoints in /proc/nope/deep: no such file or directory /proc/nope\n");
  });

  test.each(["logDir: '/proc/nope'", "logFile: '/proc/nope/log.jsonl'"])('with a warning for %s', async (option) => {
    const { stdout, stderr } = await training(option);
    expect(stdout).toBe('done\n');
    expect(stderr).toContain("can't log the run in /proc/nope");
  });
});

test('no module makes folders itself', () => {
  const lib = path.join(packageRoot, 'lib');
  const sources = fs.readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) => /\.c?ts$/.test(name));
  const makers = sources.filter((name) => /\bmkdir(Sync)?\(/.test(fs.readFileSync(path.join(lib, name), 'utf8')));
  expect(makers).toEqual(['formats/folders.ts']);
});
