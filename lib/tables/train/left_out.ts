import type { ColumnKind } from '../kinds.js';
import { columnsOf } from '../pipeline/fitted_steps.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { columnOf, type Table } from '../table.js';
import { whyUnread } from '../unread_dates.js';
import type { TrainReport } from './report.js';

/** What decides whether a column is used. */
interface Uses {
  readonly kinds: ReadonlyMap<string, ColumnKind>;
  /** The columns that the pipeline has steps for, if it was given. */
  readonly given: readonly string[] | undefined;
  /** The columns of the option `without`. */
  readonly without: readonly string[];
  /** The column by which rows are divided, and that of the weights of rows. */
  readonly by: string | undefined;
  readonly weight: string | undefined;
}

/** Why a model does not use a column, as the end of a sentence. */
export function reasonFor(table: Table, name: string, { kinds, given, without, by, weight }: Uses): string {
  if (name === by) return 'the column by which the rows are divided';
  if (name === weight) return 'the weights of the rows';
  if (without.includes(name)) return 'left out by the option without';
  if (given && !given.includes(name)) return 'no step in the pipeline';
  const kind = kinds.get(name);
  if (kind === 'constant') return 'constant';
  const unread = whyUnread(columnOf(table, name));
  if (unread) return unread;
  if (kind === 'identifier') return 'identifier: nearly every value differs';
  return kind === 'category' ? 'each category has too few rows' : 'nothing to learn from in the training rows';
}

/** The options that decide which columns are used. */
interface ColumnOptions {
  readonly pipeline: Pipeline | undefined;
  readonly without: readonly string[] | undefined;
  readonly by: string | undefined;
  readonly weight: string | undefined;
}

/** What a report says about the columns of a table. */
export function columnsReport(
  table: Table,
  kinds: ReadonlyMap<string, ColumnKind>,
  targets: readonly string[],
  read: readonly string[],
  { pipeline, without = [], by, weight }: ColumnOptions,
): Pick<TrainReport, 'kinds' | 'dateForms' | 'leftOut' | 'leftOutBecause' | 'unreadDates'> {
  const given = pipeline && Object.entries(pipeline.steps).flatMap(([name, step]) => columnsOf(name, step));
  const leftOut = table.columns.filter((name) => !targets.includes(name) && !read.includes(name));
  return {
    kinds: Object.fromEntries(kinds),
    dateForms: Object.fromEntries(table.fields.flatMap(({ name, form }) => (form ? [[name, form]] : []))),
    leftOut,
    leftOutBecause: Object.fromEntries(
      leftOut.map((name) => [name, reasonFor(table, name, { kinds, given, without, by, weight })]),
    ),
    unreadDates: Object.fromEntries(
      read.flatMap((name) => {
        const why = whyUnread(columnOf(table, name));
        return why ? [[name, why]] : [];
      }),
    ),
  };
}
