import { bestHeavyBall, factorOf, motionOf } from '../../../lib/lab/adaptive/heavy_ball';
import { momentum } from '../../../lib/lab/playgrounds/momentum';
import { initialValues } from '../../../lib/lab/playgrounds/playground';
import { minimize } from '../../../lib/minimize/minimize';
import { sgd } from '../../../lib/optimizers/sgd';
import { fieldOf } from '../../../lib/pages/client/field';
import type { Band, Line, Path } from '../../../lib/pages/figure';

const values = { rate: 1.3, decay: 0.6, condition: 20 };
const [path, risk, phase] = momentum.figures(values, []);

test('momentum follows the path of sgd with momentum', () => {
  const [mu, smoothness] = [1 / 20, 1];
  const { trajectory } = minimize(
    {
      start: Float64Array.of(-9, 4),
      objective(theta, gradient) {
        gradient.set([mu * theta[0]!, smoothness * theta[1]!]);
        return (mu * theta[0]! ** 2 + smoothness * theta[1]! ** 2) / 2;
      },
      name: 'quadratic',
    },
    { rule: sgd({ learningRate: 1.3, momentum: 0.6 }), maxSteps: 40, tolerance: 0, trajectory: true },
  );
  const { points } = path!.marks.find(({ kind }) => kind === 'path') as Path;
  const risks = risk!.marks.find((mark) => mark.kind === 'line' && mark.name === 'R with momentum') as Line;
  for (const [t, theta] of trajectory!.thetas.entries()) {
    expect(points[t]![0]).toBeCloseTo(theta[0]!, 10);
    expect(points[t]![1]).toBeCloseTo(theta[1]!, 10);
    expect(risks.points[t]).toEqual([t, expect.closeTo(trajectory!.losses[t]!, 10)]);
  }
});

test('the regions of the phase diagram are those of the motions', () => {
  const bands = phase!.marks.filter((mark) => mark.kind === 'band') as Band[];
  expect(bands.map(({ name }) => name)).toEqual(['monotone', 'oscillating', 'alternating', 'diverging']);
  for (const { name, points } of bands)
    for (const [step, low, high] of points.slice(1, -1)) {
      expect(high).toBeGreaterThanOrEqual(low);
      if (high - low > 1e-9) expect(motionOf({ step, decay: (low + high) / 2 })).toBe(name);
    }
});

test('a point of the phase diagram has its factor, also between the points of its grid', () => {
  const field = fieldOf(phase!)!;
  for (const [step, decay] of [[1, 0.8], [1.013, 0.567], [3.01, 0.201], [0, 0], [4, 1]] as const) // biome-ignore format: short
    expect(field.at([step, decay])).toBeCloseTo(factorOf({ step, decay }), 2);
});

test('the best η and α have the factor of the theory', () => {
  const [best, descent] = momentum.presets!;
  const slower = ({ rate, decay }: Record<string, number>) =>
    Math.max(factorOf({ step: rate! / 20, decay: decay! }), factorOf({ step: rate!, decay: decay! }));
  expect(slower(best!.values(values) as Record<string, number>)).toBeCloseTo(bestHeavyBall(1 / 20, 1).factor, 6);
  expect(slower(descent!.values(values) as Record<string, number>)).toBeCloseTo(19 / 21, 12);
});

test('sentences follow the numbers', () => {
  const ball = { step: 1.3, decay: 0.6 };
  expect(momentum.findings(values, [])[1]).toBe(
    `Along λ = L, where ηλ = 1.3, θ oscillates and shrinks by a factor of ${factorOf(ball).toFixed(4)} per step.`,
  );
  expect(momentum.findings({ ...values, rate: 3.3 }, []).join()).toMatch(/θ grows by a factor of 1\.\d+.*It diverges/);
  expect(momentum.findings(initialValues(momentum), []).at(-1)).toBe('In the slide’s form this η is 5/L.');
});

test('a diverging run ends at the edge of the plot, with a cross', () => {
  const [lost] = momentum.figures({ ...values, rate: 3.9 }, []);
  const { points } = lost!.marks.find(({ kind }) => kind === 'path') as Path;
  expect(points.at(-1)).toEqual([Number.NaN, Number.NaN]);
  expect(Math.abs(points.at(-2)![1])).toBeCloseTo(5, 12);
});
