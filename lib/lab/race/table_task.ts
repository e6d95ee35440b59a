import { checkOneOf } from '../../checks/options.js';
import { Dataset } from '../../data/dataset.js';
import { errorWith } from '../../errors.js';
import { readCsv } from './csv.js';
import { areNumbers, isEmpty, momentsOf, readColumn } from './table_columns.js';
import { type Division, divided, type RaceTask } from './task.js';

/** A table of the user's. */
export interface CsvData {
  /** Text of a CSV file with a line of names. */
  readonly csv: string;
  /** Name of the column to predict. */
  readonly target: string;
}

/** A column of numbers with more different values than this is predicted as a number, not as a class. */
const mostClasses = 20;

/** Fewer rows can't be divided into examples for training and for tests. */
const fewestRows = 20;

/**
 * Predicts a column of a table from the others: its class if it has few values, else its number, in units of its
 * deviation.
 */
export function tableTask({ csv, target }: CsvData, division: Division): RaceTask {
  const { columns, rows } = readCsv(csv);
  if (rows.length < fewestRows) throw refused(`it has ${countOf(rows.length, 'row')}, and a race needs ${fewestRows}`);
  const targetAt = columns.indexOf(checkOneOf('target', target, columns));
  const { training, heldOut } = divided(rows.length, division);
  const used = [...training, ...heldOut].map((row) => rows[row]!);
  const texts = (column: number) => used.map((row) => row[column]!);

  const inputs = columns.flatMap((name, at) => {
    const read = at === targetAt ? undefined : readColumn(name, texts(at).slice(0, training.length));
    return read ? [{ name, at, read }] : [];
  });
  if (inputs.length === 0) throw refused(`no column but ${JSON.stringify(target)} has values to learn from`);
  const width = inputs.reduce((sum, { read }) => sum + read.width, 0);
  const numbers = new Float64Array(width * used.length);
  for (const [i, row] of used.entries()) {
    let at = i * width;
    for (const { at: column, read } of inputs) {
      read.write(row[column]!, numbers, at);
      at += read.width;
    }
  }

  const { targets, ...kind } = targetsOf(target, texts(targetAt), training.length);
  const all = new Dataset({ inputs: numbers, columns: width, targets });
  const row = Uint32Array.from(used.keys());
  const parts = {
    training: all.select(row.subarray(0, training.length)),
    heldOut: all.select(row.subarray(training.length)),
  };
  all.dispose();
  const left = columns.filter((_, at) => at !== targetAt && inputs.every((input) => input.at !== at));
  const without = left.length > 0 ? `, without ${left.join(', ')} (one value only, or too many words)` : '';
  return {
    about: `${training.length} rows of a table, ${JSON.stringify(target)} from ${countOf(inputs.length, 'column')}${without}`,
    ...parts,
    ...kind,
  };
}

function targetsOf(
  target: string,
  texts: readonly string[],
  training: number,
): Pick<RaceTask, 'outputs' | 'loss' | 'score'> & { targets: Float64Array } {
  const holes = texts.filter(isEmpty).length;
  if (holes > 0) throw refused(`${countOf(holes, 'row')} without ${JSON.stringify(target)}`);
  const areAll = areNumbers(texts);
  const keys: readonly (string | number)[] = areAll ? texts.map(Number) : texts; // 1 and 1.0 are one class
  const values = [...new Set(keys)].sort();
  if (values.length < 2) throw refused(`all rows have the same ${JSON.stringify(target)}`);
  const isSparse = values.length > texts.length / 2;
  if (areAll && (isSparse || values.length > mostClasses)) {
    const numbers = texts.map(Number);
    const { centre, deviation } = momentsOf(target, numbers.slice(0, training));
    if (deviation === 0) throw refused(`all training rows have the same ${JSON.stringify(target)}`);
    const targets = Float64Array.from(numbers, (y) => (y - centre) / deviation);
    return { targets, outputs: 1, loss: 'squared', score: 'r2' };
  }
  const word = texts.find((text) => !Number.isFinite(Number(text)));
  const words = texts.filter((text) => !Number.isFinite(Number(text))).length;
  if (values.length > mostClasses && words < texts.length / 2)
    throw refused(`${JSON.stringify(target)} has words among its numbers, as ${JSON.stringify(word)}`);
  if (isSparse)
    throw refused(`${JSON.stringify(target)} has ${values.length} different words in ${countOf(texts.length, 'row')}`);
  const places = new Map(values.map((value, place) => [value, place]));
  const targets = Float64Array.from(keys, (value) => places.get(value)!);
  return { targets, outputs: values.length, loss: 'crossEntropy', score: 'accuracy' };
}

const countOf = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

const refused = (reason: string) => errorWith('ERR_INVALID_ARGUMENT', `the table can't be used: ${reason}`);
