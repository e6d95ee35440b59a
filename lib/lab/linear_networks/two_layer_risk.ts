import { Dataset, type FloatArray, type Network, type Random } from '../../index.js';
import { Matrix } from '../../numbers/matrices.js';
import { layered, matricesOf, setMatrices, type TwoLayers } from './layers.js';
import { ModeVectors } from './mode_vectors.js';
import { completed, modesOf } from './modes.js';

/** R = E‖y − QWx‖² of two linear layers, and the slides' formulas for it. Assumes white inputs, E[xxᵀ] = I. */
export class TwoLayerRisk {
  readonly data: Dataset;
  readonly model: Network;
  /** The least R of any matrix A = QW. */
  readonly least: number;
  readonly #gamma: Matrix;
  /** Σ, m × n. */
  readonly #sigma: Matrix;
  readonly #strengths: readonly number[];
  readonly #u: Matrix;
  readonly #v: Matrix;

  /** @param random Completes U and V to square matrices, where there are fewer modes. */
  constructor({ x, y }: { x: Matrix; y: Matrix }, hidden: number, random: Random) {
    this.#gamma = y.transpose().mmul(x).div(x.rows);
    this.least = Matrix.mul(y, y).sum() / y.rows - Matrix.mul(this.#gamma, this.#gamma).sum();
    const { u, strengths, v } = modesOf(this.#gamma);
    [this.#u, this.#v, this.#strengths] = [completed(u, random), completed(v, random), strengths];
    this.#sigma = Matrix.diag([...strengths], y.columns, x.columns);
    const [inputs, targets] = [x, y].map((table) => Float64Array.from(table.to1DArray()));
    this.data = new Dataset({ inputs: inputs!, columns: x.columns, targets: targets!, targetColumns: y.columns });
    this.model = layered([x.columns, hidden, y.columns]);
  }

  get strengths(): readonly number[] {
    return this.#strengths;
  }

  setLayers({ q, w }: TwoLayers): void {
    setMatrices(this.model, [w, q]);
  }

  /** The layers in an array with the layout of the parameters. */
  layersOf(flat: FloatArray): TwoLayers {
    const [w, q] = matricesOf(this.model, flat) as [Matrix, Matrix];
    return { q, w };
  }

  /** R, computed by the network. */
  at(layers: TwoLayers): number {
    this.setLayers(layers);
    return this.model.evaluate(this.data, { loss: 'squared' }).loss;
  }

  /** ½∇R, computed by the network. */
  halfGradient(layers: TwoLayers): TwoLayers {
    this.setLayers(layers);
    const { q, w } = this.layersOf(this.model.gradient(this.data, { loss: 'squared' }).gradient);
    return { q: q.div(2), w: w.div(2) };
  }

  /** ½∇R by the slide: (A − Γ)Wᵀ and Qᵀ(A − Γ). */
  formula({ q, w }: TwoLayers): TwoLayers {
    const rest = q.mmul(w).sub(this.#gamma);
    return { q: rest.mmul(w.transpose()), w: q.transpose().mmul(rest) };
  }

  /** Q̃ = UᵀQ and W̃ = WV. */
  turned({ q, w }: TwoLayers): TwoLayers {
    return { q: this.#u.transpose().mmul(q), w: w.mmul(this.#v) };
  }

  /** Q = UQ̃ and W = W̃Vᵀ. */
  turnedBack({ q, w }: TwoLayers): TwoLayers {
    return { q: this.#u.mmul(q), w: w.mmul(this.#v.transpose()) };
  }

  /** ½∇R with respect to Q̃ and W̃ by the slide: (Q̃W̃ − Σ)W̃ᵀ and Q̃ᵀ(Q̃W̃ − Σ). */
  turnedFormula(layers: TwoLayers): TwoLayers {
    const { q, w } = this.turned(layers);
    const rest = q.mmul(w).sub(this.#sigma);
    return { q: rest.mmul(w.transpose()), w: q.transpose().mmul(rest) };
  }

  /** ½∇R with respect to Q̃ and W̃ by central differences, which are exact because R is quadratic in each of them. */
  turnedDifferences(layers: TwoLayers): TwoLayers {
    const { q, w } = this.turned(layers);
    const differences = (part: Matrix) => {
      const result = new Matrix(part.rows, part.columns);
      for (let i = 0; i < part.rows; ++i)
        for (let j = 0; j < part.columns; ++j) {
          const here = part.get(i, j);
          const at = (value: number) => {
            part.set(i, j, value);
            return this.at(this.turnedBack({ q, w }));
          };
          result.set(i, j, (at(here + 1) - at(here - 1)) / 4);
          part.set(i, j, here);
        }
      return result;
    };
    return { q: differences(q), w: differences(w) };
  }

  vectors(layers: TwoLayers): ModeVectors {
    return new ModeVectors(this.turned(layers), this.#strengths);
  }
}

/** The largest difference between expected and found matrices, relative to the largest expected number. */
export function deviation(pairs: Iterable<{ expected: TwoLayers; found: TwoLayers }>): number {
  let [difference, size] = [0, 0];
  for (const { expected, found } of pairs)
    for (const part of ['q', 'w'] as const) {
      difference = Math.max(difference, Matrix.sub(expected[part], found[part]).abs().max());
      size = Math.max(size, Matrix.abs(expected[part]).max());
    }
  return difference / size;
}
