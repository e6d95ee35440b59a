import { checkOneOf } from '../../checks/options.js';
import { errorWith } from '../../errors.js';
import {
  type ColumnKind,
  columns,
  kindsOf,
  pipeline,
  type Step,
  type Table,
  type Target,
  table,
} from '../../tables/index.js';
import { type Division, divided, type RaceTask } from './task.js';

/** The user's table. */
export interface CsvData {
  /** Text of a CSV file with a line of names. */
  readonly csv: string;
  /** Name of the column to predict. */
  readonly target: string;
}

/** The smallest number of rows that can be divided into training and held-out examples. */
const fewestRows = 20;

/** A column with more distinct words is omitted, since each word would be an input. */
const mostWords = 50;

/**
 * Predicts a column of a table from the others: its class, or its number in units of its deviation. Rows without a value in
 * this column are omitted.
 */
export async function tableTask({ csv, target }: CsvData, division: Division): Promise<RaceTask> {
  const all = await table({ csv });
  const known = rowsWith(all, checkOneOf('target', target, all.columns));
  if (known.length < fewestRows)
    throw refused(`${countOf(known.length, 'row')} with ${JSON.stringify(target)}, and a race needs ${fewestRows}`);
  const data = all.select(known);
  const parts = divided(data.rows, division);
  const [training, heldOut] = [data.select(parts.training), data.select(parts.heldOut)];
  const steps = Object.fromEntries(
    Array.from(kindsOf(training)).flatMap(([name, kind]) => {
      const step = name === target ? undefined : stepFor(training, name, kind);
      return step ? [[name, step]] : [];
    }),
  );
  if (Object.keys(steps).length === 0)
    throw refused(`no column but ${JSON.stringify(target)} has values to learn from`);
  const whole = await pipeline(steps).fit(data, { target });
  const classes = classesIn(whole.target, data.rows);
  const fitted = await pipeline(steps).fit(training, { target, task: whole.target.task, classes });
  const left = data.columns.filter((name) => name !== target && !fitted.columns.includes(name));
  const without = left.length > 0 ? `, without ${left.join(', ')} (one value only, or too many words)` : '';
  return {
    about: `${training.rows} rows of a table, ${JSON.stringify(target)} from ${countOf(fitted.columns.length, 'column')}${without}`,
    training: fitted.dataset(training),
    heldOut: fitted.dataset(heldOut),
    outputs: fitted.outputs,
    loss: fitted.loss as RaceTask['loss'], // by default it is one of these
    score: classes ? 'accuracy' : 'r2',
  };
}

const cellsOf = (data: Table, name: string): (number | string | null)[] => [...data.values(name)];

/** The rows that have a value in a column. */
const rowsWith = (data: Table, name: string): number[] =>
  cellsOf(data, name).flatMap((value, row) => (value === null || Number.isNaN(value) ? [] : [row]));

/** The step that turns a column into inputs; undefined if it is omitted. */
function stepFor(training: Table, name: string, kind: ColumnKind): Step | undefined {
  if (kind === 'number' || kind === 'boolean') return columns.number();
  if (kind === 'date') return columns.date();
  const isOfFewWords = kind === 'category' && new Set(cellsOf(training, name)).size <= mostWords;
  return isOfFewWords ? columns.category({ encode: 'oneHot', rare: 1 }) : undefined;
}

/** The classes of a target; undefined for one of numbers. */
function classesIn(target: Target, rows: number) {
  if (target.task === 'regression') return undefined;
  const { column, classes } = target;
  const words = classes.filter((one) => !Number.isFinite(Number(one)));
  if (words.length > 0 && words.length < classes.length / 2)
    throw refused(`${JSON.stringify(column)} has words among its numbers, as ${JSON.stringify(words[0])}`);
  if (classes.length > rows / 2)
    throw refused(`${JSON.stringify(column)} has ${classes.length} different words in ${countOf(rows, 'row')}`);
  return classes;
}

const countOf = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

const refused = (reason: string) => errorWith('ERR_INVALID_ARGUMENT', `the table cannot be used: ${reason}`);
