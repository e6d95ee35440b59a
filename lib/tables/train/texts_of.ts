import type { Network } from '../../training/network.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { longestSequence, type TextStep, textColumns } from '../pipeline/text.js';
import { wordsLayerOf } from '../pipeline/words_layer.js';
import type { Setting } from './setting.js';
import type { TextColumnReport, TextsReport } from './texts_report.js';

export function textsOf(
  { vectors }: Setting,
  { model, pipeline }: { readonly model: Network; readonly pipeline: FittedPipeline },
): { readonly texts?: TextsReport } {
  const columns = pipeline.steps.flatMap(({ name, step }, i): [string, TextColumnReport][] => {
    if (step.kind !== 'text') return [];
    const subwords = (step as TextStep).subwords as TextColumnReport['subwords'];
    const ngrams = longestSequence(step as TextStep);
    const inputs = pipeline.places[i]!.width;
    return [[name, { ngrams, ...(subwords && { subwords }), hashed: textColumns(step as TextStep), inputs }]];
  });
  if (columns.length === 0) return {};
  const width = wordsLayerOf(model.layers)?.width ?? 0;
  const used = width > 0 ? vectors : undefined;
  return {
    texts: {
      columns: Object.fromEntries(columns),
      width,
      ...(used && { vectors: { file: used.all.name, words: used.words, withVector: used.withVector } }),
    },
  };
}
