import type { Design, Evaluation, LinearCoefficients, LinearShape } from './design.js';
import { type Convex, Curvature, type Ending, lbfgs, lbfgsFrom, type Minimized, newton } from './minimizers.js';

/** Problems with more coefficients are minimised by L-BFGS: a Hessian takes the square of their number. */
const mostForNewton = 600;

/** One of so many rows is in the sample whose minimum is the first guess, which has at least so many rows per coefficient. */
const [sampleStep, rowsPerCoefficient] = [8, 8];

/** The most iterations on the sample, and on all rows from there on. Few need more. */
const [mostOnSample, mostFromSample] = [10, 20];

/** How near the minimum of the sample is found: the half squared Newton decrement, relative to the loss. */
const decrementOfSample = 1e-3;

/** A step that does not belong to a minimum, as a share of the largest coefficient. */
const longStep = 1e-3;

/** Wider designs are read entry by entry, without centring. */
const mostCentred = 4095;

/** The minimum of a penalised loss, and how the iterations ended. */
export type PenalizedFit = LinearCoefficients & Omit<Minimized, 'x'> & { readonly weight: number };

/** Linear models with the least Σ w·loss + ½λ‖b‖² for some λ, each found from the one before. */
export class PenalizedProblem {
  readonly #design: Design;
  readonly #shape: LinearShape;
  readonly #centre: Float64Array | undefined;
  #interceptPenalty = 0;
  /** The same problem over a sample of the rows. */
  readonly #sample: PenalizedProblem | undefined;
  #last: Float64Array;
  #weight = 0;

  private constructor(design: Design, shape: LinearShape, centre: Float64Array | undefined, sample?: Design) {
    this.#design = design;
    this.#shape = shape;
    this.#centre = centre;
    this.#sample = sample && new PenalizedProblem(sample, shape, centre);
    this.#last = new Float64Array((design.columns + (shape.hasIntercept ? 1 : 0)) * shape.outputs);
  }

  /**
   * @param interceptRows The penalty of the intercepts of centred columns, in units of the mean weight of a row. It keeps that of a
   *   class without rows finite.
   */
  static async of(design: Design, shape: LinearShape, interceptRows = 0): Promise<PenalizedProblem> {
    const isCentred = shape.hasIntercept && design.columns <= mostCentred;
    const coefficients = (design.columns + (shape.hasIntercept ? 1 : 0)) * shape.outputs;
    const sample =
      coefficients > mostForNewton ? undefined : design.sample(sampleStep, rowsPerCoefficient * coefficients);
    const centre = isCentred ? await design.centre() : undefined;
    const problem = new PenalizedProblem(design, shape, centre, sample);
    if (interceptRows > 0) {
      problem.#interceptPenalty = (interceptRows * (await problem.totalWeight())) / (await design.rowsOfAll());
      if (problem.#sample) problem.#sample.#interceptPenalty = problem.#interceptPenalty / sampleStep;
    }
    return problem;
  }

  /** The sum of the weights of all rows. */
  async totalWeight(): Promise<number> {
    if (this.#weight === 0) await this.#evaluate(this.#last, 0, 'gradient');
    return this.#weight;
  }

  /** @param tolerance Of L-BFGS. Newton's method ends at rounding errors. */
  async minimize(penalty: number, ending: Ending & { readonly tolerance: number }): Promise<PenalizedFit> {
    const f: Convex = (x, derivatives) => this.#evaluate(x, penalty, derivatives);
    const { x, ...rest } = await this.#minimum(f, penalty, ending);
    this.#last = x;
    return { ...this.#uncentred(x), ...rest, weight: this.#weight };
  }

  /** Whether a further step would still be long: without a penalty, the coefficients of separated classes grow without an end. */
  async isDiverging(): Promise<boolean> {
    if (this.#last.length > mostForNewton) return false;
    const at = await this.#evaluate(this.#last, 0, 'hessian');
    const step = (await Curvature.of(at)).stepFor(at.gradient);
    const size = this.#last.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    return step.some((x) => Math.abs(x) > longStep * size);
  }

  async #minimum(f: Convex, penalty: number, ending: Ending & { readonly tolerance: number }): Promise<Minimized> {
    if (this.#last.length > mostForNewton) return lbfgs(f, this.#last, ending);
    const guess = penalty > 0 ? await this.#guess(penalty, ending) : undefined;
    if (!guess) return newton(f, this.#last, ending);
    const near = await lbfgsFrom(f, guess, {
      ...ending,
      maxIterations: Math.min(mostFromSample, ending.maxIterations),
    });
    if (near.converged || near.iterations === ending.maxIterations) return near;
    const { iterations, ...rest } = await newton(f, near.x, {
      ...ending,
      maxIterations: ending.maxIterations - near.iterations,
    });
    return { ...rest, iterations: near.iterations + iterations };
  }

  /** The minimum over a sample of the rows, moved as that of the last penalty was from the sample's. */
  async #guess(penalty: number, { isStopped }: Ending): Promise<Float64Array | undefined> {
    const sample = this.#sample;
    if (!sample) return undefined;
    const before = sample.#last;
    const f: Convex = (x, derivatives) => sample.#evaluate(x, penalty / sampleStep, derivatives);
    const { x, converged } = await newton(f, before, { maxIterations: mostOnSample, isStopped }, decrementOfSample);
    if (!converged) return undefined;
    sample.#last = x;
    return this.#last.map((value, i) => value + x[i]! - before[i]!);
  }

  async #evaluate(x: Float64Array, penalty: number, derivatives: 'gradient' | 'hessian'): Promise<Evaluation> {
    const { columns } = this.#design;
    const { outputs } = this.#shape;
    const { loss, weight, gradient, hessian } = await this.#design.evaluate(
      { ...this.#shape, centre: this.#centre, coefficients: x },
      derivatives,
    );
    this.#weight = weight;
    let penalties = 0;
    const size = x.length;
    for (let i = 0; i < size; ++i) {
      const own = i < columns * outputs ? penalty : this.#interceptPenalty;
      penalties += (own / 2) * x[i]! * x[i]!;
      gradient[i]! += own * x[i]!;
      if (hessian.length > 0) hessian[i * size + i]! += own;
    }
    if (hessian.length > 0 && this.#shape.loss === 'crossEntropy') this.#fixSums(hessian, size);
    return { loss: loss + penalties, gradient, hessian };
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
