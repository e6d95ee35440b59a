import path from 'node:path';
import { errorWith } from '../../errors.js';
import { isLoopback } from '../../http/address.js';
import { configure } from '../../runtime.js';
import { isForecastFile } from '../../tables/forecasting/load_forecast.js';
import { type ServeForecastOptions, serveForecast } from '../../tables/forecasting/serve_forecast.js';
import type { ModelServer, ServeOptions } from '../../tables/index.js';
import { serveModelAs } from '../../tables/serving/serve_model.js';
import { firstSignal } from '../interruption.js';
import { numberOr } from '../number.js';
import { checkOutputs } from '../writable.js';
import { forecastModelIn, tableModelIn } from './model_file.js';

/** The options of the command by their flags in camel case, with numbers as texts. */
interface ServeCommandOptions {
  readonly host: string;
  readonly [option: string]: string | boolean | undefined;
}

/** The flags of the command, by the names of the options in a program. */
const names: Readonly<Record<keyof ServeOptions, string>> = {
  port: '--port',
  host: '--host',
  learn: '--learn',
  learningRate: '--rate',
  out: '--out',
  saveSeconds: '--every',
  queue: '--queue',
  bodyBytes: '--body',
  requestRows: '--rows',
  learnRows: '--learn-rows',
  inFlightBytes: '--memory',
  connections: '--connections',
  clientShare: '--share',
  idempotencyKeys: '--keys',
  timeoutSeconds: '--timeout',
  graceSeconds: '--grace',
  lenient: '--lenient',
  strict: '--strict',
  interval: '--interval',
  monitoring: '--no-monitoring',
  reloadFrom: '--reload',
  shadow: '--shadow',
  page: '--page',
};

/**
 * Runs `glissade serve` until SIGTERM or Ctrl-C; a second signal ends the process at once. SIGHUP loads the model's file again,
 * unless the command runs in a terminal, which sends it when it is closed.
 */
export async function serveCommand(file: string, options: ServeCommandOptions): Promise<void> {
  configure({ priority: 'normal' }); // clients wait
  if (await isForecastFile(file)) return serveForecasts(file, options);
  const { host, learn, out, json, reload, shadow } = options;
  if (learn) await checkOutputs({ files: { out: out as string | undefined } }); // it may be the model's file
  const given = Object.entries(names).map(([option, flag]) => [option, optionOf(option, options[keyOf(flag)])]);
  const models = {
    reloadFrom: reload ? file : undefined,
    shadow: typeof shadow === 'string' ? await tableModelIn(shadow) : undefined,
  };
  const all = { ...Object.fromEntries(given), ...models };
  const server = await serveModelAs(await tableModelIn(file), all, (option) => names[option]);
  const isInTerminal = process.stdin.isTTY || process.stdout.isTTY;
  const ending = firstSignal(isInTerminal ? ['SIGINT', 'SIGTERM', 'SIGHUP'] : ['SIGINT', 'SIGTERM']);
  if (!isInTerminal) process.on('SIGHUP', () => void reloadFile(server, file));
  if (json) console.log(JSON.stringify({ url: server.url, model: path.resolve(file), learns: learn === true }));
  else console.log(`serving ${path.resolve(file)} at ${server.url} (Ctrl-C stops it)`);
  warnOfHost(host);
  await ending;
  await server.close();
}

function warnOfHost(host: string): void {
  if (!isLoopback(host))
    console.error(
      'glissade: --host is not a loopback address, so anyone who can reach this machine can use the model without a password',
    );
}

/** The flags that the server of forecasts has too, by the names of its options. */
const ofForecasts: Readonly<Record<keyof ServeForecastOptions, string>> = {
  port: '--port',
  host: '--host',
  bodyBytes: '--body',
  queue: '--queue',
  timeoutSeconds: '--timeout',
  graceSeconds: '--grace',
  page: '--page',
};

/** Serves a model that `glissade forecast` saved. */
async function serveForecasts(file: string, options: ServeCommandOptions): Promise<void> {
  const flags = Object.values(ofForecasts);
  const surplus = Object.keys(options).find((key) => !['json', 'monitoring', ...flags.map(keyOf)].includes(key));
  if (surplus !== undefined || options.monitoring === false)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${file} is a model of forecasts, whose server takes ${flags.join(', ')} and --json, not ${surplus === undefined ? '--no-monitoring' : `--${surplus.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`}`,
    );
  const given = Object.entries(ofForecasts).map(([option, flag]) => [option, optionOf(option, options[keyOf(flag)])]);
  const server = await serveForecast(await forecastModelIn(file), Object.fromEntries(given));
  const ending = firstSignal();
  if (options.json) console.log(JSON.stringify({ url: server.url, model: path.resolve(file), learns: false }));
  else console.log(`serving forecasts of ${path.resolve(file)} at ${server.url} (Ctrl-C stops it)`);
  warnOfHost(options.host);
  await ending;
  await server.close();
}

/** Loads the file again. If that fails, the server keeps its model. */
async function reloadFile(server: ModelServer, file: string): Promise<void> {
  try {
    await server.reload(file);
    console.error(`glissade: ${path.resolve(file)} is loaded again`);
  } catch (error) {
    console.error(`glissade: ${path.resolve(file)} is not loaded: ${(error as Error).message}`);
  }
}

/** The name of an option among those of commander: `learnRows` of `--learn-rows`, `monitoring` of `--no-monitoring`. */
const keyOf = (flag: string): string =>
  flag.replace(/^--(no-)?/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const optionOf = (option: string, given: string | boolean | undefined) =>
  typeof given !== 'string' || option === 'host' || option === 'out' ? given : numberOr(given);
