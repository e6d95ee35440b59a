import type { LossLike } from '../../lib/losses/loss';
import type { Rule } from '../../lib/optimizers/rule';
import type { Network } from '../../lib/training/network';
import { lossFunction } from './loss_functions';
import { range } from './numbers';
import type { Example } from './reference_network';
import { type ScalarUpdate, scalarRule } from './scalar_rules';

/** A textbook linear model, trained on one example at a time, in plain doubles. */
export class PlainLinear {
  readonly parameters: Float64Array;
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #hasBias: boolean;
  readonly #loss: ReturnType<typeof lossFunction>;
  readonly #rules: ReturnType<typeof scalarRule>[];
  readonly #states: number[][];
  #steps = 0;

  /** Begins with the parameters of `model`. `biasOptions` replace options of the rule for the biases. */
  constructor(model: Network, loss: LossLike, rule: Rule, biasOptions: Partial<Rule> = {}) {
    this.parameters = Float64Array.from(model.parameters);
    this.#inputs = model.inputs;
    this.#outputs = model.outputs;
    this.#hasBias = model.tensors.has('layers.0.bias');
    this.#loss = lossFunction(loss);
    const ofBias = { ...rule, ...('weightDecay' in rule && { weightDecay: 0 }), ...biasOptions } as Rule;
    this.#rules = [rule, ofBias].map((each) => scalarRule(each, 'float64'));
    this.#states = Array.from(this.parameters, () => this.#rules[0]!.states.map(() => 0));
  }

  outputs(inputs: ArrayLike<number>): number[] {
    const { parameters } = this;
    return range(this.#outputs).map((j) => {
      let sum = this.#hasBias ? parameters[this.#inputs * this.#outputs + j]! : 0;
      for (let i = 0; i < this.#inputs; ++i) sum += inputs[i]! * parameters[i * this.#outputs + j]!;
      return sum;
    });
  }

  /** Takes a step. Returns the weighted loss of the example before it, and its weight in a mean. */
  step({ inputs, targets, weight = 1 }: Example): { value: number; share: number; isCorrect: boolean } {
    const outputs = this.outputs(inputs);
    const share = weight * (this.#loss.share?.(targets) ?? 1);
    const gradient = this.#loss.gradient(outputs, targets).map((g) => (share > 0 ? (weight * g) / share : 0));
    this.#steps += 1;
    const [ofWeight, ofBias] = this.#rules.map((rule) => rule.at(this.#steps) as ScalarUpdate);
    const weights = this.#inputs * this.#outputs;
    this.parameters.forEach((theta, k) => {
      const slope = gradient[k % this.#outputs]! * (k < weights ? inputs[Math.floor(k / this.#outputs)]! : 1);
      this.parameters[k] = (k < weights ? ofWeight! : ofBias!)(theta, slope, this.#states[k]!);
    });
    const value = weight * this.#loss.value(outputs, targets);
    return { value, share, isCorrect: this.#loss.isCorrect?.(outputs, targets) ?? false };
  }

  /** Takes a step on each example. Returns the mean loss. */
  epoch(examples: readonly Example[]): number {
    const steps = examples.map((example) => this.step(example));
    const sum = (of: 'value' | 'share') => steps.reduce((total, step) => total + step[of], 0);
    return sum('value') / sum('share');
  }
}
