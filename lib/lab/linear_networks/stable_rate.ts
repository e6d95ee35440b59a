import type { Network } from '../../index.js';
import type { Matrix } from '../../numbers/matrices.js';
import { Trial } from '../trial.js';
import { descend } from './descent.js';
import { setMatrices } from './layers.js';

/** A start near a minimum, for gradient descent that may return to it. */
interface Beside {
  readonly model: Network;
  /** Σ³¹ of the items. */
  readonly correlation: Matrix;
  /** Weights near the minimum. */
  readonly layers: readonly Matrix[];
  /** How far a map is from the one at the minimum. */
  readonly distance: (map: Matrix) => number;
}

/** Whether `steps` of gradient descent with λ = `rate` end nearer to the minimum. */
async function returns(
  { model, correlation, layers, distance }: Beside,
  rate: number,
  steps: number,
): Promise<boolean> {
  setMatrices(model, layers);
  const { seen } = await descend(model, correlation, { rate, steps, looks: 1, trial: new Trial() }, (map) => [
    distance(map),
  ]);
  return seen.at(-1)![0]! < seen[0]![0]!;
}

/** The largest λ in [low, high] with which gradient descent returns to the minimum, by bisection to 0.4 %. */
export async function stableRate(beside: Beside, [low, high]: readonly [number, number]): Promise<number> {
  while (high / low > 1.004) {
    const middle = Math.sqrt(low * high);
    if (await returns(beside, middle, 60)) low = middle;
    else high = middle;
  }
  return Math.sqrt(low * high);
}
