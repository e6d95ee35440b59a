import type { LossLike } from '../../lib/losses/loss';
import type { Rule } from '../../lib/optimizers/rule';
import type { Network } from '../../lib/training/network';
import type { LayerDescription } from './layers/descriptions';
import type { Shape } from './layers/shape';
import { lossFunction } from './loss_functions';
import { trainingPass } from './native_layers';
import { ReferenceModel } from './reference_model';
import type { Example } from './reference_network';
import { type ScalarUpdate, scalarRule } from './scalar_rules';

interface Options {
  inputs: Shape;
  loss: LossLike;
  rule: Rule;
  seed?: number;
  /** Whether weight decay applies to a tensor. Default: true for tensors of more than one dimension. */
  decays?: (name: string, shape: number[]) => boolean;
}

/** Trains any textbook layers, minibatch by minibatch, with a rule in double precision. */
export class LayerTraining {
  readonly model: ReferenceModel;
  readonly #layers: readonly LayerDescription[];
  readonly #options: Required<Options>;
  readonly #updates: ReturnType<typeof scalarRule>[];
  readonly #states: number[][];
  #steps = 0;

  /** Begins with the parameters of the library's network. */
  constructor(network: Network, options: Options) {
    this.#options = { seed: 0, decays: (_, shape) => shape.length > 1, ...options };
    this.#layers = network.layers as unknown as readonly LayerDescription[];
    const { inputs, rule, decays } = this.#options;
    this.model = new ReferenceModel(this.#layers, inputs);
    this.model.parameters.set(network.parameters);
    const without = 'weightDecay' in rule ? { ...rule, weightDecay: 0 } : rule;
    this.#updates = this.model.tensors.map(({ name, shape }) =>
      scalarRule(decays(name, shape) ? rule : without, 'float64'),
    );
    this.#states = Array.from(this.model.parameters, () => this.#updates[0]!.states.map(() => 0));
  }

  /** Takes a step. Returns the loss before it. */
  step(minibatch: Example[]): number {
    const { inputs, loss, seed } = this.#options;
    const { tensors, parameters } = this.model;
    const pass = trainingPass(this.#layers, inputs, seed, this.#steps);
    const { loss: value, gradient } = this.model.gradient(minibatch, lossFunction(loss), pass);
    this.model.observe(
      minibatch.map((example) => example.inputs),
      pass,
    );
    this.#steps += 1;
    for (const [k, { offset, length, isTrained }] of tensors.entries()) {
      if (!isTrained) continue;
      const update = this.#updates[k]!.at(this.#steps) as ScalarUpdate;
      for (let i = offset; i < offset + length; ++i)
        parameters[i] = update(parameters[i]!, gradient[i]!, this.#states[i]!);
    }
    return value;
  }

  /** Trains on the examples in order. Returns the mean loss. */
  epoch(examples: Example[], batchSize: number): number {
    let sum = 0;
    for (let i = 0; i < examples.length; i += batchSize) {
      const minibatch = examples.slice(i, i + batchSize);
      sum += minibatch.length * this.step(minibatch);
    }
    return sum / examples.length;
  }
}
