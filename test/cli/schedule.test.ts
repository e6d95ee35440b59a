import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defaultSteps, scheduleExamples } from '../../lib/cli/schedule_examples';
import * as schedules from '../../lib/schedules';
import { lengthOf } from '../../lib/schedules/schedule';
import packageJson from '../../package.json';
import { type ChildOptions, outputOf, runNode } from '../support/child';
import { isLongRun } from '../support/long_run';

const schedule = (parameters: string[], options?: ChildOptions) =>
  runNode([packageJson.bin.glissade, 'schedule', ...parameters], options);

const cosine = { name: 'cosine', from: 0.001, steps: 1000 };

/** The output of the command, which must succeed. */
async function printed(description: unknown, ...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await schedule([JSON.stringify(description), ...parameters]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

const values = async (description: unknown, ...parameters: string[]): Promise<number[]> =>
  JSON.parse(await printed(description, '--json', ...parameters)).values;

/** The number of steps shown of a schedule by default. */
const ends: [description: object | number, steps: number][] = [
  [{ name: 'cosine', from: 1, steps: 10 }, 11],
  [{ name: 'cosine', from: 1, steps: 10, periodic: true }, 21],
  [{ name: 'linear', from: 1, to: 0, steps: 10 }, 11],
  [{ name: 'polynomial', from: 1, steps: 10 }, 11],
  [{ name: 'step', from: 1, every: 10 }, 50],
  [{ name: 'multiStep', from: 1, milestones: [3, 10] }, 14],
  [{ name: 'exponential', from: 1, factor: 0.5 }, 11],
  [{ name: 'exponential', from: 1, factor: 1 }, 1000],
  [{ name: 'inverseTime', from: 1 }, 1000],
  [{ name: 'warmRestarts', from: 1, steps: 10 }, 40],
  [{ name: 'warmRestarts', from: 1, steps: 10, factor: 2 }, 150],
  [{ name: 'cyclic', from: 1, to: 2, up: 4, down: 6 }, 41],
  [{ name: 'oneCycle', peak: 1, steps: 10 }, 10],
  [{ name: 'warmupStableDecay', peak: 1, warmup: 2, stable: 3, decay: 4 }, 10],
  [{ name: 'noam', modelSize: 4, warmup: 10 }, 50],
  [{ name: 'piecewise', boundaries: [10], values: [1, 2] }, 14],
  [{ name: 'join', schedules: [1, { name: 'cosine', from: 1, steps: 10 }], boundaries: [5] }, 16],
  [{ name: 'join', schedules: [1, 2], boundaries: [8] }, 10],
  [{ name: 'join', schedules: [1], boundaries: [] }, 1000],
  [
    {
      name: 'scale',
      schedule: { name: 'cosine', from: 1, steps: 10 },
      by: { name: 'noam', modelSize: 4, warmup: 3 },
    },
    15,
  ],
  [{ name: 'floor', schedule: { name: 'cosine', from: 1, steps: 10 }, minimum: 0.1 }, 11],
  [{ name: 'reduceOnPlateau', from: 1 }, 1000],
  [0.5, 1000],
];

test.each(ends)('%j has ended, or has shown its behaviour, after %i steps', (description, length) => {
  const shown = schedules.from(
    typeof description === 'number' ? { name: 'constant', value: description } : (description as { name: string }),
  );
  expect(lengthOf(shown) ?? defaultSteps).toBe(length);
});

describe('glissade schedule', () => {
  test('draws a curve with axes, 80 columns wide without a terminal', async () => {
    const lines = (await printed(cosine)).trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines).toHaveLength(16 + 4);
    expect(lines[0]!.trim()).toBe('value');
    expect(lines[1]).toMatch(/^ +0\.001 ┼─+╮$/);
    expect(lines[16]).toMatch(/^ +0 ┤ +╰─+$/);
    expect(lines[17]).toMatch(/^ +└┬(─+┬)+$/);
    expect(lines[18]!.trim().split(/ +/)).toEqual(['0', '200', '400', '600', '800', '1000']);
    expect(lines[19]!.trim()).toBe('step');
  });

  test.each([
    [40, 12],
    [80, 24],
    [200, 60],
  ])('fits a terminal of %i columns and %i rows', async (columns, rows) => {
    const drawn = await outputOf(`
      import { createRequire } from 'node:module';
      const { asciiCurve } = createRequire(import.meta.url)('./dist/cjs/cli/ascii_curve.js');
      const curve = { first: 0, count: 101, logarithmic: false, at: (step) => Math.sin(step / 10) * 1e-300 };
      console.log(asciiCurve(curve, ${columns}, ${rows}));
    `);
    const lines = drawn.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(Math.max(...lines.map((line) => line.length))).toBeGreaterThan(columns - 5);
    expect(lines.length).toBeLessThan(rows);
    expect(drawn).toContain('e-301');
  });

  test('draws values of any size, and one value', async () => {
    expect(await printed(0.1)).toMatch(/^ +0\.1 ┼─+$/m);
    expect(await printed({ name: 'linear', from: 1e-320, to: 0, steps: 7 })).toContain('1e-320');
    expect(await printed({ name: 'piecewise', boundaries: [5], values: [1.7e308, -1.7e308] })).toContain('e+307');
    const narrow = await printed({ name: 'linear', from: 0.9999, to: 0.99991, steps: 7 });
    const labels = [...narrow.matchAll(/^ +([\d.]+) [┤┼]/gm)].map(([, label]) => label);
    expect(new Set(labels).size).toBe(16);
  });

  test('draws a logarithmic axis', async () => {
    const drawn = await printed({ name: 'step', from: 1, every: 10 }, '--log');
    const labels = [...drawn.matchAll(/^ +([\d.e-]+) [┤┼]/gm)].map(([, label]) => Number(label));
    expect(labels).toHaveLength(16);
    expect(labels[0]! / labels[1]!).toBeCloseTo(10 ** (4 / 15), 1);
    expect(labels[15]).toBe(0.0001);
    expect(drawn).toContain('logarithmic');
  });

  test('writes a picture with axes and title, for light and dark', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
    const file = path.join(folder, 'rates.svg');
    try {
      await printed({ name: 'linear', from: 0, to: 0.5, steps: 100 }, '--out', file);
      const svg = fs.readFileSync(file, 'utf8');
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" .*<\/svg>\n$/s);
      expect(svg).toContain('<title>linear schedule</title>');
      expect(svg).toContain('prefers-color-scheme: dark');
      const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
      expect(texts).toEqual(expect.arrayContaining(['step', 'value', '0', '50', '100', '0.1', '0.5']));
      const points = /class="curve" d="M([^"]*)"/
        .exec(svg)![1]!
        .split('L')
        .map((point) => point.split(',').map(Number));
      expect(points).toHaveLength(101);
      const [first, middle, last] = [points[0]!, points[50]!, points[100]!];
      expect(svg).toContain(' viewBox="0 0 760 420" width="760" height="420">');
      expect([first, last]).toEqual([
        [76, 364], // the intersection of the axes
        [732, 84],
      ]);
      for (const i of [0, 1]) expect(middle[i]).toBeCloseTo((first[i]! + last[i]!) / 2, 1);

      await printed({ name: 'cosine', from: 1, steps: 10 }, '--out', file, '--log');
      const logarithmic = fs.readFileSync(file, 'utf8');
      expect(/class="curve" d="M([^"]*)"/.exec(logarithmic)![1]!.split('L')).toHaveLength(10); // the last value is 0
      expect(logarithmic.match(/<circle/g)).toHaveLength(10);

      await printed({ name: 'piecewise', boundaries: [5], values: [1.7e308, -1.7e308] }, '--out', file);
      await printed({ name: 'cosine', from: 1, steps: 9, to: 1 }, '--out', file, '--steps', '1');
      expect(fs.readFileSync(file, 'utf8')).not.toMatch(/NaN|Infinity|undefined/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('prints the values as JSON', async () => {
    const description = { name: 'warmRestarts', from: 0.1, steps: 7, factor: 1.5 };
    const made = schedules.from(description);
    expect(JSON.parse(await printed(description, '--json', '--first', '5', '--steps', '20'))).toEqual({
      schedule: made.description,
      first: 5,
      values: Array.from(made.tabulate(5, 20)),
    });
  });

  test.each(isLongRun ? ends : [ends[0]!, ends.at(-1)!])(
    'shows %j to its natural end, %i steps, by default',
    async (description, length) => {
      expect(await values(description)).toHaveLength(length);
    },
  );

  test('shows any requested number of steps, however large', async () => {
    expect(await values(cosine, '--steps', '3')).toHaveLength(3);
    expect(await printed(cosine, '--steps', '1e12', '--first', '1e12')).toContain('2e12');
  });

  test('reads the standard input', async () => {
    const { code, stdout } = await schedule(['-', '--json'], { input: `\n${JSON.stringify(cosine, null, 2)}\n` });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).schedule).toEqual(schedules.from(cosine).description);
  });

  test.each([
    ['{"name": "cosine",\n "from" 1}', [], 'JSON'],
    ['', [], 'JSON'],
    ['{"name": "cosin"}', [], 'Did you mean "cosine"?'],
    ['{"name": "cosine", "form": 1, "steps": 2}', [], 'Did you mean "from"?'],
    ['{"name": "inverseTime", "from": 1, "alpha": 0.3}', [], 'Robbins–Monro'],
    ['"cosine"', [], 'an object'],
    ['[]', [], 'schedule'],
    ['null', [], 'an object'],
    ['1', ['--steps', '0'], '--steps'],
    ['1', ['--steps', 'many'], '"many"'],
    ['1', ['--steps', ''], '--steps'],
    ['1', ['--first', '1.5'], '--first'],
    ['1', ['--first', '9007199254740991'], 'last step'],
    ['0', ['--log'], '--log'],
    ['1', ['--out', '/no/such/folder/rates.svg'], '/no/such/folder/rates.svg'],
    ['1', ['--out', '.'], 'it is a folder'],
  ])('reports in one line what is wrong with %j %j', async (json, parameters, message) => {
    const { code, stdout, stderr } = await schedule([json, ...parameters]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^glissade: ERR_[A-Z_]+: .*\n$/);
    expect(stderr).toContain(message);
  });

  test('lists all schedules, each with an example, even if nothing could be drawn', async () => {
    const { code, stdout, stderr } = await schedule(['--help'], { env: { GLISSADE_ISA: 'mmx' } });
    expect([code, stderr]).toEqual([0, '']);
    const examples = [...stdout.matchAll(/^ {2}'(.*)'$/gm)].map(([, json]) => JSON.parse(json!));
    expect(examples).toEqual(scheduleExamples);
    for (const example of examples) expect(schedules.from(example).description).toMatchObject({ name: example.name });
    // A function has no description, and closed returns the kind that it gets.
    const { from: _from, custom: _custom, closed: _closed, ...factories } = schedules;
    expect(examples.map(({ name }) => name).sort()).toEqual(Object.keys(factories).sort());
    for (const option of ['--steps', '--first', '--log', '--out', '--json']) expect(stdout).toContain(option);
  });
});
