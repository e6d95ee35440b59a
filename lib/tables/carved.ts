import type { DenseLayer } from '../layers/dense.js';
import type { Layer } from '../layers/layer.js';
import type { ParallelLayer } from '../layers/parallel.js';
import { type Network, network } from '../training/network.js';
import type { FittedPipeline } from './pipeline/fitted_pipeline.js';

/**
 * A network that computes only some of the outputs of another one, with its parameters.
 *
 * @param pipeline The pipeline of the new network.
 * @param from The first of these outputs.
 */
export function carved(whole: Network, pipeline: FittedPipeline, from: number): Network {
  const { outputs } = pipeline;
  const part = network({ inputs: pipeline.inputs, layers: withOutputs(whole.layers, outputs), type: whole.type });
  const tensors = [...whole.tensors.values()];
  for (const [i, { data, shape }] of [...part.tensors.values()].entries()) {
    const { data: given, shape: wider } = tensors[i]!;
    const [width, all] = [shape.at(-1)!, wider.at(-1)!];
    if (width === all) data.set(given);
    else
      for (let row = 0; row * width < data.length; ++row)
        data.set(given.subarray(row * all + from, row * all + from + width), row * width);
  }
  return part;
}

/** Layers of which the last ones, which are dense or of an ensemble and maybe added, have other outputs. */
function withOutputs(layers: readonly Layer[], outputs: number): Layer[] {
  const last = layers.at(-1)!;
  if (last.kind === 'memberMean') return [...withOutputs(layers.slice(0, -1), outputs), last];
  const changed =
    last.kind === 'parallel'
      ? { ...last, branches: (last as ParallelLayer).branches.map((branch) => withOutputs(branch, outputs)) }
      : { ...(last as DenseLayer), outputs };
  return [...layers.slice(0, -1), changed as Layer];
}
