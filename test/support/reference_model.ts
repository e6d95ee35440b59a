import type { LayerDescription } from './layers/descriptions';
import { evaluation, type Pass, type Passed, type ReferenceLayer, type Tensor } from './layers/layer';
import { sequence } from './layers/sequence';
import { type Shape, sizeOf } from './layers/shape';
import type { Example } from './reference_network';

export interface PlacedTensor extends Tensor {
  /** Index of its first element among the parameters. */
  offset: number;
  length: number;
}

/** The loss of a row, as in loss_functions.ts. */
export interface RowLoss {
  value(outputs: number[], targets: number[]): number;
  gradient(outputs: number[], targets: number[]): number[];
  /** The weight of a row in the mean over rows. Default: 1. */
  share?(targets: number[]): number;
}

type Batch = readonly ArrayLike<number>[];

/** A network of any textbook layers, over doubles, a minibatch at a time. */
export class ReferenceModel {
  readonly tensors: PlacedTensor[] = [];
  /** The elements of all tensors, including running statistics. */
  readonly parameters: Float64Array;
  readonly #layers: ReferenceLayer;
  /** The layers before the loss: all except a softmax at the end, because losses use logits. */
  readonly #logits: ReferenceLayer;

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

  outputs(batch: Batch, pass: Pass = evaluation): number[][] {
    return this.#rows(this.#forward(this.#layers, batch, pass).outputs, batch.length);
  }

  /** The mean loss over a minibatch: Σ w·ℓ / Σ w·share. */
  loss(examples: Example[], loss: RowLoss, pass: Pass = evaluation): number {
    return this.#objective(examples, loss, pass).loss;
  }

  /** The mean loss over a minibatch, and its gradient with respect to all parameters; 0 for running statistics. */
  gradient(examples: Example[], loss: RowLoss, pass: Pass = evaluation): { loss: number; gradient: Float64Array } {
    const { loss: value, outputs, shares, passed } = this.#objective(examples, loss, pass);
    const upstream = outputs.flatMap((row, r) => loss.gradient(row, examples[r]!.targets).map((g) => shares[r]! * g));
    const gradient = new Float64Array(this.parameters.length);
    passed.backward(Float64Array.from(upstream), this.#views(gradient));
    return { loss: value, gradient };
  }

  /** Updates running statistics like a training step with this minibatch. */
  observe(batch: Batch, pass: Pass): void {
    this.#forward(this.#layers, batch, pass).observe?.();
  }

  #objective(examples: Example[], loss: RowLoss, pass: Pass) {
    const batch = examples.map(({ inputs }) => inputs);
    const passed = this.#forward(this.#logits, batch, pass);
    const outputs = this.#rows(passed.outputs, batch.length);
    const total = sum(examples.map(({ targets, weight = 1 }) => weight * (loss.share?.(targets) ?? 1)));
    const shares = examples.map(({ weight = 1 }) => weight / total);
    const values = outputs.map((row, r) => shares[r]! * loss.value(row, examples[r]!.targets));
    return { loss: sum(values), outputs, shares, passed };
  }

  #forward(layers: ReferenceLayer, batch: Batch, pass: Pass): Passed {
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

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
