import path from 'node:path';
import { checkInteger } from '../../checks/ranges.js';
import { errorWith } from '../../errors.js';
import { configure } from '../../runtime.js';
import { type Estimate, type Task, type TrainReport, table, train } from '../../tables/index.js';
import { numberOr } from '../number.js';
import { openProgress } from '../progress.js';

export interface TrainCommandOptions {
  target: string;
  task?: Task;
  model?: string;
  rate?: string;
  batch?: string;
  epochs?: string;
  validation?: string;
  time?: string;
  seed?: string;
  out: string;
  json?: boolean;
}

/** Runs `glissade train`. */
export async function trainCommand(file: string, options: TrainCommandOptions): Promise<void> {
  configure({ priority: 'normal' }); // a person waits for the model
  const progress = openProgress();
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  try {
    const data = await table(file, {
      onRows: (rows) => progress.show(`reading: ${rows.toLocaleString('en')} rows`, 0),
    });
    const { model, report } = await train(data, {
      target: options.target,
      task: options.task,
      hidden: widthsOf(options.model),
      learningRate: given('--rate', options.rate),
      batchSize: given('--batch', options.batch),
      epochs: given('--epochs', options.epochs),
      validation: options.validation === undefined ? undefined : (numberOr(options.validation) as number),
      maxSeconds: options.time === undefined ? undefined : secondsOf(options.time),
      seed: options.seed === undefined ? undefined : (numberOr(options.seed) as number),
      signal: stopping.signal,
      onProgress: (stage, share) => progress.show(stage, share),
    });
    await model.save(options.out);
    progress.close();
    if (options.json) console.log(JSON.stringify({ file: path.resolve(options.out), ...report }));
    else console.log(`${summaryOf(report)}\n\nwritten: ${path.resolve(options.out)}`);
  } finally {
    progress.close();
    process.off('SIGINT', stop);
  }
}

/** A number of an option, or undefined for `auto`. */
const given = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined || text === 'auto') return undefined;
  const number = numberOr(text);
  if (typeof number === 'number') return number;
  throw errorWith('ERR_INVALID_ARGUMENT', `${name}: Expected a number or auto but received ${JSON.stringify(text)}`);
};

function widthsOf(text: string | undefined): number[] | undefined {
  if (text === undefined || text === 'auto') return undefined;
  if (text === 'linear') return [];
  return text.split(',').map((width) => checkInteger('--model', numberOr(width), 1));
}

/** Seconds of a text as `90`, `60s`, `10m` or `2h`. */
function secondsOf(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text) ?? [];
  if (number === undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `--time: Expected a time as 60s, 10m or 2h but received ${JSON.stringify(text)}`,
    );
  return Number(number) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
}

const shownEstimate = ({ value, low, high }: Estimate): string =>
  `${Number(value.toPrecision(4))} (${Number(low.toPrecision(4))} to ${Number(high.toPrecision(4))})`;

/** The report as a person reads it. */
function summaryOf(report: TrainReport): string {
  const { target, task, rows, withoutTarget, leftOut, scores, chosen, worth, heldOut } = report;
  const without = withoutTarget > 0 ? `; ${withoutTarget} rows without it are left out` : '';
  const kinds = Object.entries(report.kinds).map(([name, kind]) => `${name}: ${kind}`);
  const names = Object.keys(scores.network);
  const lines = [
    `${task} of ${JSON.stringify(target)} from ${rows} rows${without}`,
    `columns: ${kinds.join(', ')}`,
    ...(leftOut.length > 0 ? [`not used: ${leftOut.join(', ')}`] : []),
    '',
    `scores on rows that were not trained on (${heldOut}), with 95 % intervals:`,
    ...names.map(
      (name) =>
        `  ${name}: constant ${shownEstimate(scores.constant[name]!)}, linear ${shownEstimate(scores.linear[name]!)}, network ${shownEstimate(scores.network[name]!)}`,
    ),
    '',
    worth
      ? 'The network is better than a linear model.'
      : 'The network is not worth it: a linear model is as good, as far as these rows tell.',
    `The model is the ${chosen === 'linear' ? 'linear one' : 'network'}: ${report.parameters} parameters, ${report.epochs} epochs, ${report.seconds.toFixed(1)} s.`,
  ];
  return lines.join('\n');
}
