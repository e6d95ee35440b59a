import { addon, type NativeDesign, type NativeLinearModel } from '../addon/index.js';
import { type Dataset, nativeDataset } from '../data/dataset.js';
import { type Ranks, together } from '../distributed/ranks.js';

/** Coefficients and intercepts of a linear model: coefficient of column j and output k at j · outputs + k. */
export interface LinearCoefficients {
  readonly coefficients: Float64Array;
  /** An intercept for each output; zeros without intercepts. */
  readonly intercepts: Float64Array;
}

/** A loss of a linear model over rows with its derivatives. */
export interface Evaluation {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** The upper triangle of the Hessian, row by row; empty if it was not requested. */
  readonly hessian: Float64Array;
}

/** What is fitted: the loss, the number of outputs, and whether there are intercepts. */
export interface LinearShape {
  readonly loss: NativeLinearModel['loss'];
  readonly outputs: number;
  readonly hasIntercept: boolean;
}

const sum = (parts: readonly Float64Array[]): Float64Array =>
  parts.length === 1 ? parts[0]! : parts[0]!.map((_, i) => parts.reduce((total, part) => total + part[i]!, 0));

/** The rows of a dataset, or of the shards of all ranks, for exact linear models. */
export class Design {
  readonly #data: Dataset;
  readonly #native: NativeDesign;
  readonly #ranks: Ranks | undefined;
  /** Columns of numbers: those of dense and sparse blocks, and one for each category. */
  readonly columns: number;

  /** @param ranks Processes of which each has its own rows. Each makes the same calls. */
  constructor(data: Dataset, ranks?: Ranks) {
    this.#data = data;
    this.#native = new addon.Design(nativeDataset(data));
    this.#ranks = ranks;
    this.columns = this.#native.columns();
  }

  /** The sum of the weights of each class, up to the largest target. @throws RangeError unless all targets are classes. */
  classWeights(): Float64Array {
    return this.#native.classWeights();
  }

  /** The number of rows, of all ranks. */
  async rowsOfAll(): Promise<number> {
    return (await together(this.#ranks, this.#data.rows)).reduce((sum, rows) => sum + rows, 0);
  }

  /** Every `step`-th row, of a design without ranks that has `least` of them; else nothing. */
  sample(step: number, least: number): Design | undefined {
    const count = Math.floor(this.#data.rows / step);
    if (this.#ranks || count < least) return undefined;
    return new Design(this.#data.select(Uint32Array.from({ length: count }, (_, i) => i * step)));
  }

  /** What is subtracted from the columns and the targets: near their means, the same on all ranks. */
  async centre(): Promise<Float64Array> {
    return (await together(this.#ranks, this.#native.centre()))[0]!;
  }

  /** The triangular factors of the rows of each rank. */
  async factors(centre: Float64Array, hasIntercept: boolean): Promise<readonly Float64Array[]> {
    return together(this.#ranks, await this.#native.factor(centre, hasIntercept));
  }

  /** The sum of the losses of all rows, with its derivatives. */
  async evaluate(
    model: NativeLinearModel,
    derivatives: 'gradient' | 'hessian',
  ): Promise<Evaluation & { weight: number }> {
    const parts = await together(this.#ranks, await this.#native.likelihood(model, derivatives));
    const total = (of: (part: (typeof parts)[number]) => number) => parts.reduce((all, part) => all + of(part), 0);
    return {
      loss: total(({ loss }) => loss),
      weight: total(({ weight }) => weight),
      gradient: sum(parts.map(({ gradient }) => gradient)),
      hessian: sum(parts.map(({ hessian }) => hessian)),
    };
  }

  /** The mean loss of a model over the rows. */
  async meanLoss(shape: LinearShape, { coefficients, intercepts }: LinearCoefficients): Promise<number> {
    const all = new Float64Array(coefficients.length + (shape.hasIntercept ? shape.outputs : 0));
    all.set(coefficients);
    if (shape.hasIntercept) all.set(intercepts, coefficients.length);
    const { loss, weight } = await this.evaluate({ ...shape, centre: undefined, coefficients: all }, 'gradient');
    return loss / weight;
  }
}
