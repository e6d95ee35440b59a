import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import type { FitOptions, Network } from '../../lib/training/network';
import { type Example, ReferenceNetwork } from './reference_network';

/** Options that wrap a rule. */
export type Wrapping = Pick<
  FitOptions,
  'clip' | 'average' | 'accumulate' | 'onNonFinite' | 'state' | 'maximize' | 'groups'
>;

const innermost = ({ rule: inner, ...rule }: Rule): Rule =>
  inner === undefined ? (rule as Rule) : innermost(inner as Rule);

/** A plain network trained by an optimizer. */
export class HandDriven {
  readonly network: ReferenceNetwork;
  readonly optimizer: Optimizer;
  readonly #elsewhere: ReferenceNetwork;
  readonly #pieces: { begin: number; end: number }[];

  constructor(model: Network, rule: Rule, { groups = [], accumulate: _, ...options }: Wrapping) {
    this.network = new ReferenceNetwork(model);
    this.#elsewhere = new ReferenceNetwork(model);
    const start = model.parameters.byteOffset;
    this.#pieces = [...model.tensors.values()].map(({ data }) => {
      const begin = (data.byteOffset - start) / 8;
      return { begin, end: begin + data.length };
    });
    const decays = 'weightDecay' in innermost(rule);
    const parameters = [...model.tensors].map(([name, { shape }], i) => {
      const { tensors: __, ...own } = groups.find(({ tensors }) => tensors.includes(name)) ?? { tensors: [] };
      const { begin, end } = this.#pieces[i]!;
      return {
        parameters: [{ data: this.network.parameters.subarray(begin, end), shape }],
        ...(decays && name.endsWith('.bias') && { weightDecay: 0 }),
        ...own,
      };
    });
    this.optimizer = new Optimizer(parameters, rule, options);
  }

  /** Takes a step. Returns the loss of the minibatch at the rule's first gradient point. */
  step(minibatch: Example[]): number {
    let points = this.optimizer.gradientPoints();
    this.#put(points);
    const loss = this.#elsewhere.loss(minibatch, 'squared');
    if (this.optimizer.rule.name === 'sam') points = this.optimizer.gradientPoints(this.#gradient(points, minibatch));
    this.optimizer.step(this.#gradient(points, minibatch));
    return loss;
  }

  /** The parameters at the evaluation point. */
  evaluated(): Float64Array {
    return this.#put(this.optimizer.evaluationParameters());
  }

  loss(some: Example[]): number {
    this.evaluated();
    return this.#elsewhere.loss(some, 'squared');
  }

  #gradient(points: readonly ArrayLike<number>[], minibatch: Example[]): Float64Array[] {
    this.#put(points);
    const { gradient } = this.#elsewhere.gradient(minibatch, 'squared');
    return this.#pieces.map(({ begin, end }) => gradient.subarray(begin, end));
  }

  #put(points: readonly ArrayLike<number>[]): Float64Array {
    const { parameters } = this.#elsewhere;
    for (const [i, { begin }] of this.#pieces.entries()) parameters.set(points[i]!, begin);
    return parameters;
  }
}
