import type { DenseLayer } from '../../lib/layers/dense';
import type { LossLike } from '../../lib/losses/loss';
import type { Precision } from '../../lib/models/precision';
import type { Rule } from '../../lib/optimizers/rule';
import type { Network } from '../../lib/training/network';
import { activationFunctions } from './activations';
import { nearestBfloat16 } from './encodings';
import { lossFunction, totalShare, weightedMean } from './loss_functions';
import { type ScalarUpdate, scalarRule } from './scalar_rules';

export interface Example {
  inputs: ArrayLike<number>;
  targets: number[];
  /** Default: 1. */
  weight?: number;
}

interface PlacedLayer {
  inputs: number;
  outputs: number;
  activation: keyof typeof activationFunctions;
  /** Indices of the first weight, of [inputs, outputs], and of the first bias among the parameters. */
  weights: number;
  biases: number;
}

/** A textbook network of dense layers: plain loops over doubles, one example at a time. */
export class ReferenceNetwork {
  readonly parameters: Float64Array;
  readonly #layers: PlacedLayer[] = [];
  /** Rounds the factors of products. */
  readonly #round: (x: number) => number;

  /** Begins with the model's parameters. */
  constructor(model: Network, precision: Precision = 'full') {
    this.#round = precision === 'bfloat16' ? nearestBfloat16 : (x) => x;
    this.parameters = Float64Array.from(model.parameters);
    let [inputs, end] = [model.inputs, 0];
    for (const { outputs, activation } of model.layers as readonly DenseLayer[]) {
      const biases = end + inputs * outputs;
      this.#layers.push({ inputs, outputs, activation, weights: end, biases });
      [inputs, end] = [outputs, biases + outputs];
    }
  }

  outputs(inputs: ArrayLike<number>): number[] {
    return this.#forward(inputs).at(-1)!.outputs;
  }

  loss(examples: Example[], loss: LossLike): number {
    const ofRow = lossFunction(loss);
    const values = examples.map(({ inputs, targets }) => ofRow.value(this.outputs(inputs), targets));
    return weightedMean(ofRow, examples, values);
  }

  accuracy(examples: Example[], loss: LossLike): number {
    const { isCorrect } = lossFunction(loss);
    const right = examples.filter(({ inputs, targets }) => isCorrect!(this.outputs(inputs), targets));
    return totalWeight(right) / totalWeight(examples);
  }

  /** The mean loss over a minibatch, and its gradient with respect to all parameters. */
  gradient(examples: Example[], loss: LossLike): { loss: number; gradient: Float64Array } {
    const gradient = new Float64Array(this.parameters.length);
    const ofRow = lossFunction(loss);
    const total = totalShare(ofRow, examples);
    const losses = examples.map((example) => this.#backward(example, ofRow, (example.weight ?? 1) / total, gradient));
    return { loss: weightedMean(ofRow, examples, losses), gradient };
  }

  /** Whether a parameter is a bias. Weight decay does not apply to biases. */
  isBias(index: number): boolean {
    return this.#layers.some(({ biases, outputs }) => index >= biases && index < biases + outputs);
  }

  #forward(inputs: ArrayLike<number>): { sums: number[]; outputs: number[] }[] {
    const { parameters } = this;
    let from = inputs;
    return this.#layers.map((layer) => {
      const sums = Array.from(parameters.subarray(layer.biases, layer.biases + layer.outputs), this.#round);
      for (let i = 0; i < layer.inputs; ++i) {
        const x = this.#round(from[i]!);
        if (x === 0) continue; // most pixels are 0
        const row = layer.weights + i * layer.outputs;
        for (let j = 0; j < layer.outputs; ++j) sums[j]! += x * this.#round(parameters[row + j]!);
      }
      const outputs = sums.map(activationFunctions[layer.activation].value);
      from = outputs;
      return { sums, outputs };
    });
  }

  /** Adds `share` times the gradient of one example. Returns its loss. */
  #backward(
    { inputs, targets }: Example,
    loss: ReturnType<typeof lossFunction>,
    share: number,
    gradient: Float64Array,
  ): number {
    const passed = this.#forward(inputs);
    const { outputs } = passed.at(-1)!;
    if (share === 0) return loss.value(outputs, targets);
    let upstream = loss.gradient(outputs, targets);
    for (let l = this.#layers.length; l-- > 0; ) {
      const layer = this.#layers[l]!;
      const from = l === 0 ? inputs : passed[l - 1]!.outputs;
      const { derivative } = activationFunctions[layer.activation];
      const delta = upstream.map((g, j) => this.#round(share * g * derivative(passed[l]!.sums[j]!)));
      for (let j = 0; j < layer.outputs; ++j) gradient[layer.biases + j]! += delta[j]!;
      for (let i = 0; i < layer.inputs; ++i) {
        const x = this.#round(from[i]!);
        if (x === 0) continue;
        const row = layer.weights + i * layer.outputs;
        for (let j = 0; j < layer.outputs; ++j) gradient[row + j]! += x * delta[j]!;
      }
      if (l > 0) upstream = passed[l - 1]!.outputs.map((_, i) => this.#back(layer, i, delta) / share);
    }
    return loss.value(outputs, targets);
  }

  /** The gradient with respect to input i of a layer. */
  #back({ weights, outputs }: PlacedLayer, i: number, delta: number[]): number {
    let sum = 0;
    for (let j = 0; j < outputs; ++j) sum += this.#round(this.parameters[weights + i * outputs + j]!) * delta[j]!;
    return sum;
  }
}

/** Trains a reference network, step by step, with a rule in double precision. */
export class ReferenceTraining {
  readonly network: ReferenceNetwork;
  readonly #loss: LossLike;
  readonly #weightRule: ReturnType<typeof scalarRule>;
  readonly #biasRule: ReturnType<typeof scalarRule>;
  readonly #states: number[][];
  #steps = 0;

  constructor(model: Network, loss: LossLike, rule: Rule, precision: Precision = 'full') {
    this.network = new ReferenceNetwork(model, precision);
    this.#loss = loss;
    this.#weightRule = scalarRule(rule, 'float64');
    this.#biasRule = scalarRule('weightDecay' in rule ? { ...rule, weightDecay: 0 } : rule, 'float64');
    this.#states = Array.from(this.network.parameters, () => this.#weightRule.states.map(() => 0));
  }

  /** Takes a step. Returns the loss of the minibatch before it. */
  step(minibatch: Example[]): number {
    const { loss, gradient } = this.network.gradient(minibatch, this.#loss);
    this.#steps += 1;
    const updates = [this.#weightRule, this.#biasRule].map((rule) => rule.at(this.#steps) as ScalarUpdate);
    const { parameters } = this.network;
    for (let i = 0; i < parameters.length; ++i)
      parameters[i] = updates[Number(this.network.isBias(i))]!(parameters[i]!, gradient[i]!, this.#states[i]!);
    return loss;
  }

  /** Trains on the examples in order, by minibatches. Returns the losses. */
  epoch(examples: Example[], batchSize: number): number[] {
    const losses: number[] = [];
    for (let i = 0; i < examples.length; i += batchSize) losses.push(this.step(examples.slice(i, i + batchSize)));
    return losses;
  }
}

const totalWeight = (examples: Example[]) => examples.reduce((sum, { weight = 1 }) => sum + weight, 0);
