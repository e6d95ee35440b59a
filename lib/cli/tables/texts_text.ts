import path from 'node:path';
import { numberText } from '../../numbers/number_text.js';
import type { TextColumnReport, TextsReport, TrainReport } from '../../tables/index.js';
import { counted, listedName } from './score_words.js';

/** How columns of texts are read, in a line; nothing if there are none. */
export const textsLines = ({ texts }: Pick<TrainReport, 'texts'>): string[] =>
  texts ? [`texts: ${textsText(texts)}`] : [];

/** The same without its beginning. */
export function textsText({ columns, width, vectors }: TextsReport): string {
  const each = Object.entries(columns).map(
    ([name, column]) => `${featuresText(column)} of ${listedName(name)} in ${inputsText(column)}`,
  );
  const reading =
    width > 0 ? `vectors of ${counted(width, 'number')}, and a linear part beside them` : 'a linear model';
  return [...each, reading, ...(vectors ? [vectorsText(vectors)] : [])].join('; ');
}

function featuresText({ ngrams, subwords }: TextColumnReport): string {
  const sequences = ngrams === 1 ? [] : [ngrams === 2 ? 'pairs' : `sequences of up to ${ngrams}`];
  const runs = subwords ? [`subwords of ${subwords.from} to ${subwords.to} characters`] : [];
  const [last, ...others] = ['words', ...sequences, ...runs].reverse() as [string, ...string[]];
  return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`;
}

const inputsText = ({ hashed, inputs }: TextColumnReport): string =>
  inputs === hashed
    ? `${numberText(hashed)} hashed columns`
    : `${numberText(inputs)} of ${numberText(hashed)} hashed columns`;

const vectorsText = ({ file, words, withVector }: TextsReport['vectors'] & {}): string =>
  `${numberText(withVector)} of ${counted(words, 'word')} ${withVector === 1 ? 'has' : 'have'} a vector in ${path.basename(file)}`;
