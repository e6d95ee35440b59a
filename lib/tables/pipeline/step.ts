import { type Check, type CheckedOptions, checkedOptions } from '../../checks/checked_options.js';
import { isPlainObject } from '../../checks/kinds.js';
import { checkOneOf } from '../../checks/options.js';
import { invalid } from '../../checks/shown.js';
import type { Column } from '../column.js';
import type { RowNumber } from '../row_number.js';

/** How one column, or a cross of several, becomes inputs of a network: plain data. */
export interface Step {
  readonly kind: 'number' | 'category' | 'text' | 'date' | 'cross';
}

/** Columns of adjacent rows. */
export interface Rows {
  /** The columns that the step reads. */
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly numberOf: RowNumber;
}

/** Goes through the training rows, chunk after chunk, to find what a step has to know of them. */
export interface Fitting {
  add(rows: Rows): void;
  /** What is known so far, to be merged where `streams` processes go through rows of their own: what `structuredClone` takes. */
  known(streams: number): unknown;
  /** Takes what all of these processes know, in order, in place of its own. */
  merge(all: readonly unknown[]): void;
  /** What was found, as JSON; undefined if there is nothing to learn from, as in a column of one value. */
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

/** Makes sparse columns below `width`: returns what pushes the entries of row i. */
export interface SparseEncoding {
  readonly block: 'words';
  readonly width: number;
  entries(rows: Rows): (row: number, push: Push) => void;
}

export type Encoding = NumberEncoding | CategoryEncoding | SparseEncoding;

/** What a kind of step does. `names` are those of its columns. */
export interface StepKind<S extends Step = Step, F extends object = object> {
  /** Checks options of a person or of a file. */
  check(where: string, options: object): S;
  fitting(step: S, names: readonly string[]): Fitting;
  /** `found` may come from a file. */
  encoding(step: S, found: F, names: readonly string[]): Encoding;
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
