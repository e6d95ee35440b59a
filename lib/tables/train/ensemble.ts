import type { Layer } from '../../layers/layer.js';
import type { ParallelLayer } from '../../layers/parallel.js';
import type { Network } from '../../training/network.js';

/**
 * Scales the outputs of a network that ends in `dense` or `batchEnsemble` layers, or in the sum of some: z becomes scale·z + shift.
 *
 * @param shifts What is added to each output.
 */
export function scaleOutputs(whole: Network, scale: number, shifts: readonly number[]): void {
  const last = outputTensors(whole.layers);
  const biases = [...last].filter((name) => name.endsWith('.bias') && whole.tensors.has(name)).length;
  for (const name of last) {
    const data = whole.tensors.get(name)?.data; // a layer may have no bias
    const isBias = name.endsWith('.bias');
    data?.set(data.map((x, i) => scale * x + (isBias ? shifts[i % shifts.length]! / biases : 0)));
  }
}

/** The names of the tensors in which the outputs are linear, those of the layers that add up to the outputs. */
function outputTensors(layers: readonly Layer[], place = 'layers'): Set<string> {
  const last = layers.length - (layers.at(-1)!.kind === 'memberMean' ? 2 : 1);
  const name = `${place}.${last}`;
  const { kind, branches } = layers[last] as ParallelLayer;
  if (kind === 'parallel')
    return new Set(branches.flatMap((branch, i) => [...outputTensors(branch, `${name}.branches.${i}`)]));
  return new Set([`${name}.${(kind as string) === 'batchEnsemble' ? 's' : 'weight'}`, `${name}.bias`]);
}
