import { type Column, type ColumnType, cellOf } from '../column.js';
import type { DateForm } from '../date_form.js';
import { type ColumnBins, columnBins } from './column_bins.js';
import type { Distributions } from './distribution.js';
import type { Flag } from './flag.js';

/** A flag and the index of its row. */
export interface RowFlag {
  readonly row: number;
  readonly flag: Flag;
}

/** Flags as a list for each row. */
export function flagsByRow(rows: number, flags: readonly RowFlag[]): Flag[][] {
  const all = Array.from({ length: rows }, (): Flag[] => []);
  for (const { row, flag } of flags) all[row]!.push(flag);
  return all;
}

const none: readonly RowFlag[] = [];

const noValues: Flag = Object.freeze({ column: null, reason: 'no values' });

/** Compares rows with the training rows, column by column. */
export class RowCheck {
  /** The columns whose distribution is known. */
  readonly bins: readonly ColumnBins[];
  /** The place of each of them among the columns of the model. */
  readonly #places: readonly number[];
  #scratch = new Uint8Array(64);

  /**
   * @param columns The names of the columns that the model reads.
   * @param types The types of the columns in training.
   * @param forms How dates were written in training, for columns other than in ISO 8601.
   */
  constructor(
    { columns: known }: Distributions,
    columns: readonly string[],
    types: Readonly<Record<string, ColumnType>>,
    forms: Readonly<Record<string, DateForm>>,
  ) {
    const places = Array.from(columns.keys()).filter((place) => Object.hasOwn(known, columns[place]!));
    this.#places = places;
    this.bins = places.map((place) => {
      const name = columns[place]!;
      const type = Object.hasOwn(types, name) ? types[name]! : 'word';
      return columnBins(name, known[name]!, type, Object.hasOwn(forms, name) ? forms[name] : undefined);
    });
  }

  /**
   * The flags of rows.
   *
   * @param columns The columns of the model, in its order.
   * @param onColumn Gets the bins of the rows in each of `bins`, by its index; they are overwritten afterwards.
   */
  flags(
    columns: readonly Column[],
    rows: number,
    onColumn?: (index: number, bins: Uint8Array) => void,
  ): readonly RowFlag[] {
    if (this.#scratch.length < rows) this.#scratch = new Uint8Array(rows);
    const bins = this.#scratch;
    let found = none;
    const add = (row: number, flag: Flag) => {
      if (found === none) found = [];
      (found as RowFlag[]).push({ row, flag });
    };
    let mayBeEmpty = false;
    for (let index = 0; index < this.bins.length; ++index) {
      const column = columns[this.#places[index]!]!;
      const of = this.bins[index]!;
      const { suspect } = of;
      const missing = suspect.length - 1;
      of.write(column, bins);
      for (let row = 0; row < rows; ++row) {
        const bin = bins[row]!;
        if (index === 0 && bin === missing) mayBeEmpty = true;
        if (suspect[bin] === 0) continue;
        const flag = of.flag(column, row, bin);
        if (flag) add(row, flag);
      }
      onColumn?.(index, bins);
    }
    if (mayBeEmpty) for (const row of emptyRows(columns, rows)) add(row, noValues);
    return found;
  }
}

/** Rows without any value. */
const emptyRows = (columns: readonly Column[], rows: number): number[] =>
  Array.from({ length: rows }, (_, row) => row).filter((row) =>
    columns.every((column) => cellOf(column, row) === null),
  );
