import fs from 'node:fs/promises';
import path from 'node:path';
import type { Ranks } from '../../distributed/ranks.js';
import { writeAtomically } from '../../formats/files.js';
import { decimalsText } from '../../numbers/number_text.js';
import {
  type SearchResult,
  type SearchTrial,
  search,
  type Table,
  type TrainReport,
  train,
} from '../../tables/index.js';
import { rowsOverAll, sampleOverAll } from '../../tables/table.js';
import { checkSetting } from '../../tables/train/options.js';
import { smallRows } from '../../tables/train/setting.js';
import { isFailing } from '../../training/log_file.js';
import { Interrupted, interruptionOf, untilInterrupted } from '../interruption.js';
import type { ProgressDisplay } from '../progress.js';
import { onRanks } from '../ranks.js';
import { checkOutputs } from '../writable.js';
import { aligned } from './aligned.js';
import { calibrationText } from './calibration_text.js';
import { classLines } from './class_table.js';
import { comparedIn } from './compared.js';
import { decisionLines } from './decision_text.js';
import { intervalText } from './interval_text.js';
import { KeptFolder } from './kept_folder.js';
import { methodText } from './method_text.js';
import { type GivenColumns, readTable } from './read_table.js';
import { divisionText, reportPage, verdictOf } from './report_page.js';
import { searchText } from './report_search.js';
import { warningLines } from './report_warnings.js';
import { worstLines } from './report_worst.js';
import { comparedCells, counted, importanceText, kindCells, leftOutText, unusedLines } from './score_words.js';
import { shellWord } from './shell_word.js';
import { textsLines } from './texts_text.js';
import { decisionOptions, given, optionsOf, type TrainCommandOptions } from './train_options.js';
import { treesLines } from './trees_text.js';

/**
 * Runs `glissade train`. Ranks of an MPI job train together; the first one writes and prints.
 *
 * Ctrl-C ends the command with exit code 130, SIGTERM with 143 and SIGHUP with 129. Training stops at the next step. Then
 * the model is written; under `--resume`, checkpoints are kept instead. An interrupted search writes no model. If the
 * signal arrives while outputs are being written, the model is still written completely. A second signal ends the process
 * immediately.
 */
export async function trainCommand(file: string, options: TrainCommandOptions): Promise<void> {
  await onRanks(async ({ ranks, isFirst, progress }) => {
    const { out, report: page, metrics, logDir } = options;
    const kept = options.resume ? new KeptFolder(out) : undefined;
    const outputs = { files: { out, report: page }, appended: { metrics }, folders: { 'log-dir': logDir } };
    const files = isFirst ? await checkOutputs(outputs, { 'the data': file, 'the vectors': options.vectors }) : [];
    if (isFirst) await kept?.check({ ...outputs.files, ...outputs.appended, ...outputs.folders });
    const onProgress = (stage: string, share: number) => progress.show(stage, share);
    const common = optionsOf(options);
    const trials = given('--search', options.search, checkSetting.trials);
    const data = await readRows(file, options, progress, trials === undefined ? ranks : undefined);
    if (isFirst) await kept?.make();
    const work = async (stop: AbortSignal) => {
      const found =
        trials === undefined
          ? undefined
          : await search(data, { ...common, trials, file: kept?.search, ranks, stop, onProgress });
      const searching = found && (await interruptionOf(stop, ranks));
      if (searching) return { interruption: new Interrupted(searching, interruptedSearch(found, kept)) };
      const places = { checkpoints: kept?.training, logDir, logFile: metrics, warnings: options.warnings };
      const decision = { ...decisionOptions(options), calibration: options.calibration ? undefined : false };
      const trained = await train(data, { ...common, ...decision, ...found?.best, ...places, ranks, stop, onProgress });
      const training = trained.report.stopped ? await interruptionOf(stop, ranks) : undefined;
      const what = kept ? wayToContinue(kept) : `${out} has the model as it was then`;
      return { found, trained, interruption: training && new Interrupted(training, `interrupted: ${what}`) };
    };
    await untilInterrupted(async (stop) => {
      const { found, trained, interruption } = await (kept ? kept.withAdvice(() => work(stop)) : work(stop));
      // Other ranks end without an error. After an error mpirun would end the first one, which may be writing.
      if (interruption && (kept || !trained)) {
        if (isFirst) throw interruption;
        return;
      }
      if (!trained) return;
      const { model, report } = trained;
      // The model comes before the report, during which the process may be ended.
      if (isFirst) await model.saveAbout(out, found ? { search: found.trials } : {});
      const early = interruption ? undefined : await interruptionOf(stop, ranks);
      const description =
        page === undefined || early ? undefined : (await sampleOverAll(data, mostDescribed)).describe();
      if (!isFirst) return;
      if (page !== undefined && description) {
        const command = commandOf(file, options);
        const text = reportPage(trained, { data: file, description, command, trials: found?.trials });
        await writeAtomically(page, Buffer.from(text));
      }
      if (!report.stopped) await kept?.remove();
      progress.close();
      const missing = description ? undefined : page;
      const isWritten = (one: string) => !isFailing(one) && (missing === undefined || one !== path.resolve(missing));
      const written = files.filter(isWritten);
      if (options.json)
        console.log(JSON.stringify({ files: written, ...report, ...(found && { search: found.trials }) }));
      else console.log([summaryOf(report, found?.trials), '', ...written.map((one) => `written: ${one}`)].join('\n'));
      if (interruption) throw interruption;
      const late = early ?? (await interruptionOf(stop, undefined));
      if (!late) return;
      const lost = missing === undefined ? '' : `; ${missing} is not written`;
      throw new Interrupted(late, `interrupted: ${out} has the fully trained model${lost}`);
    });
  });
}

const wayToContinue = (kept: KeptFolder): string => `repeat the command to continue from ${kept.folder}`;

/** The message of an interrupted search: its progress, and the options of the best setting so far. */
function interruptedSearch(found: SearchResult | undefined, kept: KeptFolder | undefined): string {
  const trials = found?.trials ?? [];
  const tried = trials.filter(({ state }) => state !== 'not trained');
  const [best] = tried;
  const complete = tried.filter(({ state }) => state === 'complete').length; // most are trained for a part of the epochs
  const toTheEnd = complete === tried.length ? '' : `, ${complete} of them trained completely`;
  const beginning =
    best === undefined
      ? `interrupted before the first of ${trials.length} settings was trained completely`
      : `interrupted after ${tried.length} of ${trials.length} settings${toTheEnd}`;
  const options = best && best.loss !== null ? [`the best of them is ${optionsFor(best)}`] : [];
  return [beginning, ...options, 'no model is written', ...(kept ? [wayToContinue(kept)] : [])].join('; ');
}

/** The options of this command for a setting. */
const optionsFor = ({ rule, learningRate, weightDecay, hidden, batchSize }: SearchTrial): string =>
  [
    ...(rule === undefined ? [] : [`--rule ${rule} --rate ${learningRate}`]),
    ...(weightDecay === undefined ? [] : [`--decay ${weightDecay}`]),
    `${batchSize === undefined ? '' : `--batch ${batchSize} `}--model ${hidden.length === 0 ? 'linear' : hidden.join()}`,
  ].join(' ');

/** Each process reads all of a file of fewer bytes, so its models are those of a single process. */
const smallFile = 2 ** 22;

/** The rows that this process trains on: all rows of a small table, else those of its rank. */
async function readRows(
  file: string,
  options: GivenColumns,
  progress: ProgressDisplay,
  ranks: Ranks | undefined,
): Promise<Table> {
  const bytes = await fs.stat(file).then(
    ({ size }) => size,
    () => Number.POSITIVE_INFINITY, // a query, a pattern, a remote file
  );
  const whole = () => readTable(file, options, progress);
  if (!ranks || bytes < smallFile) return whole();
  const part = await readTable(file, options, progress, ranks).catch((error) => {
    if (error.code === 'ERR_SHAPE') return undefined; // a rank would have no rows
    throw error;
  });
  return part && (await rowsOverAll(part)) >= smallRows ? part : whole();
}

/** The most rows from which the report describes the columns of a table that several processes read. */
const mostDescribed = 100_000;

/** The command that trains the same model again. */
function commandOf(file: string, { target, json, resume, logDir, metrics, ...rest }: TrainCommandOptions): string {
  return [
    'glissade train',
    shellWord(file),
    `--target ${shellWord(target)}`,
    ...Object.entries(rest).flatMap(([name, value]) => optionText(name, value)),
  ].join(' ');
}

/** An option as people type it; nothing for one that is not given. */
function optionText(name: string, value: string | readonly string[] | boolean): string[] {
  const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (value === 'auto' || (['warnings', 'calibration'].includes(name) && value === true)) return [];
  if (typeof value === 'boolean') return [value ? option : option.replace('--', '--no-')];
  return [value].flat().map((one) => `${option} ${shellWord(one)}`);
}

/** The report as text. */
function summaryOf(report: TrainReport, trials: readonly SearchTrial[] | undefined): string {
  const { target, task, rows, chosen, heldOut } = report;
  const again = report.repeated ? `; ${counted(report.repeated, 'row')} that repeat others count once` : '';
  const byClass = classLines(report);
  const compared = comparedIn(report);
  return [
    `${task} of ${JSON.stringify(target)} from ${counted(rows, 'row')}${leftOutText(report)}${again}`,
    ...aligned(kindCells(report)),
    ...unusedLines(report),
    ...textsLines(report),
    '',
    `scores on held-out rows (${heldOut}${divisionText(report)}), with 95 % intervals:`,
    ...aligned([['', ...compared.map(({ name }) => name)], ...comparedCells(report)]),
    ...(byClass.length > 0 ? ['', ...byClass] : []),
    ...(report.intervals ? ['', intervalText(report.intervals)] : []),
    ...(report.decision ? ['', ...decisionLines(report)] : []),
    ...(report.calibration ? ['', calibrationText(report.calibration)] : []),
    '',
    verdictOf({ report }),
    ...treesLines(report),
    ...warningLines(report),
    ...(trials ? [searchText(report, trials)] : []),
    importanceText(report),
    ...worstLines(report),
    `the model is ${chosen === 'linear' ? 'linear' : 'a network'}: ${counted(report.parameters, 'parameter')}, ${report.learningRate === undefined ? methodText(report) : counted(report.epochs, 'epoch')}, ${decimalsText(report.seconds, 1)} s`,
  ].join('\n');
}
