import type { ErrorCode } from '../errors.js';

/** Codes of refused requests, beside those of errors. */
export type RefusalCode =
  | ErrorCode
  | 'ERR_NOT_FOUND'
  | 'ERR_METHOD'
  | 'ERR_MEDIA_TYPE'
  | 'ERR_TOO_LARGE'
  | 'ERR_OVERLOADED'
  | 'ERR_IN_PROGRESS'
  | 'ERR_KEY_REUSED'
  | 'ERR_FLAGGED';

/** The refusal of a request, with a message for the client. */
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

  /** The body of the reply. */
  toJSON(): { code: RefusalCode; message: string } {
    return { code: this.code, message: this.message };
  }
}

/** Refuses a body and does not read the rest of it, even if the client may then miss the reply. */
export class Costly extends Refusal {}

const codesOfClients: readonly unknown[] = [
  'ERR_INVALID_ARGUMENT',
  'ERR_OUT_OF_RANGE',
  'ERR_SHAPE',
  'ERR_NON_FINITE',
  'ERR_CORRUPT_FILE',
];

/** The refusal that an error becomes. Errors of the client are sent as 400; all others become 500. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { code, message } = error as Error & { code?: ErrorCode };
  return codesOfClients.includes(code)
    ? new Refusal(400, code!, message)
    : new Refusal(500, 'ERR_INTERNAL', 'an error of the server');
}
