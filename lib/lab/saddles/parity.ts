import { Dataset, dense, network } from '../../index.js';
import type { SmoothProblem } from './critical_points.js';

export interface ParitySettings {
  readonly bits: number;
  readonly hidden: number;
  /** λ. */
  readonly decay: number;
}

/**
 * f = E(y − z)² + ½λ‖θ‖² for a network with one layer of tanh units. z is 1 where an odd number of its inputs is 1, and
 * else −1. Inputs are all rows of ±1. Weight decay keeps the minima finite. Signs and order of the hidden units give
 * most critical points many copies: eight with 2 units.
 */
export function parity({ bits, hidden, decay }: ParitySettings): SmoothProblem & { dispose(): void } {
  const rows = Array.from({ length: 2 ** bits }, (_, row) => row);
  const isSet = (row: number, bit: number) => (row >> (bits - 1 - bit)) % 2 === 1;
  const inputs = rows.flatMap((row) => Array.from({ length: bits }, (_, bit) => (isSet(row, bit) ? 1 : -1)));
  const ofRow = (row: number) => inputs.slice(row * bits, (row + 1) * bits);
  const targets = rows.map((row) => (ofRow(row).filter((x) => x > 0).length % 2 === 1 ? 1 : -1));
  const data = new Dataset({ inputs: Float64Array.from(inputs), columns: bits, targets: Float64Array.from(targets) });
  const layers = [dense(hidden, { activation: 'tanh' }), dense(1)];
  const model = network({ inputs: bits, layers, type: 'float64' });
  const loss = 'squared';
  return {
    name: `Parity of ${bits} inputs`,
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

/** Parity of two inputs. */
export const exclusiveOr = (decay: number, hidden = 2) => parity({ bits: 2, hidden, decay });
