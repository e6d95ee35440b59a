import { gatherValues } from '../../distributed/ranks.js';
import type { RowNumber } from '../row_number.js';
import type { Chunk, Field, Source } from '../source.js';
import { ofSource, unknownColumn } from '../source_errors.js';
import { chunksOf, ranksOf, rowNumberOf, type Table } from '../table.js';
import type { WordVectors } from '../word_vectors.js';
import type { CrossStep } from './cross.js';
import type { DateIntervalStep } from './interval.js';
import { kindOf, type Rows, type Step } from './step.js';

/** Steps by the names of their columns; a cross and an interval have new names. Plain data. */
export type Steps = Readonly<Record<string, Step>>;

/** A step, and what it found in the training rows. */
export interface FittedStep {
  readonly name: string;
  readonly step: Step;
  readonly found: object;
}

/** The columns that a step reads. */
export const columnsOf = (name: string, step: Step): readonly string[] =>
  step.kind === 'cross' ? (step as CrossStep).of : step.kind === 'interval' ? [(step as DateIntervalStep).of] : [name];

/** Rows of the columns that a step reads. */
export function rowsFor(
  columns: readonly string[],
  places: ReadonlyMap<string, number>,
  chunk: Chunk,
  numberOf: RowNumber,
): Rows {
  return { columns: columns.map((name) => chunk.columns[places.get(name)!]!), rows: chunk.rows, numberOf };
}

/** The place of each column of a source. */
export function placesOf(fields: readonly Field[]): ReadonlyMap<string, number> {
  return new Map(fields.map(({ name }, place) => [name, place]));
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for a column that a source lacks. */
export function checkColumns(source: Pick<Source, 'name' | 'fields'>, names: readonly string[]): void {
  const known = source.fields.map(({ name }) => name);
  for (const name of names) if (!known.includes(name)) throw unknownColumn(source.name, known, name);
}

/**
 * Fits steps in one pass over the rows of a table. If each rank has a part of the table, all ranks do so together. Steps that
 * have nothing to learn from are left out.
 *
 * @param vectors Vectors of words, all of which steps of texts keep.
 * @throws TypeError, GlissadeError that name table, row and column of a refused value.
 */
export async function fitted(steps: Steps, table: Table, vectors?: WordVectors): Promise<FittedStep[]> {
  const list = Object.entries(steps).map(([name, step]) => {
    const names = columnsOf(name, step);
    checkColumns(table, names);
    return { name, step, names, fitting: kindOf(step).fitting(step, names, vectors) };
  });
  const places = placesOf(table.fields);
  let before = 0;
  for (const chunk of chunksOf(table)) {
    const begin = before;
    const numberOf = (row: number) => rowNumberOf(table, begin + row);
    ofSource(table, () => {
      for (const { names, fitting } of list) fitting.add(rowsFor(names, places, chunk, numberOf));
    });
    before += chunk.rows;
  }
  const ranks = ranksOf(table);
  if (ranks) {
    const all = await gatherValues(
      ranks,
      list.map(({ fitting }) => fitting.known(ranks.size)),
    );
    for (const [i, { fitting }] of list.entries()) fitting.merge(all.map((known) => known[i]));
  }
  return list.flatMap(({ name, step, fitting }) => {
    const found = fitting.found();
    return found === undefined ? [] : [{ name, step, found }];
  });
}
