import { saddles } from '../../../lib/lab/experiments/saddles';
import { himmelblau, saddle } from '../../../lib/lab/problems/two_dimensional';
import { reportOf } from '../../../lib/lab/run';
import { criticalPoints, placeAt, type SmoothProblem, squaredSlope } from '../../../lib/lab/saddles/critical_points';
import { exclusiveOr } from '../../../lib/lab/saddles/parity';
import { Random } from '../../../lib/numbers/random';

const failures = async (settings: Record<string, number>) => {
  const { checks } = await reportOf(saddles, { size: 'small', settings });
  return checks.filter(({ holds }) => !holds).map(({ claim }) => claim);
};

const gate = exclusiveOr(0.05);
afterAll(() => gate.dispose());
const random = new Random(3);

describe.each<[string, SmoothProblem]>([
  ['exclusive or', gate],
  ['half the squared slope of exclusive or', { ...gate, ...squaredSlope(gate) } as SmoothProblem],
  ['half the squared slope of Himmelblau’s function', squaredSlope(himmelblau) as SmoothProblem],
])('%s', (_name, problem) => {
  test('has the gradient of finite differences', () => {
    const step = 1e-5;
    const theta = random.normals(problem.start.length);
    const gradient = new Float64Array(theta.length).fill(Number.NaN);
    problem.objective(theta, gradient);
    for (const [i, slope] of gradient.entries()) {
      const [low, high] = [-step, step].map((by) => {
        const moved = theta.map((x, j) => (i === j ? x + by : x));
        return problem.objective(moved, new Float64Array(theta.length)) as number;
      });
      expect(Math.abs(slope - (high! - low!) / (2 * step))).toBeLessThan(1e-6 * (1 + Math.hypot(...gradient)));
    }
  });
});

test('exclusive or has the Hessian of differences of gradients', () => {
  const [theta, vector] = [random.normals(9), random.normals(9)];
  const gradientAt = (by: number) => {
    const gradient = new Float64Array(9);
    gate.objective(
      theta.map((x, i) => x + by * vector[i]!),
      gradient,
    );
    return gradient;
  };
  const product = gate.hessianVectorProduct(theta, vector);
  const [low, high] = [gradientAt(-1e-5), gradientAt(1e-5)];
  for (const [i, value] of product.entries()) expect(value).toBeCloseTo((high[i]! - low[i]!) / 2e-5, 7);
});

describe('descent on the squared slope', () => {
  test('finds the nine critical points of Himmelblau’s function, each once', () => {
    const starts = Array.from({ length: 200 }, () => Float64Array.from({ length: 2 }, () => 10 * random.uniform() - 5));
    const kinds = criticalPoints(himmelblau, starts).map(({ kind }) => kind);
    expect(kinds.sort().join()).toBe('maximum,minimum,minimum,minimum,minimum,saddle,saddle,saddle,saddle');
  });
});

describe('a place', () => {
  test.each([
    [[0, 0], 'saddle', 0.5],
    [[0, 1], 'minimum', 0],
    [[0.5, 0], 'none', 0.5],
  ] as const)('%p on the saddle is a %s', (theta, kind, index) => {
    expect(placeAt(saddle, theta)).toMatchObject({ kind, index });
  });
});

describe('saddles', () => {
  test('stop the auto-encoder if it has no time to leave them', async () => {
    expect(await failures({ autoEncoderSteps: 100 })).toEqual([
      expect.stringContaining('R = Σ_{i>k} λᵢ at the end of a run'),
    ]);
  });

  test('of a network with hardly any weight decay: runs have not converged when they are classified', async () => {
    expect(await failures({ decay: 1e-4, networkStarts: 4 })).toContainEqual(
      expect.stringContaining('runs that do not end at a minimum'),
    );
  });
});
