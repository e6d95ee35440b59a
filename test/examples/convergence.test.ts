import fs from 'node:fs';
import path from 'node:path';
import { outputOf, packageRoot, runNode } from '../support/child';
import { isLongRun } from '../support/long_run';
import { rules } from '../support/rules';

const folder = path.join(packageRoot, 'examples/convergence');

/** The value of an expression over a module of the example, evaluated in a process that can import it. */
const evaluated = async (module: string, expression: string) =>
  JSON.parse(
    await outputOf(
      `import * as it from ${JSON.stringify(path.join(folder, module))};
       console.log(JSON.stringify(${expression}));`,
    ),
  );

describe('docs/convergence.md', () => {
  const page = fs.readFileSync(path.join(packageRoot, 'docs/convergence.md'), 'utf8').split('\n');
  const cellsOf = (line: string) => line.split('|').map((cell) => cell.trim());

  const quick = [
    ['sgd', 'sphere', 'Sphere'],
    ['adam', 'sphere', 'Sphere'],
    ['rprop', 'rosenbrock', 'Rosenbrock'],
    ['momentum { nesterov }', 'branin', 'Branin'],
  ] as const;
  const slow = [
    ['scheduleFree', 'beale', 'Beale'],
    ['lars', 'beale', 'Beale'],
  ] as const;
  test.each(isLongRun ? [...quick, ...slow] : quick)(
    'has the recomputed result for %s on %s',
    async (rule, name, title) => {
      const { code, stdout } = await runNode(['examples/convergence/main.mjs', '--rule', rule, '--function', name]);
      expect(code).toBe(0);
      const found = stdout.split('\n').filter((line) => cellsOf(line)[1] === `\`${rule}\``);
      const column = cellsOf(page.find((line) => line.startsWith('| rule'))!).indexOf(title);
      const written = page.filter((line) => cellsOf(line)[1] === `\`${rule}\``);
      expect(found.map((line) => cellsOf(line)[2])).toEqual(written.map((line) => cellsOf(line)[column]));
      expect(found).toHaveLength(2);
    },
  );

  test('has a row for each rule', async () => {
    const labels: string[] = await evaluated('rules.mjs', 'it.rules.map(it.labelOf)');
    const names = new Set([...rules.map(([, { name }]) => name), 'adafactor', 'muon']);
    expect(new Set(labels.map((label) => label.split(' ')[0]))).toEqual(names);
    for (const label of labels) expect(page.filter((line) => cellsOf(line)[1] === `\`${label}\``)).toHaveLength(2);
  });

  test('refuses unknown names', async () => {
    for (const parameters of [
      ['--rule', 'adem'],
      ['--function', 'cone'],
      ['--rate', '1'],
    ]) {
      const { code, stdout, stderr } = await runNode(['examples/convergence/main.mjs', ...parameters]);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('Usage');
    }
  });
});
