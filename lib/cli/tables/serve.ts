import path from 'node:path';
import { isLoopback } from '../../http/address.js';
import { configure } from '../../runtime.js';
import type { ServeOptions } from '../../tables/index.js';
import { serveModelAs } from '../../tables/serving/serve_model.js';
import { firstSignal } from '../interruption.js';
import { numberOr } from '../number.js';
import { checkOutputs } from '../writable.js';
import { tableModelIn } from './model_file.js';

export interface ServeCommandOptions {
  port: string;
  host: string;
  learn?: boolean;
  rate?: string;
  out?: string;
  every?: string;
  queue?: string;
  body?: string;
  rows?: string;
  learnRows?: string;
  memory?: string;
  connections?: string;
  share?: string;
  keys?: string;
  timeout?: string;
  grace?: string;
  lenient?: boolean;
  json?: boolean;
}

/** The options of the command, by the names that they have in a program. */
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

/** Runs `glissade serve` until SIGTERM, SIGHUP or Ctrl-C; a second signal ends it at once. */
export async function serveCommand(file: string, options: ServeCommandOptions): Promise<void> {
  configure({ priority: 'normal' }); // clients wait
  const number = (text: string | undefined) => (text === undefined ? undefined : (numberOr(text) as number));
  const { host, learn, out, lenient } = options;
  if (learn) await checkOutputs({ files: { out } }); // which may be the model's file
  const given = {
    port: number(options.port),
    host,
    learn,
    learningRate: number(options.rate),
    out,
    saveSeconds: number(options.every),
    queue: number(options.queue),
    bodyBytes: number(options.body),
    requestRows: number(options.rows),
    learnRows: number(options.learnRows),
    inFlightBytes: number(options.memory),
    connections: number(options.connections),
    clientShare: number(options.share),
    idempotencyKeys: number(options.keys),
    timeoutSeconds: number(options.timeout),
    graceSeconds: number(options.grace),
    lenient,
  };
  const server = await serveModelAs(await tableModelIn(file), given, (option) => names[option]);
  const ending = firstSignal();
  if (options.json) console.log(JSON.stringify({ url: server.url, model: path.resolve(file), learns: learn === true }));
  else console.log(`${path.resolve(file)} is served at ${server.url} (Ctrl-C ends it)`);
  if (!isLoopback(host))
    console.error(
      'glissade: whoever reaches this machine can use the model, without a password: --host is not a loopback address',
    );
  await ending;
  await server.close();
}
