import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runNode } from '../support/child';
import { runNodeOnRanks, underEachMpi } from '../support/ranks';

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
  test('trains one model on all processes, which one of them writes and reports', async () => {
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
    expect(runs).toBe(2); // the linear model's and the network's, each by one process
    expect(fs.readdirSync(logDir).length).toBe(2);
  });

  test.each([
    [['--target', 'boughts'], 'has no column "boughts". Did you mean "bought"?'],
    [['--search', '3'], '--search runs in one process'],
    [['--epochs', 'x'], '--epochs: Expected a number or auto'],
  ])('%j: one of them says what is wrong', async (options, message) => {
    const { code, stdout, stderr } = await runNodeOnRanks(
      launcher,
      3,
      command('--out', path.join(folder, 'none.safetensors'), ...options),
    );
    expect({ isOk: code === 0, stdout }).toEqual({ isOk: false, stdout: '' });
    expect(stderr.split('\n').filter((line) => line.includes(message))).toHaveLength(1);
  });
});
