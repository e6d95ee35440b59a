import { errorWith } from '../../errors.js';
import { decimalsText } from '../../numbers/number_text.js';
import { type SeveralReport, train } from '../../tables/index.js';
import { Interrupted, interruptionOf, untilInterrupted } from '../interruption.js';
import { onRanks } from '../ranks.js';
import { checkOutputs } from '../writable.js';
import { aligned } from './aligned.js';
import { classLines } from './class_table.js';
import { comparedIn } from './compared.js';
import { methodText } from './method_text.js';
import { readTable } from './read_table.js';
import { divisionText, doubtsAbout, verdictOfSeveral } from './report_page.js';
import { warningLines } from './report_warnings.js';
import { comparedCells, counted, importanceText, kindCells, leftOutText, unusedLines } from './score_words.js';
import { textsLines } from './texts_text.js';
import { optionsOf, type TrainCommandOptions } from './train_options.js';

type Options = Omit<TrainCommandOptions, 'target'> & { readonly target: readonly string[] };

/** Options of a training for one target, by their names on the command line. */
const ofOneTarget = {
  report: '--report',
  search: '--search',
  resume: '--resume',
  threshold: '--threshold',
  costs: '--costs',
} as const;

/** Runs `glissade train` for several targets. Ctrl-C ends it as a training for one. */
export async function trainSeveralCommand(file: string, options: Options): Promise<void> {
  const given = Object.entries(ofOneTarget).flatMap(([key, name]) =>
    options[key as keyof typeof ofOneTarget] ? [name] : [],
  );
  for (const name of [...given, ...(options.calibration ? [] : ['--no-calibration'])])
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} is an option of one target, but there are several`);
  await onRanks(async ({ ranks, progress }) => {
    if (ranks) throw errorWith('ERR_INVALID_ARGUMENT', 'several processes train for one target, but there are several');
    const { out, metrics, logDir } = options;
    const outputs = { files: { out }, appended: { metrics }, folders: { 'log-dir': logDir } };
    await checkOutputs(outputs, { 'the data': file, 'the vectors': options.vectors });
    const data = await readTable(file, options, progress);
    await untilInterrupted(async (stop) => {
      const { model, report } = await train(data, {
        ...optionsOf(options),
        logDir,
        logFile: metrics,
        warnings: options.warnings,
        stop,
        onProgress: (stage, share) => progress.show(stage, share),
      });
      await model.save(out);
      progress.close();
      console.log(
        options.json ? JSON.stringify({ files: [out], ...report }) : `${summaryOf(report)}\n\nwritten: ${out}`,
      );
      const interruption = report.stopped ? await interruptionOf(stop, undefined) : undefined;
      if (interruption) throw new Interrupted(interruption, `interrupted: ${out} has the model as it was then`);
    });
  });
}

/** The report as text. */
function summaryOf(report: SeveralReport): string {
  const { targets, rows, heldOut, chosen } = report;
  return [
    `${Object.keys(targets)
      .map((name) => JSON.stringify(name))
      .join(', ')} from ${counted(rows, 'row')}${leftOutText(report)}`,
    ...aligned(kindCells(report)),
    ...unusedLines(report),
    ...textsLines(report),
    '',
    `scores on held-out rows (${heldOut}${divisionText(report)}), with 95 % intervals:`,
    ...Object.entries(targets).flatMap(([name, target]) => ['', ...linesOf(name, target, report)]),
    '',
    verdictOfSeveral(report),
    `the model is ${chosen === 'linear' ? 'linear' : 'a network'}: ${counted(report.parameters, 'parameter')}, ${report.learningRate === undefined ? methodText(report) : counted(report.epochs, 'epoch')}, ${decimalsText(report.seconds, 1)} s`,
  ].join('\n');
}

function linesOf(
  name: string,
  report: SeveralReport['targets'][string],
  columns: Pick<SeveralReport, 'leftOut' | 'leftOutBecause'>,
): string[] {
  const { task, warnings } = report;
  const byClass = classLines(report);
  const compared = comparedIn(report);
  return [
    `${task} of ${JSON.stringify(name)}`,
    ...aligned([['', ...compared.map((one) => one.name)], ...comparedCells(report)]),
    ...(byClass.length > 0 ? ['', ...byClass, ''] : []),
    ...doubtsAbout({ ...columns, ...report, target: name }).map((doubt) => `  ${doubt}`),
    ...warningLines({ warnings }),
    `  ${importanceText(report)}`,
  ];
}
