import fs from 'node:fs';
import path from 'node:path';
import { outputOf, packageRoot, runNode } from '../support/child';
import { rules } from '../support/rules';

const folder = path.join(packageRoot, 'examples/convergence');

/** What an expression of the functions' module gives, in a process that can import it. */
const evaluated = async (module: string, expression: string) =>
  JSON.parse(
    await outputOf(
      `import * as it from ${JSON.stringify(path.join(folder, module))};
       console.log(JSON.stringify(${expression}));`,
    ),
  );

describe('the test functions', () => {
  const probes = `it.functions.map(({ name, start, minima, least, at }) => {
    const take = (x) => {
      const gradient = new Float64Array(x.length);
      return { x, value: at(Float64Array.from(x), gradient), gradient: [...gradient] };
    };
    const points = [start, start.map((x, i) => x + Math.sin(i + 1) / 2), start.map((x, i) => -x + Math.cos(i + 1))];
    const step = 1e-5;
    const shifted = (x, i, by) => take(x.map((value, j) => (i === j ? value + by : value))).value;
    return {
      name,
      least,
      minima: minima.map(take),
      points: points.map((x) => ({
        ...take(x),
        slopes: x.map((_, i) => (shifted(x, i, step) - shifted(x, i, -step)) / (2 * step)),
      })),
    };
  })`;
  interface Point {
    value: number;
    gradient: number[];
  }
  let functions: { name: string; least: number; minima: Point[]; points: (Point & { slopes: number[] })[] }[];
  beforeAll(async () => {
    functions = await evaluated('functions.mjs', probes);
  });

  test('are least, and flat, at their minima', () => {
    expect(functions.map(({ name, minima }) => [name, minima.length])).toEqual([
      ['sphere', 1],
      ['quadratic', 1],
      ['rosenbrock', 1],
      ['beale', 1],
      ['himmelblau', 4],
      ['branin', 3],
    ]);
    for (const { least, minima } of functions)
      for (const { value, gradient } of minima) {
        expect(value).toBeCloseTo(least, 14);
        for (const slope of gradient) expect(slope).toBeCloseTo(0, 12);
      }
  });

  test('are more elsewhere, and have the gradients that differences show', () => {
    for (const { least, points } of functions)
      for (const { value, gradient, slopes } of points) {
        expect(value).toBeGreaterThan(least);
        const size = Math.hypot(...gradient);
        for (const [i, slope] of slopes.entries())
          expect(Math.abs(gradient[i]! - slope)).toBeLessThan(1e-7 * (1 + size));
      }
  });
});

describe("the quadratic's spectrum", () => {
  test('is that of DeepOBS', async () => {
    const eigenvalues: number[] = await evaluated('quadratic.mjs', '[...it.eigenvalues]');
    expect(eigenvalues.filter((x) => x > 0 && x < 1)).toHaveLength(90);
    expect(eigenvalues.filter((x) => x > 30 && x < 60)).toHaveLength(10);
  });

  test('is what gradient descent meets: no step leaves more than theory allows, and above 2/L there is no end', async () => {
    const script = `import { Optimizer } from 'glissade';
      import { eigenvalues, quadratic } from ${JSON.stringify(path.join(folder, 'quadratic.mjs'))};
      const largest = Math.max(...eigenvalues), smallest = Math.min(...eigenvalues);
      const descend = (learningRate) => {
        const theta = Float64Array.from(quadratic.start), gradient = new Float64Array(100);
        const optimizer = new Optimizer([theta], { name: 'sgd', learningRate });
        return Array.from({ length: 2000 }, () => {
          const value = quadratic.at(theta, gradient);
          optimizer.step([gradient]);
          return value;
        });
      };
      console.log(JSON.stringify({ largest, smallest, best: descend(2 / (largest + smallest)), tooFast: descend(2.02 / largest) }));`;
    const { largest, smallest, best, tooFast } = JSON.parse(await outputOf(script));
    const contraction = ((largest - smallest) / (largest + smallest)) ** 2;
    for (let step = 1; step < best.length; ++step)
      expect(best[step] / best[step - 1]).toBeLessThanOrEqual(contraction * (1 + 1e-9));
    expect(best.at(-1)).toBeLessThan(best[0] / 1e2);
    expect(tooFast.at(-1)).toBeGreaterThan(1e10 * tooFast[0]);
  });
});

describe('docs/convergence.md', () => {
  const page = fs.readFileSync(path.join(packageRoot, 'docs/convergence.md'), 'utf8').split('\n');
  const cellsOf = (line: string) => line.split('|').map((cell) => cell.trim());

  test.each([
    ['sgd', 'sphere', 'Sphere'],
    ['adam', 'sphere', 'Sphere'],
    ['rprop', 'rosenbrock', 'Rosenbrock'],
    ['scheduleFree', 'beale', 'Beale'],
    ['lars', 'beale', 'Beale'],
    ['momentum { nesterov }', 'branin', 'Branin'],
  ])('says what is found again for %s on %s', async (rule, name, title) => {
    const { code, stdout } = await runNode(['examples/convergence/main.mjs', '--rule', rule, '--function', name]);
    expect(code).toBe(0);
    const found = stdout.split('\n').filter((line) => cellsOf(line)[1] === `\`${rule}\``);
    const column = cellsOf(page.find((line) => line.startsWith('| rule'))!).indexOf(title);
    const written = page.filter((line) => cellsOf(line)[1] === `\`${rule}\``);
    expect(found.map((line) => cellsOf(line)[2])).toEqual(written.map((line) => cellsOf(line)[column]));
    expect(found).toHaveLength(2);
  });

  test('has a row for each rule', async () => {
    const labels: string[] = await evaluated('rules.mjs', 'it.rules.map(it.labelOf)');
    const names = new Set([...rules.map(([, { name }]) => name), 'adafactor', 'muon']);
    expect(new Set(labels.map((label) => label.split(' ')[0]))).toEqual(names);
    for (const label of labels) expect(page.filter((line) => cellsOf(line)[1] === `\`${label}\``)).toHaveLength(2);
  });

  test('is refused unknown names', async () => {
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
