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
