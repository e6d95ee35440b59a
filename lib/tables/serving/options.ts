import { checkBoolean, checkOptions, orDefault } from '../../checks/options.js';
import { checkInteger, checkNumber, positive, share } from '../../checks/ranges.js';
import { invalid } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { checkPath } from '../../formats/files.js';

export interface ServeOptions {
  /** Default 8080; 0 takes any that is free. */
  readonly port?: number | undefined;
  /** Address to listen at. Default `'127.0.0.1'`: this machine alone. There is no authentication. */
  readonly host?: string | undefined;
  /** Whether `POST /learn` takes rows with their target. Needs `out`. Default false. */
  readonly learn?: boolean | undefined;
  /** η of the steps on learnt rows, by AdamW. Its state begins anew with the server. Default 0.001. */
  readonly learningRate?: number | undefined;
  /** File that a model that learns is saved to, while it serves and at the end. */
  readonly out?: string | URL | undefined;
  /** Seconds from one save to the next. Default 60. */
  readonly saveSeconds?: number | undefined;
  /** Requests that may wait to be learnt from; more are answered with 503. Default 256. */
  readonly queue?: number | undefined;
  /** Most bytes of a request's body. Default 2²⁰. */
  readonly bodyBytes?: number | undefined;
  /** Most rows of a request to `/predict`; more are answered with 413. Default 2¹⁶. */
  readonly requestRows?: number | undefined;
  /**
   * Most rows of a request to `/learn`; more are answered with 413. Default 2¹⁰. A request is learnt wholly before the
   * next, so this bounds how long others wait.
   */
  readonly learnRows?: number | undefined;
  /**
   * Most bytes that requests under way hold: bodies, rows as inputs of the network, and replies. What goes beyond is
   * answered with 503. Default: 64 × `bodyBytes`. A client's share must be large enough for the reply to one row.
   */
  readonly inFlightBytes?: number | undefined;
  /** Most open connections; others are answered with 503 and closed. Default 1024. */
  readonly connections?: number | undefined;
  /**
   * Largest share of `inFlightBytes`, `connections` and `queue` for one client, in (0, 1]. A client is an IPv4 address, or the first 64
   * bits of an IPv6 address. Others that take much make its share smaller: with ½, n greedy clients get 1/(n + 1) each, and as much
   * stays free. Default ½; 1 for a server behind a proxy, whose address all clients have.
   */
  readonly clientShare?: number | undefined;
  /** Replies to requests with an `Idempotency-Key` that `/learn` remembers, at most 100,000; the oldest are forgotten. Default 10,000. */
  readonly idempotencyKeys?: number | undefined;
  /**
   * Seconds in which a request must have arrived, and after which a connection is closed that is idle or takes nothing of
   * its reply. The time that a reply takes to compute is not limited. Default 10.
   */
  readonly timeoutSeconds?: number | undefined;
  /** Seconds that requests under way have at the end. Default 10. */
  readonly graceSeconds?: number | undefined;
  /** Whether columns that the model does not know, and bodies without a content type of JSON, are accepted. Default false. */
  readonly lenient?: boolean | undefined;
}

const names = [
  'port',
  'host',
  'learn',
  'learningRate',
  'out',
  'saveSeconds',
  'queue',
  'bodyBytes',
  'requestRows',
  'learnRows',
  'inFlightBytes',
  'connections',
  'clientShare',
  'idempotencyKeys',
  'timeoutSeconds',
  'graceSeconds',
  'lenient',
] as const;

type ServeOption = (typeof names)[number];

/** What errors call an option: a command has other names than the interface of the package. */
export type OptionNames = (option: ServeOption) => string;

/** @throws TypeError, RangeError for options that don't fit. */
export function checkServeOptions(options: ServeOptions, nameOf: OptionNames) {
  checkOptions('serveModel', options, names);
  const { host = '127.0.0.1', out } = options;
  if (typeof host !== 'string' || host.trim() === '') throw invalid(nameOf('host'), 'an address, as 127.0.0.1', host);
  const learn = checkBoolean(nameOf('learn'), orDefault(options.learn, false));
  if (learn && out === undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${nameOf('learn')}: ${nameOf('out')} is missing, the file that the model is saved to`,
    );
  for (const name of ['out', 'learningRate', 'saveSeconds', 'queue', 'learnRows', 'idempotencyKeys'] as const)
    if (!learn && options[name] !== undefined)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `${nameOf(name)} is for a model that learns: ${nameOf('learn')} is missing`,
      );
  const bodyBytes = checkInteger(nameOf('bodyBytes'), orDefault(options.bodyBytes, 2 ** 20), 1, 2 ** 30);
  const seconds = (name: 'saveSeconds' | 'timeoutSeconds' | 'graceSeconds', fallback: number) =>
    checkNumber(nameOf(name), orDefault(options[name], fallback), positive);
  return {
    port: checkInteger(nameOf('port'), orDefault(options.port, 8080), 0, 65_535),
    host,
    learn,
    learningRate: checkNumber(nameOf('learningRate'), orDefault(options.learningRate, 1e-3), positive),
    out: out === undefined ? undefined : checkPath(nameOf('out'), out),
    saveSeconds: Math.min(seconds('saveSeconds', 60), 1e6), // timers hold 24 days
    queue: checkInteger(nameOf('queue'), orDefault(options.queue, 256), 1),
    bodyBytes,
    requestRows: checkInteger(nameOf('requestRows'), orDefault(options.requestRows, 2 ** 16), 1),
    learnRows: checkInteger(nameOf('learnRows'), orDefault(options.learnRows, 2 ** 10), 1),
    connections: checkInteger(nameOf('connections'), orDefault(options.connections, 1024), 1),
    clientShare: checkNumber(nameOf('clientShare'), orDefault(options.clientShare, 0.5), share),
    idempotencyKeys: checkInteger(nameOf('idempotencyKeys'), orDefault(options.idempotencyKeys, 10_000), 1, 100_000),
    inFlightBytes: checkInteger(nameOf('inFlightBytes'), orDefault(options.inFlightBytes, 64 * bodyBytes), 1),
    timeoutMilliseconds: Math.max(1, Math.round(1000 * Math.min(seconds('timeoutSeconds', 10), 1e6))), // whole for Node
    graceSeconds: Math.min(seconds('graceSeconds', 10), 1e6),
    lenient: checkBoolean(nameOf('lenient'), orDefault(options.lenient, false)),
  };
}

export type CheckedServeOptions = ReturnType<typeof checkServeOptions>;
