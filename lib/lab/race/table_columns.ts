import { errorWith } from '../../errors.js';
import { mean } from '../spread.js';

/** A column of words gets a number for each of its words if there are no more of them than this. */
const mostWords = 50;

/** What a network reads of a column. */
export interface ReadColumn {
  readonly width: number;
  /** The numbers of a row, written from `at` on. */
  write(text: string, inputs: Float64Array, at: number): void;
}

/** A cell without a value. */
export const isEmpty = (text: string) => text === '' || /^(na|n\/a|nan|null)$/i.test(text);

export const areNumbers = (texts: readonly string[]): boolean =>
  texts.every((text) => isEmpty(text) || Number.isFinite(Number(text))) && texts.some((text) => !isEmpty(text));

/** A mean and a deviation. Values that differ by rounding alone have a deviation of 0. */
export function momentsOf(name: string, values: readonly number[]): { centre: number; deviation: number } {
  const centre = mean(values);
  const deviation = Math.sqrt(mean(values.map((x) => (x - centre) ** 2)));
  if (!Number.isFinite(deviation))
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `the table can't be used: ${JSON.stringify(name)} has numbers that are too large`,
    );
  return { centre, deviation: deviation > 1e-9 * Math.abs(centre) ? deviation : 0 };
}

/**
 * How a column is read, by its cells in the training rows: numbers as (x − mean)/deviation, with a column that says
 * where there is none; words as one column for each. Undefined if it has one value only, or too many words.
 */
export function readColumn(name: string, texts: readonly string[]): ReadColumn | undefined {
  return areNumbers(texts) ? numbers(name, texts) : words(texts);
}

function numbers(name: string, texts: readonly string[]): ReadColumn | undefined {
  const present = texts.filter((text) => !isEmpty(text)).map(Number);
  const { centre, deviation } = momentsOf(name, present);
  const hasHoles = present.length < texts.length;
  if (deviation === 0 && !hasHoles) return undefined;
  return {
    width: hasHoles ? 2 : 1,
    write(text, inputs, at) {
      const x = isEmpty(text) ? centre : Number(text);
      inputs[at] = deviation === 0 || !Number.isFinite(x) ? 0 : (x - centre) / deviation;
      if (hasHoles) inputs[at + 1] = isEmpty(text) ? 1 : 0;
    },
  };
}

function words(texts: readonly string[]): ReadColumn | undefined {
  const places = new Map([...new Set(texts)].sort().map((word, place) => [word, place]));
  if (places.size < 2 || places.size > mostWords) return undefined;
  return {
    width: places.size,
    write(text, inputs, at) {
      const place = places.get(text);
      if (place !== undefined) inputs[at + place] = 1;
    },
  };
}
