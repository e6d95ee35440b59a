import { type Checks, checkedOptions, integer, numberIn, withDefaults } from '../../checks/checked_options.js';
import { checkBoolean, refuse } from '../../checks/options.js';
import { positive, share } from '../../checks/ranges.js';
import { invalid } from '../../checks/shown.js';
import { checkPath } from '../../formats/files.js';
import { checkHost } from '../../http/address.js';
import { checkInterval } from '../intervals.js';
import { TableModel } from '../table_model.js';

export interface ServeOptions {
  /** The port; 0 stands for any free one. Default 8080. */
  readonly port?: number | undefined;
  /** The address to listen on. Default `'127.0.0.1'`: only this machine. There is no authentication. */
  readonly host?: string | undefined;
  /** Whether `POST /learn` accepts rows with their target. Needs `out`. Default false. */
  readonly learn?: boolean | undefined;
  /** Learning rate of the steps on learnt rows, by AdamW. The state of AdamW is not saved. Default 0.001. */
  readonly learningRate?: number | undefined;
  /** File to save a learning model to, at intervals and when the server closes. */
  readonly out?: string | URL | undefined;
  /** Seconds between saves. Default 60. */
  readonly saveSeconds?: number | undefined;
  /** The most requests that may wait to be learnt from; others get status 503. Default 256. */
  readonly queue?: number | undefined;
  /** The most bytes of a request's body. Default 2²⁰. */
  readonly bodyBytes?: number | undefined;
  /** The most rows of a request to `/predict`; longer requests get status 413. Default 2¹⁶. */
  readonly requestRows?: number | undefined;
  /**
   * The most rows of a request to `/learn`; longer requests get status 413. A request is learnt completely before the next
   * one, so this limits how long others wait. Default 2¹⁰.
   */
  readonly learnRows?: number | undefined;
  /**
   * The most memory of requests in progress, in bytes: bodies, rows as inputs of the network, and replies. Requests beyond
   * it get status 503. A client's share must be large enough for the reply to one row. Default: 64 × `bodyBytes`.
   */
  readonly inFlightBytes?: number | undefined;
  /** The most open connections; others get status 503 and are closed. Default 1024. */
  readonly connections?: number | undefined;
  /**
   * The largest share of `inFlightBytes`, `connections` and `queue` for one client, in (0, 1]. A client is an IPv4 address, or
   * the first 64 bits of an IPv6 address. Other greedy clients make the share smaller: with ½, n of them get 1/(n + 1) each,
   * and as much stays free. Use 1 behind a proxy, whose address all clients have. Default ½.
   */
  readonly clientShare?: number | undefined;
  /**
   * How many replies `/learn` remembers of requests with an `Idempotency-Key`, at most 100,000. Older replies are forgotten.
   * Default 10,000.
   */
  readonly idempotencyKeys?: number | undefined;
  /**
   * Seconds in which a request must arrive. A connection that is idle, or does not read its reply, is closed after the same
   * time. The time to compute a reply is not limited. Default 10.
   */
  readonly timeoutSeconds?: number | undefined;
  /** Seconds that requests in progress may take when the server closes. Default 10. */
  readonly graceSeconds?: number | undefined;
  /** Whether to accept columns that the model does not know, and bodies without the content type of JSON. Default false. */
  readonly lenient?: boolean | undefined;
  /**
   * Whether to refuse rows with a value unlike those of the training rows, as `flags` of a {@link TableModel} finds it, with status
   * 422. Default false.
   */
  readonly strict?: boolean | undefined;
  /**
   * For numbers: the share of rows whose true value an interval in each reply shall contain, as in `predict`. A request may ask
   * for another one: `?interval=0.5`. Default: only requests that ask for one get an interval.
   */
  readonly interval?: number | undefined;
  /** Whether to compare the rows with the training rows, for the metrics and for warnings of drift. Default true. */
  readonly monitoring?: boolean | undefined;
  /**
   * File of the model, which is loaded again when it changes, within about a second. A model that does not fit is not served. Not
   * with `learn`. Default: none.
   */
  readonly reloadFrom?: string | URL | undefined;
  /**
   * A second model for the same target. It predicts the same rows after the replies, while no client waits; `/health` and the
   * metrics say how far it agrees. Replies are those of the first model alone. Default: none.
   */
  readonly shadow?: TableModel | undefined;
  /**
   * Whether `GET /` replies a page on which a person tries the model. The server then refuses requests to another name than its
   * own, and requests that pages of other sites cause. Default false.
   */
  readonly page?: boolean | undefined;
}

const checks = {
  port: integer(0, 65_535),
  host: checkHost,
  learn: checkBoolean,
  learningRate: numberIn(positive),
  out: checkPath,
  saveSeconds: numberIn(positive),
  queue: integer(1),
  bodyBytes: integer(1, 2 ** 30),
  requestRows: integer(1),
  learnRows: integer(1),
  inFlightBytes: integer(1),
  connections: integer(1),
  clientShare: numberIn(share),
  idempotencyKeys: integer(1, 100_000),
  timeoutSeconds: numberIn(positive),
  graceSeconds: numberIn(positive),
  lenient: checkBoolean,
  strict: checkBoolean,
  interval: checkInterval,
  monitoring: checkBoolean,
  reloadFrom: checkPath,
  shadow: checkTableModel,
  page: checkBoolean,
} satisfies Checks<ServeOptions>;

/** Options of a server that learns. */
const learnOptions = ['out', 'learningRate', 'saveSeconds', 'queue', 'learnRows', 'idempotencyKeys'] as const;

/** What errors call an option. The command and the package have different names for it. */
export type OptionNames = (option: keyof ServeOptions) => string;

/** @throws TypeError, RangeError for options that don't fit. */
export function checkServeOptions(options: ServeOptions, nameOf: OptionNames) {
  const given = checkedOptions('serveModel', options, checks, nameOf);
  const idle = given.learn ? undefined : learnOptions.find((name) => given[name] !== undefined);
  refuse([
    [
      given.learn && given.out === undefined,
      `${nameOf('learn')} needs ${nameOf('out')}, the file to save the model to`,
    ],
    [
      given.learn && given.reloadFrom !== undefined,
      `${nameOf('reloadFrom')} would replace what a model has learnt: leave out ${nameOf('learn')}`,
    ],
    [idle, `${nameOf(idle ?? 'out')} is for a model that learns: ${nameOf('learn')} is missing`],
  ]);
  const { bodyBytes = 2 ** 20, saveSeconds = 60, timeoutSeconds = 10, graceSeconds = 10 } = given;
  const defaults = {
    port: 8080,
    host: '127.0.0.1',
    learn: false,
    learningRate: 1e-3,
    queue: 256,
    bodyBytes,
    requestRows: 2 ** 16,
    learnRows: 2 ** 10,
    inFlightBytes: 64 * bodyBytes,
    connections: 1024,
    clientShare: 0.5,
    idempotencyKeys: 10_000,
    lenient: false,
    strict: false,
    monitoring: true,
    page: false,
  };
  return {
    ...withDefaults(given, defaults),
    saveSeconds: Math.min(saveSeconds, longestTimer),
    graceSeconds: Math.min(graceSeconds, longestTimer),
    timeoutMilliseconds: Math.max(1, Math.round(1000 * Math.min(timeoutSeconds, longestTimer))), // Node takes integers
  };
}

export type CheckedServeOptions = ReturnType<typeof checkServeOptions>;

/** Seconds of the longest timer. Timers of Node take up to 24 days. */
const longestTimer = 1e6;

function checkTableModel(name: string, model: unknown): TableModel {
  if (TableModel.is(model)) return model;
  throw invalid(name, 'a TableModel', model);
}
