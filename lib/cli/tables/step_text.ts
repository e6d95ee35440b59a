import type { FittedStep } from '../../tables/index.js';
import { fourDigits } from '../../tables/shown_cells.js';

/** Words of a category that are shown. */
const shownWords = 6;

/** What a step does with its column, and what it knows of the training rows. */
export function stepText({ step, found }: FittedStep): string {
  return texts[step.kind]({ ...step, ...found } as unknown as Knowledge);
}

/** Options of a step and what it has found, of all kinds. */
type Knowledge = NumberKnowledge & CategoryKnowledge & TextKnowledge & DateKnowledge & CrossKnowledge;

interface NumberKnowledge {
  readonly scale?: string;
  readonly log?: boolean;
  readonly fill: number;
  readonly flag: boolean;
  readonly low: number | null;
  readonly high: number | null;
  readonly offset: number;
  readonly factor: number;
}

function numberText({ scale = 'standard', log, fill, flag, low, high, offset, factor }: NumberKnowledge): string {
  const size = factor === 0 ? 0 : 1 / factor;
  const scales: Record<string, string> = {
    standard: `mean ${fourDigits(offset)}, deviation ${fourDigits(size)}`,
    minMax: `from ${fourDigits(offset)} to ${fourDigits(offset + size)}`,
    quantile: 'ranks among the quantiles',
    none: 'as it is',
  };
  return [
    log ? 'logarithms of numbers' : 'number',
    scales[scale],
    ...(low === null || high === null ? [] : [`clipped to ${fourDigits(low)} … ${fourDigits(high)}`]),
    `missing: ${fourDigits(fill)}${flag ? ', with a flag' : ''}`,
  ].join(', ');
}

interface CategoryKnowledge {
  readonly encode?: string;
  readonly words: readonly string[];
  readonly counts: readonly number[];
}

function categoryText({ encode, words, counts }: CategoryKnowledge): string {
  const [rare = 0, missing = 0] = counts.slice(words.length);
  const list = words.slice(0, shownWords).map((word, i) => `${word} (${counts[i]})`);
  return [
    `${words.length} categories${encode === undefined ? '' : `, ${encode}`}: ${list.join(', ')}${words.length > shownWords ? ', …' : ''}`,
    ...(rare > 0 ? [`rare: ${rare} rows`] : []),
    ...(missing > 0 ? [`missing: ${missing} rows`] : []),
  ].join('; ');
}

interface TextKnowledge {
  readonly columns?: number;
  readonly ngrams?: number;
  readonly counts: readonly number[];
}

const textText = ({ columns = 1 << 14, ngrams = 2, counts }: TextKnowledge): string =>
  `text, sequences of up to ${ngrams} words hashed to ${columns} columns, of which ${counts.length} are used`;

interface DateKnowledge {
  readonly parts: readonly string[];
  /** In days since 1970. */
  readonly mean: number;
}

const dateText = ({ parts, mean }: DateKnowledge): string =>
  `date, ${parts.join(', ')}; mean ${new Date(mean * 86_400_000).toISOString().slice(0, 10)}`;

interface CrossKnowledge {
  readonly of: readonly string[];
  readonly columns?: number;
}

const crossText = ({ of, columns = 1 << 12 }: CrossKnowledge): string =>
  `combinations of ${of.join(' and ')}, hashed to ${columns} columns`;

const texts: Record<FittedStep['step']['kind'], (known: Knowledge) => string> = {
  number: numberText,
  category: categoryText,
  text: textText,
  date: dateText,
  cross: crossText,
};
