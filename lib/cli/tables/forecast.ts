import { errorWith } from '../../errors.js';
import { writeAtomically } from '../../formats/files.js';
import { checkMethods, forecastChecks } from '../../tables/forecasting/options.js';
import { type Forecasted, type ForecastRow, forecast } from '../../tables/index.js';
import { untilInterrupted } from '../interruption.js';
import { withProgress } from '../progress.js';
import { checkOutputs } from '../writable.js';
import { csvLine } from './csv_line.js';
import { forecastPage } from './forecast_page.js';
import { forecastLines, summaryOfForecast } from './forecast_text.js';
import { forecastModelIn } from './model_file.js';
import { type GivenColumns, readTable } from './read_table.js';
import { shellWord } from './shell_word.js';
import { withOutput } from './text_output.js';
import { given } from './train_options.js';

interface ForecastCommandOptions extends GivenColumns {
  time?: string;
  target?: string;
  horizon?: string;
  by?: string;
  known?: string[];
  season?: string;
  lowest?: string;
  interval?: string;
  folds?: string;
  methods?: string;
  seed?: string;
  model?: string;
  save?: string;
  out?: string;
  report?: string;
  json?: boolean;
}

/** Options that a saved model has already. */
const ofTraining = [
  'time',
  'target',
  'horizon',
  'by',
  'known',
  'season',
  'lowest',
  'interval',
  'folds',
  'methods',
  'seed',
  'save',
  'report',
] as const;

/** Runs `glissade forecast`. Ctrl-C ends it without writing anything. */
export async function forecastCommand(file: string, options: ForecastCommandOptions): Promise<void> {
  const { out, save, report: page, model, json } = options;
  const written = await checkOutputs({ files: { out, save, report: page } }, { 'the data': file });
  const { rows, columns, trained } =
    model === undefined ? await fromData(file, options) : await fromModel(file, model, options);
  if (out !== undefined) await withOutput(out, (write) => writeRows(write, rows, columns));
  if (save !== undefined) await trained!.model.save(save);
  if (page !== undefined)
    await writeAtomically(page, Buffer.from(forecastPage(trained!, file, commandOf(file, options))));
  if (json) {
    console.log(JSON.stringify({ files: written, ...trained?.report, forecast: rows }));
    return;
  }
  const lines = [
    ...(trained ? [summaryOfForecast(trained.report), ''] : []),
    ...forecastLines(rows, columns, out === undefined ? 'all' : 'some'),
    ...(written.length > 0 ? ['', ...written.map((one) => `written: ${one}`)] : []),
  ];
  console.log(lines.join('\n'));
}

/** What a command forecasts, and the names of its columns. */
interface Found {
  readonly rows: readonly ForecastRow[];
  readonly columns: ForecastColumns;
  readonly trained?: Forecasted;
}

export interface ForecastColumns {
  readonly time: string;
  readonly by?: string | undefined;
  readonly target: string;
}

async function fromData(file: string, options: ForecastCommandOptions): Promise<Found> {
  const required = (name: 'time' | 'target' | 'horizon'): string => {
    const value = options[name];
    if (value !== undefined) return value;
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `forecast needs --time, --target and --horizon, or the --model that an earlier forecast saved; --${name} is missing`,
    );
  };
  const [time, target] = [required('time'), required('target')];
  const number = (name: keyof typeof forecastChecks) => given(`--${name}`, options[name], forecastChecks[name]);
  required('horizon');
  const horizon = number('horizon');
  if (horizon === undefined) throw errorWith('ERR_INVALID_ARGUMENT', '--horizon: Expected a number but received auto');
  const { by, known, methods } = options;
  const trained = await untilInterrupted((signal) =>
    withProgress(async (progress) => {
      const data = await readTable(file, options, progress);
      return forecast(data, {
        ...{ time, target, horizon, by, known, signal },
        season: number('season'),
        lowest: number('lowest'),
        interval: number('interval'),
        folds: number('folds'),
        methods: methods === undefined ? undefined : checkMethods('--methods', methods.split(',')),
        seed: number('seed'),
        onProgress: (stage, share) => progress.show(stage, share),
      });
    }),
  );
  return { rows: trained.forecast, columns: { time, by, target }, trained };
}

async function fromModel(file: string, modelFile: string, options: ForecastCommandOptions): Promise<Found> {
  const surplus = ofTraining.find((name) => options[name] !== undefined);
  if (surplus !== undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `--${surplus} is for the training of a model, but --model is trained; leave one out`,
    );
  const model = await forecastModelIn(modelFile);
  const data = await withProgress((progress) => readTable(file, options, progress));
  const { time, by, target } = model.report;
  return { rows: await model.forecast(data), columns: { time, by, target } };
}

async function writeRows(
  write: (text: string) => Promise<void>,
  rows: readonly ForecastRow[],
  { time, by, target }: ForecastColumns,
): Promise<void> {
  await write(csvLine([time, ...(by === undefined ? [] : [by]), 'step', target, 'low', 'high'], 'as they are'));
  for (const { series, time: at, step, prediction, low, high } of rows)
    await write(csvLine([at, ...(by === undefined ? [] : [series!]), step, prediction, low, high], 'as they are'));
}

/** The command that makes the same forecasts again. */
function commandOf(file: string, { json, ...rest }: ForecastCommandOptions): string {
  const options = Object.entries(rest).flatMap(([name, value]) =>
    [value].flat().map((one) => `--${name} ${shellWord(String(one))}`),
  );
  return ['glissade forecast', shellWord(file), ...options].join(' ');
}
