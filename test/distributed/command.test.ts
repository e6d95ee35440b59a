import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runNode } from '../support/child';
import { runNodeOnRanks, underAnMpi, underEachMpi } from '../support/ranks';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const data = path.join(folder, 'people.csv');
let state = 1;
const uniform = (): number => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};
const lines = Array.from({ length: 3000 }, () => {
  const [age, city, income] = [
    18 + Math.floor(72 * uniform()),
    ['Bern', 'Rome', 'Oslo'][Math.floor(3 * uniform())],
    100 * uniform(),
  ];
  return `${age},${city},${income.toFixed(2)},${age > 50 !== (city === 'Rome') && income > 30 ? 'yes' : 'no'}`;
});
fs.writeFileSync(data, ['age,city,income,bought', ...lines].join('\n'));

const command = (...options: string[]) => ['dist/cjs/cli/main.js', 'train', data, '--target', 'bought', ...options];
const settings = ['--epochs', '5', '--validation', '0.2', '--json'];

underEachMpi('glissade train under mpirun', (launcher) => {
  test('trains one model on all processes; one of them writes it and reports', async () => {
    const out = path.join(folder, `${launcher.library}.safetensors`);
    const [metrics, logDir, page] = [`${out}.jsonl`, `${out}.logs`, `${out}.html`];
    const alone = await runNode(command('--out', path.join(folder, 'alone.safetensors'), ...settings));
    const shared = await runNodeOnRanks(
      launcher,
      3,
      command('--out', out, '--metrics', metrics, '--log-dir', logDir, '--report', page, '--resume', ...settings),
    );
    expect({ code: shared.code, stderr: shared.stderr }).toEqual({ code: 0, stderr: '' });
    const [ours, theirs] = [JSON.parse(shared.stdout), JSON.parse(alone.stdout)]; // one report
    expect(ours.scores.network.accuracy.value).toBeCloseTo(theirs.scores.network.accuracy.value, 2);
    expect(ours.scores.linear.accuracy.value).toBeCloseTo(theirs.scores.linear.accuracy.value, 2);
    expect(ours).toMatchObject({ chosen: theirs.chosen, epochs: theirs.epochs, parameters: theirs.parameters });
    for (const file of [out, page]) expect(fs.existsSync(file)).toBe(true);
    expect(fs.existsSync(`${out}.progress`)).toBe(false);
    const runs = fs
      .readFileSync(metrics, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"start"')).length;
    expect(runs).toBe(1); // the network's, by one process; the linear model is an exact solution
    expect(fs.readdirSync(logDir).length).toBe(1);
  });

  test.each([
    [['--target', 'boughts'], 'has no column "boughts". Did you mean "bought"?'],
    [['--target', 'bought', '--epochs', 'x'], '--epochs: Expected a number or auto'],
  ])('%j: one of them reports the error', async (options, message) => {
    const { code, stdout, stderr } = await runNodeOnRanks(launcher, 3, [
      'dist/cjs/cli/main.js',
      'train',
      data,
      '--out',
      path.join(folder, 'none.safetensors'),
      ...options,
    ]);
    expect({ isOk: code === 0, stdout }).toEqual({ isOk: false, stdout: '' });
    expect(stderr.split('\n').filter((line) => line.includes(message))).toHaveLength(1);
  });
});

underAnMpi('commands whose processes share their work', (launcher) => {
  test('searches settings with all processes, and trains with the best', async () => {
    const found = await Promise.all(
      [1, 3].map(async (ranks) => {
        const out = path.join(folder, `searched-${ranks}-${launcher.library}.safetensors`);
        const ended = await runNodeOnRanks(
          launcher,
          ranks,
          command('--out', out, '--search', '7', '--resume', ...settings),
        );
        expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
        const report = JSON.parse(ended.stdout);
        return report.search.map(({ seconds: _, ...trial }: { seconds: number }) => trial);
      }),
    );
    expect(found[1]).toEqual(found[0]);
    expect(found[0]).toHaveLength(7);
  });

  test('each process reads a part of a large file', async () => {
    const rows = Array.from({ length: 120_000 }, (_, i) => {
      const [x, y] = [uniform(), uniform()];
      return `${x.toFixed(6)},${y.toFixed(6)},${i % 2 === 0 ? 'left side' : 'right side'},${x + y > 1 !== (i % 2 === 0) ? 1 : 0},${'x'.repeat(10)}`;
    });
    const large = path.join(folder, 'large.csv');
    fs.writeFileSync(large, ['x,y,side,target,constant', ...rows].join('\n'));
    const out = path.join(folder, `large-${launcher.library}.safetensors`);
    const [page, report] = [`${out}.html`, '--report'];
    const ended = await runNodeOnRanks(launcher, 2, [
      'dist/cjs/cli/main.js', 'train', large, '--target', 'target', '--out', out, report, page, '--epochs', '3', '--json',
    ]); // biome-ignore format: a list
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
    const shown = JSON.parse(ended.stdout);
    expect(shown).toMatchObject({
      rows: 120_000,
      withoutTarget: 0,
      heldOut: 'held out',
      leftOut: ['constant'],
      chosen: 'network',
    });
    expect(shown.scores.network.accuracy.value).toBeGreaterThan(0.97);
    expect(fs.readFileSync(page, 'utf8')).toContain('60,000 of the 120,000 rows, at equal distances,');

    const cli = (...parameters: string[]) => ['dist/cjs/cli/main.js', ...parameters];
    const [alone, shared] = [
      await runNode(cli('evaluate', out, large, '--json')),
      await runNodeOnRanks(launcher, 3, cli('evaluate', out, large, '--json')),
    ];
    expect(shared.code).toBe(0);
    expect(JSON.parse(alone.stdout).scores.accuracy.value).toBeGreaterThan(0.97);
    const rounded = (json: string) =>
      JSON.parse(json, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value));
    expect(rounded(shared.stdout)).toEqual(rounded(alone.stdout));

    const predict = (to: string, ...options: string[]) =>
      cli('predict', out, large, '--keep', 'x', '--probabilities', '--out', to, ...options);
    const written = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8');
    for (const options of [[], ['--json']]) {
      expect((await runNode(predict(path.join(folder, 'alone.csv'), ...options))).code).toBe(0);
      expect((await runNodeOnRanks(launcher, 3, predict(path.join(folder, 'shared.csv'), ...options))).code).toBe(0);
      expect(written('shared.csv').length).toBeGreaterThan(1e6);
      expect(written('shared.csv') === written('alone.csv')).toBe(true);
    }
    expect(fs.readdirSync(folder).filter((name) => name.includes('part-'))).toEqual([]);

    for (const parameters of [cli('evaluate', out, 'none.csv'), cli('predict', 'none.safetensors', large)]) {
      const { code, stderr } = await runNodeOnRanks(launcher, 3, parameters);
      expect(code).not.toBe(0);
      expect(stderr.split('\n').filter((line) => line.includes('ERR_FILE'))).toHaveLength(1);
    }
    const changed = (name: string, pattern: RegExp, by: string) => {
      const lines = rows.map((row, i) => (i === 100_000 ? row.replace(pattern, by) : row));
      fs.writeFileSync(path.join(folder, name), ['x,y,side,target,constant', ...lines].join('\n'));
      return runNodeOnRanks(launcher, 2, cli('evaluate', out, path.join(folder, name)));
    };
    expect((await changed('unseen.csv', /,[01],/, ',2,')).stdout).toContain('has not seen the class: "2" (1 row)');
    expect((await changed('damaged.csv', /,[^,]*,/, ',high,')).stderr).toMatch(
      /rank 1: .*damaged\.csv, line 100002, column "y"/,
    );

    const printed = await runNodeOnRanks(launcher, 2, cli('predict', out, data));
    expect({ code: printed.code, stdout: printed.stdout }).toEqual({ code: 1, stdout: '' }); // it lacks columns
    fs.writeFileSync(path.join(folder, 'few.csv'), 'x,y,side\n0.1,0.2,left side\n0.9,0.8,left side\n');
    const few = await runNodeOnRanks(launcher, 2, cli('predict', out, path.join(folder, 'few.csv')));
    expect(few.stdout.trim().split(/\s+/)).toEqual(['prediction', '1', '0']); // once
  });
});
