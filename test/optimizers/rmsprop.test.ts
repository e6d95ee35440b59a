import { Optimizer } from '../../lib/optimizers/optimizer';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import { range } from '../support/numbers';

describe('rmsprop', () => {
  test('stays finite if a constant gradient leaves no variance', () => {
    const theta = new Float32Array(1000);
    const gradient = Float32Array.from(theta, (_, i) => 0.37 * (i + 1));
    const optimizer = new Optimizer([theta], rmsprop({ decay: 0.5, epsilon: 1, centered: true }));
    for (const _ of range(60)) optimizer.step([gradient]);
    expect(theta.every(Number.isFinite)).toBe(true);
  });
});
