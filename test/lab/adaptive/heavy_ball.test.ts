import { bestHeavyBall, factorOf, type HeavyBall, type Motion, motionOf } from '../../../lib/lab/adaptive/heavy_ball';

/** θ(t) of b ← αb + λθ, θ ← θ − ηb from θ = 1, divided by `unit`ᵗ so that it neither vanishes nor overflows. */
function simulated({ step, decay }: HeavyBall, steps: number, unit: number): number[] {
  let [theta, buffer] = [1, 0];
  return Array.from({ length: steps }, () => {
    buffer = decay * buffer + step * theta;
    theta -= buffer;
    buffer /= unit;
    theta /= unit;
    return theta;
  });
}

const grid = [0, 0.1, 0.5, 0.81, 0.95].flatMap((decay) =>
  [0.001, 0.02, 0.3, 0.9, 1.1, 1.7, 1.99, 2.3, 3.3, 3.99].map((step) => ({ step, decay })),
);

describe.each(grid)('the heavy ball with ηλ = $step and α = $decay', (ball) => {
  const factor = factorOf(ball);
  const path = simulated(ball, 2000, factor);

  test('changes its error by the factor of its larger root', () => {
    const sizes = (from: number) => Math.max(...path.slice(from, from + 1000).map(Math.abs));
    expect(Math.log(sizes(1000) / sizes(0)) / 1000).toBeCloseTo(0, 2);
    expect(Math.abs(Math.log(sizes(1000) / sizes(0)))).toBeLessThan(4);
  });

  test('moves as in its region of the phase diagram', () => {
    const turns = path.slice(1000).filter((theta, t, all) => t > 0 && theta < 0 !== all[t - 1]! < 0).length;
    const expected: Motion =
      factor > 1 ? 'diverging' : turns === 0 ? 'monotone' : turns === 999 ? 'alternating' : 'oscillating';
    expect(motionOf(ball)).toBe(expected);
  });
});

test('at the borders of the regions the roots are equal, or of magnitude 1', () => {
  for (const decay of [0.04, 0.25, 0.81]) {
    const root = Math.sqrt(decay);
    for (const step of [(1 - root) ** 2, (1 + root) ** 2]) expect(factorOf({ step, decay })).toBeCloseTo(root, 6);
    expect(factorOf({ step: 2 + 2 * decay, decay })).toBeCloseTo(1, 12);
    expect(motionOf({ step: (1 - root) ** 2 - 1e-6, decay })).toBe('monotone');
    expect(motionOf({ step: (1 - root) ** 2 + 1e-6, decay })).toBe('oscillating');
    expect(motionOf({ step: (1 + root) ** 2 - 1e-6, decay })).toBe('oscillating');
    expect(motionOf({ step: (1 + root) ** 2 + 1e-6, decay })).toBe('alternating');
    expect(motionOf({ step: 2 + 2 * decay, decay })).toBe('diverging');
  }
});

test('the best η and α give the smallest factor for the two extreme curvatures', () => {
  for (const condition of [1, 4, 100]) {
    const best = bestHeavyBall(1 / condition, 1);
    const worst = (rate: number, decay: number) =>
      Math.max(factorOf({ step: rate / condition, decay }), factorOf({ step: rate, decay }));
    expect(worst(best.rate, best.decay)).toBeCloseTo(best.factor, 6);
    for (const rate of [0.9, 1.1])
      for (const decay of [0.8, 1, 1.1])
        expect(worst(rate * best.rate, decay * best.decay)).toBeGreaterThan(best.factor + 1e-4);
  }
});
