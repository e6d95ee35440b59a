import { decimalsText } from '../../numbers/number_text.js';
import { numberOr } from '../number.js';
import { aligned } from './aligned.js';
import { tableModelIn } from './model_file.js';

interface WordsCommandOptions {
  count?: string;
  column?: string;
  json?: boolean;
}

/** Runs `glissade words`. */
export async function wordsCommand(
  file: string,
  word: string,
  { count, column, json }: WordsCommandOptions,
): Promise<void> {
  const model = await tableModelIn(file);
  const words = model.nearestWords(word, {
    count: count === undefined ? undefined : (numberOr(count) as number),
    column,
  });
  if (json) console.log(JSON.stringify({ word, words }));
  else
    for (const line of aligned(
      words.map((one) => [
        one.word,
        decimalsText(one.similarity, 3),
        one.sharesColumn ? 'shares its hashed column' : '',
      ]),
    ))
      console.log(line.trim());
}
