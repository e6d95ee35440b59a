import { methods } from '../../../lib/lab/adaptive/contraction';
import { range } from '../../support/numbers';

/** The factor of an error per step, by simulating many steps of the recursion. */
function simulated(kind: number, rate: number, decay: number, curvature: number): number {
  const step = rate * (1 - decay);
  const steps = 20_000;
  let [before, now, log] = [0.7, 1, 0];
  for (let t = 0; t < steps; ++t) {
    const ahead = kind === 2 ? now + decay * (now - before) : now;
    [before, now] = [now, now - step * curvature * ahead + decay * (now - before)];
    const size = Math.hypot(before, now);
    log += Math.log(size);
    before /= size;
    now /= size;
  }
  return Math.exp(log / steps);
}

describe.each([2, 10, 1000])('with a condition number of %d', (condition) => {
  const [mu, smoothness] = [0.3, 0.3 * condition];

  test.each(methods(mu, smoothness))('the best rate of $name shrinks all errors as theory says', (method) => {
    const factors = range(21).map((i) => method.contraction(method.rate, mu * condition ** (i / 20)));
    expect(Math.max(...factors)).toBeCloseTo(method.best, 6);
    expect(method.contraction(method.rate, mu)).toBeCloseTo(method.best, 6);
  });

  test.each(methods(mu, smoothness))('other rates of $name are worse', (method) => {
    const worst = (rate: number) => Math.max(method.contraction(rate, mu), method.contraction(rate, smoothness));
    for (const factor of [0.5, 0.9, 0.99, 1.01, 1.1, 2])
      expect(worst(factor * method.rate)).toBeGreaterThan(worst(method.rate));
  });

  test.each(
    methods(mu, smoothness).flatMap((method, kind) =>
      [0.1, 0.7, 1, 1.3].flatMap((factor) =>
        [mu, smoothness].map((curvature) => ({ method, kind, factor, curvature })),
      ),
    ),
  )('$method.name at $factor times its best rate: $curvature', ({ method, kind, factor, curvature }) => {
    const rate = factor * method.rate;
    const expected = simulated(kind, rate, method.decay, curvature);
    expect(method.contraction(rate, curvature) / expected).toBeGreaterThan(0.999);
    expect(method.contraction(rate, curvature) / expected).toBeLessThan(1.001);
  });
});
