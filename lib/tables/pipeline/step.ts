import { type Check, type CheckedOptions, checkedOptions } from '../../checks/checked_options.js';
import { isPlainObject } from '../../checks/kinds.js';
import { checkOneOf } from '../../checks/options.js';
import { invalid } from '../../checks/shown.js';
import type { Column } from '../column.js';
import type { RowNumber } from '../row_number.js';
import type { WordVectors } from '../word_vectors.js';

/** How a column, or a cross of several columns, becomes inputs of a network. Plain data. */
export interface Step {
  readonly kind: 'number' | 'category' | 'text' | 'date' | 'interval' | 'cross';
}

/** Columns of adjacent rows. */
export interface Rows {
  /** The columns that the step reads. */
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly numberOf: RowNumber;
}

/** Fits a step to training rows, chunk by chunk. */
export interface Fitting {
  add(rows: Rows): void;
  /** The state so far, for merging with the states of `streams` processes. It must be a value for `structuredClone`. */
  known(streams: number): unknown;
  /** Replaces the state by the merged states of all processes, which are in order. */
  merge(all: readonly unknown[]): void;
  /** The result as JSON; undefined if there is nothing to learn from, as in a column of one value. */
  found(): object | undefined;
}

/** Writes `width` numbers of each row, row i from `at + i·stride` on. */
export interface NumberEncoding {
  readonly block: 'numbers';
  readonly width: number;
  write(rows: Rows, out: Float32Array, at: number, stride: number): void;
}

/** Writes a category below `cardinality` for each row, that of row i at `at + i·stride`. */
export interface CategoryEncoding {
  readonly block: 'codes';
  readonly cardinality: number;
  write(rows: Rows, out: Uint32Array, at: number, stride: number): void;
}

/** Adds an entry to a row of sparse columns. */
export type Push = (column: number, value: number) => void;

/** Makes entries in sparse columns below `width`. `entries` returns a function that pushes the entries of a row. */
export interface SparseEncoding {
  readonly block: 'words';
  readonly width: number;
  entries(rows: Rows): (row: number, push: Push) => void;
}

export type Encoding = NumberEncoding | CategoryEncoding | SparseEncoding;

/** A column whose bins are separated by splits of trees. */
export interface BinnedColumn {
  /** The most bins. */
  readonly most: number;
  /** Its values, in the units of the edges. */
  read(rows: Rows): Float64Array;
}

/** The functions of a kind of step. `names` are those of its columns. */
export interface StepKind<S extends Step = Step, F extends object = object> {
  /** Checks options, which come from a person or a file. */
  check(where: string, options: object): S;
  /** @param vectors Vectors of words, all of which a step of texts keeps. */
  fitting(step: S, names: readonly string[], vectors?: WordVectors): Fitting;
  /** `found` may come from a file. */
  encoding(step: S, found: F, names: readonly string[]): Encoding;
  /** Undefined, also as a result: there are no such bins. The edges become `edges` of what was found. */
  binned?(step: S, found: F, names: readonly string[]): BinnedColumn | undefined;
}

const kinds = new Map<string, StepKind>();

export function defineStep<S extends Step, F extends object>(kind: S['kind'], what: StepKind<S, F>): void {
  kinds.set(kind, what as unknown as StepKind);
}

export const kindOf = ({ kind }: Step): StepKind => kinds.get(kind)!;

/** A step of some kind with options that were checked. */
export const stepWith = <const Kind extends Step['kind'], Table extends Readonly<Record<string, Check>>>(
  kind: Kind,
  where: string,
  options: object,
  checks: Table,
): { readonly kind: Kind } & CheckedOptions<Table> =>
  Object.freeze({ kind, ...checkedOptions(where, options, checks, (name) => `${where}: ${name}`) }) as never;

/** @throws TypeError, RangeError unless it describes a step. */
export function checkStep(where: string, given: unknown): Step {
  if (!isPlainObject(given) || !('kind' in given))
    throw invalid(where, 'columns.number(…) or another of columns', given);
  const { kind, ...options } = given as { kind: unknown };
  const name = checkOneOf(`kind of ${where}`, kind, [...kinds.keys()]);
  return kinds.get(name)!.check(where, options);
}
