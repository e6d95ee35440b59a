import { parallel } from '../../layers/parallel.js';
import type { Network } from '../../training/network.js';
import { network } from '../../training/network.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';

/** A network whose outputs are the mean of those of several networks over the same inputs. */
export function ensembleOf(members: readonly Network[], pipeline: FittedPipeline): Network {
  if (members.length === 1) return members[0]!;
  const whole = network({
    inputs: pipeline.inputs,
    layers: [
      parallel(
        members.map(({ layers }) => layers),
        { join: 'sum' },
      ),
    ],
  });
  const tensors = [...whole.tensors.values()];
  const given = members.flatMap((member) => {
    const all = [...member.tensors.values()];
    // The last layer's outputs are linear in its weights and biases, which are the last tensors.
    return all.map(({ data }, i) => ({ data, factor: i >= all.length - 2 ? 1 / members.length : 1 }));
  });
  for (const [i, { data, factor }] of given.entries()) tensors[i]!.data.set(data.map((x) => x * factor));
  return whole;
}

/**
 * Scales the outputs of a network that is the mean of some networks with hidden layers: z becomes scale·z + shift.
 *
 * @param shifts What is added to each output.
 */
export function scaleOutputs(whole: Network, members: number, scale: number, shifts: readonly number[]): void {
  const tensors = [...whole.tensors.values()];
  const each = tensors.length / members;
  for (let member = 1; member <= members; ++member) {
    // The last layer's outputs are linear in its weights and biases, which are the last tensors. Outputs of members add up.
    const [weights, biases] = [tensors[member * each - 2]!, tensors[member * each - 1]!];
    weights.data.set(weights.data.map((x) => scale * x));
    biases.data.set(biases.data.map((x, place) => scale * x + shifts[place]! / members));
  }
}
