/** A request that is not served: the status of HTTP, and a sentence for the person who sees it. */
export class Refusal extends Error {
  readonly status: number;
  /** The code of the error that is the cause, if one of the package is. */
  readonly code: string | undefined;

  constructor(status: number, message: string, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
