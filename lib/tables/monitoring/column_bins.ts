import { shortened } from '../../checks/shown.js';
import { type Column, type ColumnType, cellOf, missingCode, pieceOf } from '../column.js';
import { numbersOf, ReadWords, rewritten, wordsOf } from '../conversions.js';
import type { DateForm } from '../date_form.js';
import { wordOfCell } from '../readers/rows.js';
import { numberedFrom } from '../row_number.js';
import type { ColumnDistribution } from './distribution.js';
import type { Flag } from './flag.js';
import { knownShare } from './known_words.js';
import { binOfNumber } from './number_distribution.js';
import { slotOf, slotsFrom } from './slots.js';

/** The largest share of training rows without a value for which a missing one is flagged. */
const rareMissing = 0.001;

/** The largest share of unseen categories among training rows, each compared with all others, for which one is flagged. */
const rareUnseen = 0.05;

/** Of fewer rows, each word is looked up: a table of the words of a request would be used once. */
const fewRows = 64;

/** Finds the bins of new values among those of the training rows. The last bin has the missing values. */
export interface ColumnBins {
  readonly name: string;
  /** Training rows by bin. */
  readonly counts: readonly number[];
  /** 1 for bins whose values may be flagged. */
  readonly suspect: Uint8Array;
  /** Writes the bin of each row. */
  write(column: Column, bins: Uint8Array): void;
  /** The flag of the value in a row, whose bin is suspect; undefined if it is within the limits. */
  flag(column: Column, row: number, bin: number): Flag | undefined;
}

/**
 * The bins of a column.
 *
 * @param type The type of the column in training.
 * @param form How its dates were written in training, if not in ISO 8601.
 */
export function columnBins(
  name: string,
  distribution: ColumnDistribution,
  type: ColumnType,
  form?: DateForm,
): ColumnBins {
  const { counts } = distribution;
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const missing = counts.length - 1;
  const isMissingRare = counts[missing]! <= rareMissing * rows;
  const suspectBins = (bins: readonly number[]) => {
    const suspect = new Uint8Array(counts.length);
    for (const bin of bins) suspect[bin] = 1;
    if (isMissingRare) suspect[missing] = 1;
    return suspect;
  };
  const missingFlag: Flag = Object.freeze({ column: name, reason: 'missing' });
  if (distribution.kind === 'category') {
    const { names } = distribution;
    const places = new Map(names.map((one, place) => [one, place]));
    const seen = slotsFrom(distribution.seen);
    const [others, unseen] = [names.length, names.length + 1];
    const binOf = (word: string) => places.get(word) ?? (seen[slotOf(word)] === 1 ? others : unseen);
    const read = new ReadWords(binOf);
    const wordsIn = (column: Column) =>
      wordsOf(column.type === 'word' && type !== 'word' ? rewritten(column, type, form) : column);
    return {
      name,
      counts,
      suspect: suspectBins(counts[unseen]! <= rareUnseen * rows ? [unseen] : []),
      write(column, bins) {
        const { codes, words } = wordsIn(column);
        const table = codes.length > fewRows ? read.of(words) : undefined;
        for (let row = 0; row < codes.length; ++row) {
          const code = codes[row]!;
          bins[row] = code === missingCode ? missing : table ? table[code]! : binOf(words.word(code));
        }
      },
      flag: (column, row, bin) =>
        bin === missing
          ? missingFlag
          : { column: name, reason: 'unseen category', value: shortened(wordOfCell(cellOf(column, row))) },
    };
  }
  const { kind, low, high } = distribution;
  const edges = Float64Array.from(distribution.edges);
  const valuesOf = kind === 'text' ? knownShares(slotsFrom(distribution.seen)) : numbersIn(name, kind, form);
  const shown = (x: number) => (kind === 'date' ? dateText(x) : x);
  return {
    name,
    counts,
    suspect: suspectBins([0, missing - 1]),
    write(column, bins) {
      const values = valuesOf(column);
      for (let row = 0; row < values.length; ++row) {
        const value = values[row]!;
        bins[row] = Number.isNaN(value) ? missing : binOfNumber(edges, value);
      }
    },
    flag(column, row, bin) {
      if (bin === missing) return missingFlag;
      const value = valuesOf(pieceOf(column, row, row + 1))[0]!;
      if (value >= low && value <= high) return undefined;
      const reason = kind === 'text' ? 'unknown words' : 'beyond range';
      return { column: name, reason, value: shown(value), low: shown(low), high: shown(high) };
    },
  };
}

/** The numbers or times of a column. What is neither counts as missing: a prediction has refused it if it has to. */
const numbersIn = (name: string, type: 'number' | 'date', form?: DateForm) => (column: Column) =>
  numbersOf(
    form && column.type === 'word' ? rewritten(column, 'date', form) : column,
    name,
    numberedFrom(1),
    type,
    'missing',
  );

/** The share of known words of each text. */
function knownShares(seen: Uint8Array): (column: Column) => Float64Array {
  const isKnown = (slot: number) => seen[slot] === 1;
  return (column) => {
    const { codes, words } = wordsOf(column);
    const shares = new Float64Array(codes.length).fill(Number.NaN);
    for (const [row, code] of codes.entries())
      if (code !== missingCode) shares[row] = knownShare(words.word(code), isKnown);
    return shares;
  };
}

/** A time in ISO 8601; the time in milliseconds if no date can have it. */
const dateText = (time: number): number | string => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : time);
