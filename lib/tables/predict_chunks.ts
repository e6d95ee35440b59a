import { checkedOptions } from '../checks/checked_options.js';
import { checkArray } from '../checks/lists.js';
import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { checkRanks } from '../distributed/ranks.js';
import { type Column, cellOf } from './column.js';
import type { Explanation } from './explain/explain.js';
import type { Flag } from './monitoring/flag.js';
import { flagsByRow, type RowCheck } from './monitoring/row_check.js';
import { openSource, type TableInput } from './open.js';
import type { FittedPipeline } from './pipeline/fitted_pipeline.js';
import { checkColumns, placesOf } from './pipeline/fitted_steps.js';
import type { Whole } from './pipeline/rows_like.js';
import {
  type PredictChunksOptions,
  type PredictedRows,
  type PredictRowsOptions,
  predictChecks,
} from './predict_options.js';
import { partOf } from './readers/parts.js';
import type { RowObject } from './readers/rows.js';
import { numberedFrom } from './row_number.js';
import { type Chunk, type Field, isSource, type Source } from './source.js';
import { ofSource } from './source_errors.js';
import { ranksOf, Table } from './table.js';
import type { Prediction } from './targets/head.js';

/** Predictions for a chunk of a source. */
export interface PredictedChunk extends PredictedRows {
  /** The number of the chunk's first row in the source, from 1. */
  readonly first: number;
  /** Names and types of the chunk's columns. */
  readonly fields: readonly Field[];
  readonly chunk: Chunk;
  /** With the option `flags`: the flags of each row. */
  readonly flags?: readonly (readonly Flag[])[];
  /** With the option `explain`: the contributions of the columns to the prediction for each row. */
  readonly explanations?: readonly Explanation[];
}

/** What a model does with chunks. */
interface ChunkModel {
  readonly pipeline: FittedPipeline;
  readonly columns: readonly string[];
  readonly explainer: object;
  checkPredictOptions(where: string, options: PredictRowsOptions): void;
  predictWhole(whole: Whole, first: number, options: PredictRowsOptions): PredictedRows;
  rowCheck(where: string): RowCheck;
  explainAs(rows: readonly RowObject[], predictions: readonly Prediction[], first: number): Explanation[];
}

/** Predictions for all rows of a source, as `TableModel.predictChunks` describes them. */
export async function* predictChunks(
  model: ChunkModel,
  input: TableInput | Source,
  options: PredictChunksOptions = {},
): AsyncGenerator<PredictedChunk> {
  checkOptions('predictChunks', options, ['keep', 'ranks', 'flags', 'explain', ...Object.keys(predictChecks)]);
  const { threshold, costs, interval } = options;
  const isFlagged = options.flags !== undefined && checkBoolean('flags', options.flags);
  const check = isFlagged ? model.rowCheck('predictChunks: flags') : undefined;
  const isExplained = options.explain !== undefined && checkBoolean('explain', options.explain);
  if (isExplained) void model.explainer; // refuses models that can't be explained
  const how = checkedOptions('predictChunks', { threshold, costs, interval }, predictChecks);
  model.checkPredictOptions('predictChunks', how);
  const ranks = checkRanks(options.ranks);
  const keep = checkArray('keep', orDefault(options.keep, []), 'an array of names', (name) => {
    if (typeof name !== 'string') throw invalid('keep', 'an array of names of columns', options.keep);
    return name;
  });
  const source = isSource(input) ? input : await openSource(input);
  const names = [...new Set([...model.columns, ...keep])];
  checkColumns(source, names);
  const typed = await asInTraining(source, model.pipeline);
  const narrow = typed.only?.(names) ?? typed;
  const isPart = Table.is(narrow) && ranksOf(narrow) !== undefined;
  const read = ranks && !isPart ? await partOf(narrow, ranks) : narrow;
  const fields = [...read.fields];
  const places = placesOf(fields);
  const columnsOf = (chunk: Chunk): Column[] => model.columns.map((name) => chunk.columns[places.get(name)!]!);
  let first = 1;
  for await (const chunk of read.chunks('passing')) {
    const begin = first;
    const predicted = ofSource(read, () =>
      model.predictWhole({ fields, chunk, numberOf: numberedFrom(begin) }, begin, how),
    );
    const flags = check && flagsByRow(chunk.rows, check.flags(columnsOf(chunk), chunk.rows));
    const explanations = isExplained
      ? ofSource(read, () =>
          model.explainAs(rowsOf(model.columns, columnsOf(chunk), chunk.rows), predicted.predictions, begin),
        )
      : undefined;
    yield { first, fields, chunk, ...predicted, ...(flags && { flags }), ...(explanations && { explanations }) };
    first += chunk.rows;
  }
}

/** Rows as objects. */
const rowsOf = (names: readonly string[], columns: readonly Column[], rows: number): RowObject[] =>
  Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(names.map((name, i) => [name, cellOf(columns[i]!, row)])),
  );

/** A source in which columns that were words in training are words, even if their values look like numbers or dates. */
async function asInTraining(source: Source, { types }: FittedPipeline): Promise<Source> {
  const words = source.fields.filter(
    ({ name, type }) => type !== 'word' && Object.hasOwn(types, name) && types[name] === 'word',
  );
  return words.length > 0 && source.asWords ? source.asWords(words.map(({ name }) => name)) : source;
}
