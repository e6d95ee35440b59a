import {
  curvature,
  Dataset,
  dense,
  type FloatArray,
  type GradientFlow,
  type GradientFlowOptions,
  gradientFlow,
  losses,
  type Minimum,
  minimize,
  network,
  type Problem,
} from '../../index.js';
import type { ConvexProblem } from '../problems/quadratic.js';
import type { Examples } from '../problems/regression.js';

/** A problem with a fixed start for gradient flow. */
export interface Landscape {
  readonly name: string;
  /** Time scale 1/λ, where λ is the largest eigenvalue of the Hessian at the start. */
  readonly unit: number;
  flow(options: GradientFlowOptions): GradientFlow;
  /** θ(t) by the closed form if there is one, else by integration with a relative tolerance of 10⁻¹². */
  solution(time: number): FloatArray;
  /** R and ‖∇R‖ at θ. */
  at(theta: FloatArray): Minimum;
}

const finest = { relative: 1e-12, absolute: 1e-14 };

export function landscape(problem: Problem): Landscape {
  const flow = (options: GradientFlowOptions) => gradientFlow(problem, options);
  return {
    name: problem.name,
    unit: 1 / curvature(problem, problem.start).top[0]!,
    flow,
    solution: (time) => flow({ time, tolerance: finest }).thetas.at(-1)!,
    at: (theta) => minimize(problem, { start: theta, maxSteps: 0 }),
  };
}

/** A quadratic with eigenvectors along the axes: θᵢ(t) = e^(−λᵢt) θᵢ(0). */
export function quadraticLandscape(problem: ConvexProblem, eigenvalues: FloatArray): Landscape {
  const start = Float64Array.from(problem.start);
  return { ...landscape(problem), solution: (time) => start.map((x, i) => Math.exp(-eigenvalues[i]! * time) * x) };
}

/** The mean squared loss of a small tanh network with random initial weights. The caller disposes of it. */
export function networkLandscape(examples: Examples, hidden: number, seed: number): Landscape & Disposable {
  const { inputs, columns, targets } = examples;
  const layers = [dense(hidden, { activation: 'tanh' }), dense(1)];
  const model = network({ inputs: columns, layers, type: 'float64', seed });
  const data = new Dataset({ inputs, columns, targets: Float64Array.from(targets) });
  const loss = losses.squared();
  const start = model.parameters.slice();
  const riskAt = (theta: FloatArray) => {
    model.parameters.set(theta);
    return { model, data, loss };
  };
  const flow = (options: GradientFlowOptions) => gradientFlow(riskAt(start), options);
  return {
    name: 'Tanh network',
    unit: 1 / curvature(model, data, { loss }).top[0]!,
    flow,
    solution: (time) => flow({ time, tolerance: finest }).thetas.at(-1)!,
    at: (theta) => minimize(riskAt(theta), { maxSteps: 0 }),
    [Symbol.dispose]: () => data.dispose(),
  };
}
