import { asgd } from '../../lib/optimizers/asgd';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { range } from '../support/numbers';

describe('asgd', () => {
  test('evaluates at the mean of the parameters from step t₀ + 2 on', () => {
    const theta = Float64Array.of(3, -1, 0.5);
    const optimizer = new Optimizer([theta], asgd({ learningRate: 0.3, t0: 2 }));
    expect(optimizer.evaluationParameters()[0]).toEqual(theta);
    const visited: Float64Array[] = [];
    for (const _ of range(10)) {
      optimizer.step([theta.map((x) => 2 * x + 1)]);
      visited.push(theta.slice());
      const averaged = visited.slice(Math.min(3, visited.length - 1));
      const [point] = optimizer.evaluationParameters();
      for (const i of theta.keys()) {
        const mean = averaged.reduce((sum, x) => sum + x[i]!, 0) / averaged.length;
        expect(Math.abs(point![i]! - mean)).toBeLessThan(1e-14);
      }
    }
  });
});
