import { quoted } from '../../checks/shown.js';
import { type Ranks, together } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import { cellOf } from '../../tables/column.js';
import { type Explanation, withoutPrediction } from '../../tables/explain/explain.js';
import {
  type Cell,
  type Flag,
  flagText,
  openSource,
  type PredictedChunk,
  type Prediction,
  type Source,
  type TableModel,
  type Target,
} from '../../tables/index.js';
import { checkInterval } from '../../tables/intervals.js';
import { unknownColumn } from '../../tables/source_errors.js';
import { untilInterrupted } from '../interruption.js';
import { numberOr } from '../number.js';
import { onRanks, showRows } from '../ranks.js';
import { checkOutputs } from '../writable.js';
import { type CellTexts, csvLine, dateText } from './csv_line.js';
import { type DecisionTexts, decisionIn } from './decision_options.js';
import { tableModelIn } from './model_file.js';
import { typesOf } from './read_table.js';
import { partFile, type Write, withOutput, withSharedOutput } from './text_output.js';

interface PredictCommandOptions extends DecisionTexts {
  out?: string;
  keep?: string;
  types?: string;
  probabilities?: boolean;
  flags?: boolean;
  explain?: boolean;
  strict?: boolean;
  interval?: string;
  safeCells?: boolean;
  json?: boolean;
}

/** The options of `predict` of a model. @throws TypeError, RangeError that name the option. */
const modelOptions = ({ interval, ...decision }: PredictCommandOptions) => ({
  ...decisionIn(decision),
  interval: interval === undefined ? undefined : checkInterval('--interval', numberOr(interval)),
});

/** Runs `glissade predict`. Processes that mpirun has started share the rows if the reader can read a part of them alone. */
export async function predictCommand(modelFile: string, data: string, options: PredictCommandOptions): Promise<void> {
  await onRanks(async (process) => {
    const { ranks: launched, isFirst } = process;
    const { out } = options;
    if (isFirst) await checkOutputs({ files: filesOf(out, launched) }, { 'the model': modelFile, 'the data': data });
    if (options.safeCells && options.json)
      throw errorWith('ERR_INVALID_ARGUMENT', '--safe-cells is an option of CSV, which --json does not write');
    const model = await tableModelIn(modelFile);
    if (options.probabilities && model.target.task === 'regression')
      throw errorWith('ERR_INVALID_ARGUMENT', '--probabilities: the model predicts a number');
    const given = modelOptions(options);
    model.checkPredictOptions('predict', given);
    for (const option of ['flags', 'strict'] as const) if (options[option]) model.rowCheck(`--${option}`);
    const explained = options.explain ? model.explainer.columns : undefined;
    const source = await openSource(data, { types: typesOf(options.types) });
    const classes = options.probabilities ? classesOf(model) : undefined;
    const extras = options.flags ? (['flags'] as const) : [];
    const [target] = model.targets as [Target, ...Target[]];
    const parts =
      model.targets.length > 1
        ? model.targets.map(({ column }) => column)
        : target.task === 'regression'
          ? target.quantiles?.map(String)
          : undefined;
    const texts: CellTexts = options.safeCells ? 'safe' : 'as they are';
    const ends = endsOf(options);
    const layoutOf = (kept: readonly string[]): Layout => ({ kept, parts, classes, ends, explained, extras, texts });
    const written = options.json
      ? ['prediction', ...(classes ? ['probabilities'] : []), ...ends, ...(explained ? ['explanation'] : []), ...extras]
      : columnsFor(layoutOf([]));
    const kept = keptColumns(options.keep, source, written);
    const layout = layoutOf(kept);
    // The first process alone writes to the standard output, and reads what can't be divided.
    const ranks = out !== undefined && source.part ? launched : undefined;
    if (!isFirst && !ranks) return;
    const writeTo = async (write: Write, signal: AbortSignal): Promise<void> => {
      let mine = 0;
      const begin = () =>
        mine === 0 && isFirst && !options.json ? write(csvLine(columnsFor(layout), texts)) : undefined;
      const flags = (options.flags || options.strict) ?? false;
      const { explain = false } = options;
      for await (const chunk of model.predictChunks(source, { keep: kept, ranks, flags, explain, ...given })) {
        signal.throwIfAborted();
        if (options.strict) checkFlags(source, chunk);
        await begin();
        await write(options.json ? jsonLines(chunk, layout) : csvLines(chunk, layout));
        mine += chunk.chunk.rows;
        showRows({ ...process, ranks }, mine, source.rows);
      }
      if ((await together(ranks, mine)).every((rows) => rows === 0))
        throw errorWith('ERR_SHAPE', `${source.name} has no rows`);
      await begin(); // if only other processes have rows
    };
    await untilInterrupted((signal) =>
      ranks
        ? withSharedOutput(out!, ranks, (write) => writeTo(write, signal))
        : withOutput(out, (write) => writeTo(write, signal)),
    );
  });
}

/** The files to write: the output, and a file for the part of each rank until they are joined. */
function filesOf(out: string | undefined, ranks: Ranks | undefined): Record<string, string | undefined> {
  const parts = out === undefined ? [] : Array.from({ length: ranks?.size ?? 0 }, (_, rank) => partFile(out, rank));
  return { out, ...Object.fromEntries(parts.map((part, rank) => [`out of rank ${rank}`, part])) };
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` that names the first row with a flag, and all its flags. */
function checkFlags({ name }: Source, { first, flags }: PredictedChunk): void {
  const row = flags!.findIndex((list) => list.length > 0);
  if (row >= 0)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${name}: row ${first + row} is unlike the training rows: ${flagsText(flags![row]!)}; without --strict it is predicted, and --flags names its values`,
    );
}

const flagsText = (flags: readonly Flag[]): string => flags.map(flagText).join('; ');

/**
 * The columns of the output: some of the input, the prediction or its quantiles, the probability of each class or the ends of the
 * interval, contributions, and flags.
 */
interface Layout {
  readonly kept: readonly string[];
  /** The names of the parts of a prediction: quantiles or targets. */
  readonly parts: readonly string[] | undefined;
  readonly classes: readonly string[] | undefined;
  readonly ends: readonly End[];
  /** The columns whose contributions are written. */
  readonly explained: readonly string[] | undefined;
  readonly extras: readonly 'flags'[];
  readonly texts: CellTexts;
}

type End = 'low' | 'high';

const endsOf = ({ interval }: PredictCommandOptions): End[] => (interval === undefined ? [] : ['low', 'high']);

const classesOf = ({ target }: TableModel): string[] =>
  target.task === 'classification' ? target.classes.map(String) : [];

/** @throws TypeError for a column that the file lacks, and if two columns of the output would have the same name. */
function keptColumns(keep: string | undefined, source: Source, written: readonly string[]): string[] {
  if (keep === undefined) return [];
  const all = source.fields.map(({ name }) => name);
  const names = keep === 'all' ? all : keep.split(',').map((name) => name.trim());
  for (const name of names) if (!all.includes(name)) throw unknownColumn(source.name, all, name, '--keep: ');
  const twice = names.find((name) => written.includes(name));
  if (twice !== undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `--keep: the column ${quoted(twice)} of ${source.name} has the name of a column that is written; list the other columns`,
    );
  return [...new Set(names)];
}

const columnsFor = ({ kept, parts, classes = [], ends, explained, extras }: Layout): string[] => [
  ...kept,
  ...(parts?.map((part) => `prediction_${part}`) ?? ['prediction']),
  ...classes.map((one) => `probability_${one}`),
  ...ends,
  ...(explained ? ['baseline', ...explained.map((column) => `contribution_${column}`)] : []),
  ...extras,
];

/** The values of each row of the output. */
function* rowsOf(
  { fields, chunk, predictions, probabilities, flags, explanations, ...ofChunk }: PredictedChunk,
  { kept, classes, ends, extras }: Layout,
): Generator<{
  cells: Cell[];
  prediction: Prediction;
  shares: number[];
  bounds: number[];
  explanation: Explanation | undefined;
  flags: (readonly Flag[])[];
}> {
  const columns = kept.map((name) => chunk.columns[fields.findIndex((field) => field.name === name)]!);
  for (const [row, prediction] of predictions.entries()) {
    const begin = row * (classes?.length ?? 0);
    yield {
      cells: columns.map((column) => cellOf(column, row)),
      prediction,
      shares: classes?.map((_, place) => probabilities![begin + place]!) ?? [],
      bounds: ends.map((end) => ofChunk[end]![row]!),
      explanation: explanations?.[row],
      flags: extras.map(() => flags![row]!),
    };
  }
}

const cellsOf = (prediction: Prediction, { parts }: Layout): readonly Exclude<Prediction, object>[] =>
  typeof prediction === 'object' ? parts!.map((part) => prediction[part]!) : [prediction];

/** The baseline of an explanation, and the contribution of each column. */
function contributionsOf({ baseline, contributions }: Explanation, { explained }: Layout): number[] {
  const of = new Map(contributions.map(({ column, contribution }) => [column, contribution]));
  return [baseline, ...explained!.map((column) => of.get(column)!)];
}

function csvLines(chunk: PredictedChunk, layout: Layout): string {
  let text = '';
  for (const { cells, prediction, shares, bounds, explanation, flags } of rowsOf(chunk, layout)) {
    const contributions = explanation ? contributionsOf(explanation, layout) : [];
    text += csvLine(
      [...cells, ...cellsOf(prediction, layout), ...shares, ...bounds, ...contributions, ...flags.map(flagsText)],
      layout.texts,
    );
  }
  return text;
}

function jsonLines(chunk: PredictedChunk, layout: Layout): string {
  const { kept, classes, ends } = layout;
  let text = '';
  for (const { cells, prediction, shares, bounds, explanation, flags } of rowsOf(chunk, layout)) {
    const row = Object.fromEntries(kept.map((name, i) => [name, asJson(cells[i]!)]));
    const interval = Object.fromEntries(ends.map((end, place) => [end, bounds[place]!]));
    const probabilities = classes && Object.fromEntries(classes.map((one, place) => [one, shares[place]!]));
    const more = {
      ...(explanation && { explanation: withoutPrediction(explanation) }),
      ...(flags[0] && { flags: flags[0] }),
    };
    text += `${JSON.stringify({ ...row, prediction, ...(probabilities && { probabilities }), ...interval, ...more })}\n`;
  }
  return text;
}

const asJson = (cell: Cell): Cell => (cell !== null && typeof cell === 'object' ? dateText(cell) : cell);
