import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runNode } from '../support/child';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const out = path.join(folder, 'report.html');
const demo = (...parameters: string[]) => runNode(['examples/digits/main.mjs', '--out', out, ...parameters]);

describe('the demo', () => {
  test('reads at least 95 % of the held-out digits, and shows the learning', async () => {
    const { code, stdout, stderr } = await demo();
    expect([code, stderr]).toEqual([0, '']);
    const accuracy = Number(/^held-out accuracy (\S+) %$/m.exec(stdout)?.[1]);
    expect(accuracy).toBeGreaterThanOrEqual(95);
    expect(stdout).toMatch(
      /^epoch 30\/30 {2}loss 0\.\d+ {2}validation accuracy 9\d\.\d+ % +\d+ k examples\/s {2}0\.0 s left$/m,
    );
    const confusion = [...stdout.matchAll(/^ {4}(\d) ((?: +(?:\d+|·)){10}) +\d+\.\d %$/gm)].map(([, , counts]) =>
      counts!
        .trim()
        .split(/ +/)
        .map((count) => (count === '·' ? 0 : Number(count))),
    );
    const total = confusion.flat().reduce((sum, count) => sum + count, 0);
    const right = confusion.reduce((sum, row, digit) => sum + row[digit]!, 0);
    expect([confusion.length, total]).toEqual([10, 2000]);
    expect((100 * right) / total).toBeCloseTo(accuracy, 2);

    const report = fs.readFileSync(out, 'utf8');
    expect(report).toContain(`${accuracy.toFixed(2)} % of 2,000 held-out digits`);
    expect(report.match(/<figcaption>a \d, read as/g)!.length).toBe(Math.min(30, total - right));
    expect(report.match(/(?:src|href)="(?!data:,)|@import|url\([^#]/g)).toBeNull(); // it is self-contained
    const figures = [...report.matchAll(/class="figure" data-section="digits"[^>]*>(.*?)<\/script>/gs)].map(
      ([, data]) => JSON.parse(data!),
    );
    expect(figures[0].marks.map(({ points }: { points: unknown[] }) => points.length)).toEqual([30, 30]);
    expect(figures[1].marks[1].points.at(-1)[1]).toBeCloseTo(accuracy / 100, 4);
  });

  test('prints its help', async () => {
    const { code, stdout, stderr } = await demo('--help');
    expect([code, stderr]).toEqual([0, '']);
    for (const option of ['--out', '--epochs', '--seed']) expect(stdout).toContain(option);
  });

  test('refuses wrong options before it trains', async () => {
    for (const [parameters, words] of [
      [['--epochs', '0'], '--epochs'],
      [['--epochs', '1e1'], '"1e1"'],
      [['--seed', '-1'], '--seed'],
      [['--epoch', '1'], '--epoch'],
      [['--out', path.join(folder, 'missing', 'report.html')], path.join(folder, 'missing')],
    ] as const) {
      const { code, stdout, stderr } = await demo(...parameters);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(words);
    }
  });
});
