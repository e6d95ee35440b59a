import { dense } from '../../layers/dense.js';
import { dropout } from '../../layers/dropout.js';
import { embedding } from '../../layers/embedding.js';
import { input } from '../../layers/input.js';
import type { Layer } from '../../layers/layer.js';
import { parallel } from '../../layers/parallel.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';

/** Width of the layer that reads hashed words. */
const wordsWidth = 32;

const blocksOf = ({ inputs }: FittedPipeline): string[] => (typeof inputs === 'number' ? [] : Object.keys(inputs));

/** The layers of a linear model: the outputs of all blocks are added. */
export function linearLayers(pipeline: FittedPipeline): Layer[] {
  const { outputs } = pipeline;
  const blocks = blocksOf(pipeline);
  if (blocks.length === 0) return [dense(outputs, { initializer: 'zeros' })];
  const branches = blocks.map((block): Layer[] =>
    block === 'codes'
      ? [input(block), embedding({ dimensions: outputs }), dense(outputs, { bias: false })]
      : [input(block), dense(outputs, { initializer: 'zeros' })],
  );
  return branches.length === 1 ? branches[0]! : [parallel(branches, { join: 'sum' })];
}

/** The layers of a network with hidden layers of the given widths. */
export function networkLayers(pipeline: FittedPipeline, widths: readonly number[], rate: number): Layer[] {
  const hidden = widths.flatMap((width): Layer[] => [
    dense(width, { activation: 'relu' }),
    ...(rate > 0 ? [dropout(rate)] : []),
  ]);
  const branches = blocksOf(pipeline).map((block): Layer[] => {
    if (block === 'codes') return [input(block), embedding()];
    return block === 'words' ? [input(block), dense(wordsWidth, { activation: 'relu' })] : [input(block)];
  });
  const read = branches.length > 1 ? [parallel(branches)] : branches.flat();
  return [...read, ...hidden, dense(pipeline.outputs)];
}
