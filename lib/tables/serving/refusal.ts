import type { ErrorCode } from '../../errors.js';
import type { Whose } from './shared_limit.js';

/** Codes of refused requests, beside those of errors. */
export type RefusalCode =
  | ErrorCode
  | 'ERR_NOT_FOUND'
  | 'ERR_METHOD'
  | 'ERR_MEDIA_TYPE'
  | 'ERR_TOO_LARGE'
  | 'ERR_OVERLOADED'
  | 'ERR_IN_PROGRESS'
  | 'ERR_KEY_REUSED';

/** What there is too much of. */
export type Limit = 'bytes' | 'connections' | 'pipelined' | 'queue';

/** A request that is refused, with a sentence for whoever sent it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RefusalCode;
  readonly headers: Readonly<Record<string, string>>;
  /** The limit that was reached, if one was. */
  readonly limit: readonly [Limit, Whose] | undefined;

  constructor(
    status: number,
    code: RefusalCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    limit?: readonly [Limit, Whose],
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.limit = limit;
  }
}

/** Asks a client to come back in a second. */
export const overloaded = (limit: Limit, whose: Whose, message: string): Refusal =>
  new Refusal(503, 'ERR_OVERLOADED', message, { 'retry-after': '1' }, [limit, whose]);

/** Refuses a body whose rest is not worth reading, not even to let the client read the reply. */
export class Costly extends Refusal {}

/** Ends the work on a request whose client has left. */
export class Abandoned extends Error {
  constructor() {
    super('nobody waits for the reply');
  }
}

const codesOfClients: readonly unknown[] = ['ERR_INVALID_ARGUMENT', 'ERR_OUT_OF_RANGE', 'ERR_SHAPE', 'ERR_NON_FINITE'];

/** The refusal that an error becomes. Errors of the client are sent as 400; all others become 500. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { code, message } = error as Error & { code?: ErrorCode };
  return codesOfClients.includes(code)
    ? new Refusal(400, code!, message)
    : new Refusal(500, 'ERR_INTERNAL', 'the server has failed');
}
