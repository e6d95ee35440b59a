import path from 'node:path';
import { isLoopback } from '../../http/address.js';
import { configure } from '../../runtime.js';
import type { ServeOptions } from '../../tables/index.js';
import { serveModelAs } from '../../tables/serving/serve_model.js';
import { firstSignal } from '../interruption.js';
import { numberOr } from '../number.js';
import { checkOutputs } from '../writable.js';
import { tableModelIn } from './model_file.js';

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
};

/** Runs `glissade serve` until SIGTERM, SIGHUP or Ctrl-C; a second signal ends the process at once. */
export async function serveCommand(file: string, options: ServeCommandOptions): Promise<void> {
  configure({ priority: 'normal' }); // clients wait
  const { host, learn, out, json } = options;
  if (learn) await checkOutputs({ files: { out: out as string | undefined } }); // it may be the model's file
  const given = Object.entries(names).map(([option, flag]) => [option, optionOf(option, options[keyOf(flag)])]);
  const server = await serveModelAs(await tableModelIn(file), Object.fromEntries(given), (option) => names[option]);
  const ending = firstSignal();
  if (json) console.log(JSON.stringify({ url: server.url, model: path.resolve(file), learns: learn === true }));
  else console.log(`serving ${path.resolve(file)} at ${server.url} (Ctrl-C stops it)`);
  if (!isLoopback(host))
    console.error(
      'glissade: --host is not a loopback address, so anyone who can reach this machine can use the model without a password',
    );
  await ending;
  await server.close();
}

/** The name of an option among those of commander: `learnRows` of `--learn-rows`. */
const keyOf = (flag: string): string => flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const optionOf = (option: string, given: string | boolean | undefined) =>
  typeof given !== 'string' || option === 'host' || option === 'out' ? given : numberOr(given);
