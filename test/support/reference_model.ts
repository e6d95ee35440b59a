import type { LayerDescription } from './layers/descriptions';
import { evaluation, type Pass, type Passed, type Tensor } from './layers/layer';
import { sequence } from './layers/sequence';
import { type Shape, sizeOf } from './layers/shape';
import type { LossFunction } from './loss_functions';

export interface PlacedTensor extends Tensor {
  /** Where it begins among the parameters. */
  offset: number;
  length: number;
}

/** A network of any layers as the textbook writes them, over doubles, a minibatch at a time. */
export class ReferenceModel {
  readonly tensors: PlacedTensor[] = [];
  /** Of all tensors, those of running statistics among them. */
  readonly parameters: Float64Array;
  readonly #layers;
  /** Losses are of logits: where the last layer is a softmax, they see what comes before it. */
  readonly #logits;

  constructor(layers: readonly LayerDescription[], inputs: Shape) {
    this.#layers = sequence(layers, inputs, 'layers');
    this.#logits = layers.at(-1)?.kind === 'softmax' ? sequence(layers.slice(0, -1), inputs, 'layers') : this.#layers;
    let offset = 0;
    for (const tensor of this.#layers.tensors) {
      const length = tensor.shape.reduce((product, extent) => product * extent, 1);
      this.tensors.push({ ...tensor, offset, length });
      offset += length;
    }
    this.parameters = new Float64Array(offset);
  }

  get outputShape(): Shape {
    return this.#layers.outputs;
  }

  outputs(batch: ArrayLike<number>[], pass: Pass = evaluation): number[][] {
    return this.#rows(this.#forward(this.#layers, batch, pass).outputs, batch.length);
  }

  /** The mean loss over a minibatch. */
  loss(batch: ArrayLike<number>[], targets: number[][], loss: LossFunction, pass: Pass = evaluation): number {
    const outputs = this.#rows(this.#forward(this.#logits, batch, pass).outputs, batch.length);
    return mean(outputs.map((row, r) => loss.value(row, targets[r]!)));
  }

  /** The mean loss over a minibatch, and its gradient with respect to all parameters; that of running statistics is 0. */
  gradient(
    batch: ArrayLike<number>[],
    targets: number[][],
    loss: LossFunction,
    pass: Pass = evaluation,
  ): { loss: number; gradient: Float64Array } {
    const passed = this.#forward(this.#logits, batch, pass);
    const outputs = this.#rows(passed.outputs, batch.length);
    const upstream = outputs.flatMap((row, r) => loss.gradient(row, targets[r]!).map((g) => g / batch.length));
    const gradient = new Float64Array(this.parameters.length);
    passed.backward(Float64Array.from(upstream), this.#views(gradient));
    return { loss: mean(outputs.map((row, r) => loss.value(row, targets[r]!))), gradient };
  }

  /** Moves running statistics as a training step with this minibatch does. */
  observe(batch: ArrayLike<number>[], pass: Pass): void {
    this.#forward(this.#layers, batch, pass).observe?.();
  }

  #forward(layers: ReturnType<typeof sequence>, batch: ArrayLike<number>[], pass: Pass): Passed {
    const inputs = Float64Array.from(batch.flatMap((row) => Array.from(row)));
    return layers.forward(inputs, this.#views(this.parameters), pass);
  }

  #views(slab: Float64Array): Float64Array[] {
    return this.tensors.map(({ offset, length }) => slab.subarray(offset, offset + length));
  }

  #rows(values: Float64Array, rows: number): number[][] {
    const size = sizeOf(this.#layers.outputs);
    return Array.from({ length: rows }, (_, r) => [...values.subarray(r * size, (r + 1) * size)]);
  }
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
