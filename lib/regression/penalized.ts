import type { Design, Evaluation, LinearCoefficients, LinearShape } from './design.js';
import { type Convex, type Ending, lbfgs, type Minimized, newton } from './minimizers.js';

/** Problems with more coefficients are minimised by L-BFGS: a Hessian takes the square of their number. */
const mostForNewton = 600;

/** Wider designs are read entry by entry, without centring. */
const mostCentred = 4095;

/** The minimum of a penalised loss, and how the iterations ended. */
export type PenalizedFit = LinearCoefficients & Omit<Minimized, 'x'> & { readonly weight: number };

/** Linear models with the least Σ w·loss + ½λ‖b‖² for some λ, each found from the one before. */
export class PenalizedProblem {
  readonly #design: Design;
  readonly #shape: LinearShape;
  readonly #centre: Float64Array | undefined;
  #last: Float64Array;
  #weight = 0;

  private constructor(design: Design, shape: LinearShape, centre: Float64Array | undefined) {
    this.#design = design;
    this.#shape = shape;
    this.#centre = centre;
    this.#last = new Float64Array((design.columns + (shape.hasIntercept ? 1 : 0)) * shape.outputs);
  }

  static async of(design: Design, shape: LinearShape): Promise<PenalizedProblem> {
    const isCentred = shape.hasIntercept && design.columns <= mostCentred;
    return new PenalizedProblem(design, shape, isCentred ? await design.centre() : undefined);
  }

  /** The sum of the weights of all rows. */
  async totalWeight(): Promise<number> {
    if (this.#weight === 0) await this.#evaluate(this.#last, 0, 'gradient');
    return this.#weight;
  }

  /** @param tolerance Of L-BFGS. Newton's method ends at rounding errors. */
  async minimize(penalty: number, ending: Ending & { readonly tolerance: number }): Promise<PenalizedFit> {
    const f: Convex = (x, derivatives) => this.#evaluate(x, penalty, derivatives);
    const minimize = this.#last.length <= mostForNewton ? newton : lbfgs;
    const { x, ...rest } = await minimize(f, this.#last, ending);
    this.#last = x;
    return { ...this.#uncentred(x), ...rest, weight: this.#weight };
  }

  async #evaluate(x: Float64Array, penalty: number, derivatives: 'gradient' | 'hessian'): Promise<Evaluation> {
    const { columns } = this.#design;
    const { outputs } = this.#shape;
    const { loss, weight, gradient, hessian } = await this.#design.evaluate(
      { ...this.#shape, centre: this.#centre, coefficients: x },
      derivatives,
    );
    this.#weight = weight;
    let squares = 0;
    const size = x.length;
    for (let i = 0; i < columns * outputs; ++i) {
      squares += x[i]! * x[i]!;
      gradient[i]! += penalty * x[i]!;
      if (hessian.length > 0) hessian[i * size + i]! += penalty;
    }
    if (hessian.length > 0 && this.#shape.loss === 'crossEntropy') this.#fixSums(hessian, size);
    return { loss: loss + (penalty / 2) * squares, gradient, hessian };
  }

  /**
   * The same number added to all coefficients of a column leaves softmax as it is. A curvature in this direction, in which the
   * gradient is zero, makes the Hessian regular and changes no step.
   */
  #fixSums(hessian: Float64Array, size: number): void {
    const { outputs } = this.#shape;
    for (let first = 0; first < size; first += outputs) {
      let trace = 0;
      for (let k = 0; k < outputs; ++k) trace += hessian[(first + k) * size + first + k]!;
      for (let k = 0; k < outputs; ++k)
        for (let l = k; l < outputs; ++l) hessian[(first + k) * size + first + l]! += trace / outputs / outputs;
    }
  }

  /** The coefficients for columns that are not centred. */
  #uncentred(x: Float64Array): LinearCoefficients {
    const { columns } = this.#design;
    const { outputs, hasIntercept } = this.#shape;
    const coefficients = x.slice(0, columns * outputs);
    const intercepts = hasIntercept ? x.slice(columns * outputs) : new Float64Array(outputs);
    if (this.#centre)
      for (let j = 0; j < columns; ++j)
        for (let k = 0; k < outputs; ++k) intercepts[k]! -= coefficients[j * outputs + k]! * this.#centre[j]!;
    return { coefficients, intercepts };
  }
}
