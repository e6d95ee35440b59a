import { numberText } from '../../numbers/number_text.js';
import type { FittedStep } from '../../tables/index.js';
import type { CategoryFound, CategoryStep } from '../../tables/pipeline/category.js';
import { type CrossStep, crossColumns } from '../../tables/pipeline/cross.js';
import { type DateFound, type DateStep, millisecondsADay } from '../../tables/pipeline/date.js';
import { type DateIntervalStep, everyOf, type IntervalFound } from '../../tables/pipeline/interval.js';
import type { NumberFound, NumberStep } from '../../tables/pipeline/number.js';
import { longestSequence, type TextFound, type TextStep, textColumns } from '../../tables/pipeline/text.js';
import { fourDigits } from '../../tables/shown_cells.js';
import { counted } from './score_words.js';

/** The most words of a category that are shown. */
const shownWords = 6;

/** What a step does with its column, and what it found in the training rows. */
export const stepText = ({ step, found }: FittedStep): string => texts[step.kind](step as never, found as never);

function numberStepText(
  { scale = 'standard', log }: NumberStep,
  { fill, flag, low, high, offset, factor, edges = [] }: NumberFound,
): string {
  const size = factor === 0 ? 0 : 1 / factor;
  const scales = {
    standard: `mean ${fourDigits(offset)}, standard deviation ${fourDigits(size)}`,
    minMax: `from ${fourDigits(offset)} to ${fourDigits(offset + size)}`,
    quantile: 'ranks among the quantiles',
    robust: `median ${fourDigits(offset)}, unit ${fourDigits(size)}, bounded smoothly`,
    none: 'as it is',
  };
  return [
    log ? 'logarithms of numbers' : 'number',
    scales[scale],
    ...(edges.length > 1 ? [`${edges.length - 1} bins`] : []),
    ...(low === null || high === null ? [] : [`clipped to ${fourDigits(low)} … ${fourDigits(high)}`]),
    `missing: ${fourDigits(fill)}${flag ? ', with a flag' : ''}`,
  ].join(', ');
}

function categoryText({ encode }: CategoryStep, { words, counts }: CategoryFound): string {
  const [rare = 0, missing = 0] = counts.slice(words.length);
  const list = words.slice(0, shownWords).map((word, i) => `${word} (${numberText(counts[i]!)})`);
  return [
    `${counted(words.length, 'category', 'categories')}${encode === undefined ? '' : `, ${encode}`}: ${list.join(', ')}${words.length > shownWords ? ', …' : ''}`,
    ...(rare > 0 ? [`rare: ${counted(rare, 'row')}`] : []),
    ...(missing > 0 ? [`missing: ${counted(missing, 'row')}`] : []),
  ].join('; ');
}

const textText = (step: TextStep, { counts }: TextFound): string =>
  `text, sequences of up to ${longestSequence(step)} words${step.subwords ? ` and subwords of ${step.subwords.from} to ${step.subwords.to} characters` : ''} hashed to ${counted(textColumns(step), 'column')}, of which ${numberText(counts.length)} are used`;

const dateText = (_: DateStep, { parts, mean, edges = [] }: DateFound): string =>
  `date, ${parts.join(', ')}${edges.length > 1 ? `, ${edges.length - 1} bins` : ''}; mean ${new Date(mean * millisecondsADay).toISOString().slice(0, 10)}`;

const intervalText = (step: DateIntervalStep, { places }: IntervalFound): string =>
  `${counted(places.length, everyOf(step))} of ${step.of}, each with a learnt vector`;

const crossText = (step: CrossStep): string =>
  `combinations of ${step.of.join(' and ')}, hashed to ${counted(crossColumns(step), 'column')}`;

const texts: Record<FittedStep['step']['kind'], (step: never, found: never) => string> = {
  number: numberStepText,
  category: categoryText,
  text: textText,
  date: dateText,
  interval: intervalText,
  cross: crossText,
};
