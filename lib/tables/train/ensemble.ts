import type { Layer } from '../../layers/layer.js';
import { type ParallelLayer, parallel } from '../../layers/parallel.js';
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
  const last = outputTensors(whole.layers);
  const given = members.flatMap(({ tensors }) => [...tensors.values()]);
  for (const [i, [name, { data }]] of [...whole.tensors].entries()) {
    const factor = last.has(name) ? 1 / members.length : 1;
    data.set(given[i]!.data.map((x) => x * factor));
  }
  return whole;
}

/** The names of the tensors in which the outputs are linear: weights and biases of the dense layers that add up to the outputs. */
function outputTensors(layers: readonly Layer[], place = 'layers'): Set<string> {
  const name = `${place}.${layers.length - 1}`;
  const { kind, branches } = layers.at(-1) as ParallelLayer;
  return kind === 'parallel'
    ? new Set(branches.flatMap((branch, i) => [...outputTensors(branch, `${name}.branches.${i}`)]))
    : new Set([`${name}.weight`, `${name}.bias`]);
}

/**
 * Scales the outputs of a network that ends in dense layers, or in the sum of some: z becomes scale·z + shift.
 *
 * @param shifts What is added to each output.
 */
export function scaleOutputs(whole: Network, scale: number, shifts: readonly number[]): void {
  const last = outputTensors(whole.layers);
  const biases = [...last].filter((name) => name.endsWith('.bias') && whole.tensors.has(name)).length;
  for (const name of last) {
    const data = whole.tensors.get(name)?.data; // a dense layer may have no bias
    const shift = name.endsWith('.bias') ? shifts : undefined;
    data?.set(data.map((x, place) => scale * x + (shift ? shift[place]! / biases : 0)));
  }
}
