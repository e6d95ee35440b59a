import { Dataset } from '../../data/dataset.js';
import { dense } from '../../layers/dense.js';
import { network } from '../../training/network.js';
import type { SmoothProblem } from './critical_points.js';

/**
 * f = E(y − z)² + ½λ‖θ‖² for the network 2-2-1 with tanh units on exclusive or, in ±1. Weight decay keeps the minima
 * finite. Signs and order of the hidden units give most critical points eight copies.
 */
export function exclusiveOr(decay: number): SmoothProblem & { dispose(): void } {
  const inputs = Float64Array.of(-1, -1, -1, 1, 1, -1, 1, 1);
  const data = new Dataset({ inputs, columns: 2, targets: Float64Array.of(-1, 1, 1, -1) });
  const model = network({ inputs: 2, layers: [dense(2, { activation: 'tanh' }), dense(1)], type: 'float64' });
  const loss = 'squared';
  return {
    name: 'Exclusive or',
    start: new Float64Array(model.parameters.length),
    objective(theta, gradient) {
      model.parameters.set(theta);
      const risk = model.gradient(data, { loss });
      let penalty = 0;
      for (const [i, x] of theta.entries()) {
        gradient[i] = risk.gradient[i]! + decay * x;
        penalty += (decay / 2) * x * x;
      }
      return risk.loss + penalty;
    },
    hessianVectorProduct(theta, vector) {
      model.parameters.set(theta);
      const product = model.hessianVectorProduct(data, vector, { loss });
      return product.map((x, i) => x + decay * vector[i]!);
    },
    dispose: () => data.dispose(),
  };
}
