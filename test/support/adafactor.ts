import { range } from './numbers';

const mean = (numbers: number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const rms = (numbers: number[]): number => Math.sqrt(mean(numbers.map((x) => x * x)));

export interface AdafactorNumbers {
  learningRate: number;
  beta2Decay: number;
  epsilon1: number;
  epsilon2: number;
  clipThreshold: number;
  weightDecay: number;
}

/** Adafactor (algorithms 4 and 5 of its paper) over one matrix, or over a vector if `columns` is undefined. */
export class PlainAdafactor {
  readonly #options: AdafactorNumbers;
  readonly #columns: number | undefined;
  #rowMeans: number[] = [];
  #columnMeans: number[] = [];
  #squares: number[] = [];
  #steps = 0;

  constructor(options: AdafactorNumbers, columns?: number) {
    this.#options = options;
    this.#columns = columns;
  }

  step(theta: number[], gradient: number[]): number[] {
    const { learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold, weightDecay } = this.#options;
    this.#steps += 1;
    const rest = this.#steps ** beta2Decay;
    const average = (old: number[], values: number[]) => values.map((x, i) => (1 - rest) * (old[i] ?? 0) + rest * x);
    const squares = gradient.map((g) => g * g);
    let variances: number[];
    if (this.#columns === undefined) variances = this.#squares = average(this.#squares, squares);
    else {
      const columns = this.#columns;
      const rows = gradient.length / columns;
      const at = (i: number, j: number) => squares[i * columns + j]!;
      this.#rowMeans = average(
        this.#rowMeans,
        range(rows).map((i) => mean(range(columns).map((j) => at(i, j)))),
      );
      this.#columnMeans = average(
        this.#columnMeans,
        range(columns).map((j) => mean(range(rows).map((i) => at(i, j)))),
      );
      const all = mean(this.#rowMeans);
      variances = gradient.map(
        (_, k) => (this.#rowMeans[Math.floor(k / columns)]! * this.#columnMeans[k % columns]!) / all,
      );
    }
    const u = gradient.map((g, i) => g / Math.max(Math.sqrt(variances[i]!), epsilon1));
    const size = Math.max(epsilon2, rms(theta)) * Math.min(learningRate, 1 / Math.sqrt(this.#steps));
    const excess = Math.max(1, rms(u) / clipThreshold);
    return theta.map((x, i) => (1 - learningRate * weightDecay) * x - (size * u[i]!) / excess);
  }
}
