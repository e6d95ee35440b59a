import { dense } from '../../layers/dense.js';
import { dropout } from '../../layers/dropout.js';
import { defaultDimensions, embedding } from '../../layers/embedding.js';
import { input } from '../../layers/input.js';
import type { Layer } from '../../layers/layer.js';
import { parallel } from '../../layers/parallel.js';
import type { CategoriesShape } from '../../models/inputs.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';

const blocksOf = ({ inputs }: FittedPipeline): string[] => (typeof inputs === 'number' ? [] : Object.keys(inputs));

/** The layers of a linear model, which adds the outputs of all blocks. */
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

/** The sizes of the layers that read blocks. For few rows, vectors of categories and words are small and often dropped. */
export interface Reading {
  /** The longest vector of a category. */
  readonly dimensions: number;
  readonly categoryDropout: number;
  /** Outputs of the layer that reads hashed words. */
  readonly wordsWidth: number;
  readonly wordsDropout: number;
}

/**
 * The layers of a network with hidden layers of the given widths. Words have a linear part beside them, so that the network is
 * not worse than a linear model where words alone decide.
 */
export function networkLayers(pipeline: FittedPipeline, widths: readonly number[], reading: Reading): Layer[] {
  const branches = branchesOf(pipeline, reading);
  const read = branches.length > 1 ? [parallel(branches)] : branches.flat();
  const hidden = widths.map((width) => dense(width, { activation: 'relu' }));
  const network = [...read, ...hidden, dense(pipeline.outputs)];
  if (!blocksOf(pipeline).includes('words')) return network;
  const linear = [input('words'), dense(pipeline.outputs, { initializer: 'zeros', bias: false })];
  return [parallel([linear, network], { join: 'sum' })];
}

function branchesOf(
  { inputs }: FittedPipeline,
  { dimensions: most, categoryDropout, wordsWidth, wordsDropout }: Reading,
): Layer[][] {
  if (typeof inputs === 'number') return [];
  return Object.entries(inputs).map(([block, shape]) => {
    if (block === 'codes') {
      const { categories } = shape as CategoriesShape;
      const dimensions = categories.map((count) => Math.min(most, defaultDimensions(count)));
      return [input(block), embedding({ dimensions }), dropout(categoryDropout)];
    }
    if (block === 'words') return [input(block), dense(wordsWidth, { activation: 'relu' }), dropout(wordsDropout)];
    return [input(block)];
  });
}
