import { batchEnsemble, memberMean } from '../../layers/batch_ensemble.js';
import { dense } from '../../layers/dense.js';
import { dropout } from '../../layers/dropout.js';
import { defaultDimensions, embedding } from '../../layers/embedding.js';
import { hierarchicalSoftmax } from '../../layers/hierarchical_softmax.js';
import { input } from '../../layers/input.js';
import type { Activation, Layer } from '../../layers/layer.js';
import { parallel } from '../../layers/parallel.js';
import { sampledSoftmax } from '../../layers/sampled_softmax.js';
import type { CategoriesShape } from '../../models/inputs.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';

const blocksOf = ({ inputs }: FittedPipeline): string[] => (typeof inputs === 'number' ? [] : Object.keys(inputs));

export const readsWords = (pipeline: FittedPipeline): boolean => blocksOf(pipeline).includes('words');

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
  /** Default `'relu'`. */
  readonly wordsActivation?: Activation;
}

/** The networks that share the weights of the hidden layers. */
export interface Members {
  readonly members: number;
  readonly activation: Activation;
}

/**
 * The layers of a network with hidden layers of the given widths: an ensemble whose members share the weights of all hidden layers,
 * but weigh inputs and outputs each in their own way (TabM-mini: Gorishniy, Kotelnikov & Babenko 2025, arXiv:2410.24210). Words
 * have a linear part beside them, so that the network is not worse than a linear model where words alone decide.
 */
export function networkLayers(
  pipeline: FittedPipeline,
  [first, ...widths]: readonly [number, ...number[]],
  { members, activation, ...reading }: Reading & Members,
): Layer[] {
  const branches = branchesOf(pipeline, reading);
  const read = branches.length > 1 ? [parallel(branches)] : branches.flat();
  const { outputs } = pipeline;
  const network = [
    ...read,
    batchEnsemble(first, { members, activation }),
    ...widths.map((width) => dense(width, { activation })),
    batchEnsemble(outputs, { members }),
  ];
  if (!readsWords(pipeline)) return [...network, memberMean()];
  const linear = [
    input('words'),
    dense(outputs, { initializer: 'zeros', bias: false }),
    batchEnsemble(outputs, { members, adapters: 'ones', initializer: 'orthogonal', bias: false }),
  ];
  return [parallel([linear, network], { join: 'sum' }), memberMean()];
}

/** What computes the probabilities of classes: all in each step, those on a path of a tree, or a sample. */
export type SoftmaxKind = 'full' | 'hierarchical' | 'sampled';

/** How many classes a step draws: about a tenth of 10,000 led to the log loss of all of them (bench/classes). */
const drawnOf = (classes: number): number => Math.min(classes - 1, Math.max(256, Math.ceil(classes / 10)));

/**
 * The layers of a single network for many classes, of which a step computes some.
 *
 * @param frequencies How often each class occurs.
 */
export function manyClassesLayers(
  pipeline: FittedPipeline,
  hidden: readonly number[],
  {
    activation,
    softmax,
    frequencies,
    ...reading
  }: Reading & {
    readonly activation: Activation;
    readonly softmax: Exclude<SoftmaxKind, 'full'>;
    readonly frequencies: readonly number[];
  },
): Layer[] {
  const branches = branchesOf(pipeline, reading);
  const { outputs } = pipeline;
  return [
    ...(branches.length > 1 ? [parallel(branches)] : branches.flat()),
    ...hidden.map((width) => dense(width, { activation })),
    softmax === 'hierarchical'
      ? hierarchicalSoftmax(outputs, { frequencies })
      : sampledSoftmax(outputs, { frequencies, count: drawnOf(outputs) }),
  ];
}

function branchesOf(
  { inputs }: FittedPipeline,
  { dimensions: most, categoryDropout, wordsWidth, wordsDropout, wordsActivation = 'relu' }: Reading,
): Layer[][] {
  if (typeof inputs === 'number') return [];
  return Object.entries(inputs).map(([block, shape]) => {
    if (block === 'codes') {
      const { categories } = shape as CategoriesShape;
      const dimensions = categories.map((count) => Math.min(most, defaultDimensions(count)));
      return [input(block), embedding({ dimensions }), dropout(categoryDropout)];
    }
    if (block === 'words')
      return [input(block), dense(wordsWidth, { activation: wordsActivation }), dropout(wordsDropout)];
    return [input(block)];
  });
}
