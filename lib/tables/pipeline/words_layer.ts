import type { DenseLayer } from '../../layers/dense.js';
import type { InputLayer } from '../../layers/input.js';
import type { Layer } from '../../layers/layer.js';
import type { ParallelLayer } from '../../layers/parallel.js';

/** The layer that has a vector for each hashed column of words. */
export interface WordsLayer {
  /** The name of its matrix, of shape [columns, width]. */
  readonly tensor: string;
  readonly width: number;
}

/** The widest dense layer that reads the block `words` and is no linear part, which begins with zeros. Undefined: there is none. */
export function wordsLayerOf(layers: readonly Layer[]): WordsLayer | undefined {
  return [...denseOnWords(layers, 'layers')].sort((a, b) => b.width - a.width)[0];
}

function* denseOnWords(layers: readonly Layer[], place: string): Generator<WordsLayer> {
  for (const [i, layer] of layers.entries()) {
    const name = `${place}.${i}`;
    if (layer.kind === 'parallel')
      for (const [b, branch] of (layer as ParallelLayer).branches.entries())
        yield* denseOnWords(branch, `${name}.branches.${b}`);
    const before = layers[i - 1];
    const readsWords = before?.kind === 'input' && (before as InputLayer).name === 'words';
    const { outputs, initializer } = layer as DenseLayer;
    if (readsWords && layer.kind === 'dense' && initializer !== 'zeros')
      yield { tensor: `${name}.weight`, width: outputs };
  }
}
