import type { ErrorCode } from '../../errors.js';

/** Codes of refused requests, beside those of errors. */
export type RefusalCode =
  | ErrorCode
  | 'ERR_NOT_FOUND'
  | 'ERR_METHOD'
  | 'ERR_MEDIA_TYPE'
  | 'ERR_TOO_LARGE'
  | 'ERR_OVERLOADED';

/** A request that is refused, with a sentence for whoever sent it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RefusalCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: RefusalCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Asks a client to come back in a second. */
export const overloaded = (message: string): Refusal =>
  new Refusal(503, 'ERR_OVERLOADED', message, { 'retry-after': '1' });

const codesOfClients: readonly unknown[] = ['ERR_INVALID_ARGUMENT', 'ERR_OUT_OF_RANGE', 'ERR_SHAPE', 'ERR_NON_FINITE'];

/** What is answered after an error: the client's own is told, any other is the server's. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { code, message } = error as Error & { code?: ErrorCode };
  return codesOfClients.includes(code)
    ? new Refusal(400, code!, message)
    : new Refusal(500, 'ERR_INTERNAL', 'the server has failed');
}
