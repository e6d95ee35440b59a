import { Refusal } from '../../http/refusal.js';
import type { Whose } from './shared_limit.js';

/** The limit that was reached. */
export type Limit = 'bytes' | 'connections' | 'pipelined' | 'queue';

/** Asks a client to try again in a second, because a limit was reached. */
export class Overloaded extends Refusal {
  readonly limit: Limit;
  readonly whose: Whose;

  constructor(limit: Limit, whose: Whose, message: string) {
    super(503, 'ERR_OVERLOADED', message, { 'retry-after': '1' });
    this.limit = limit;
    this.whose = whose;
  }
}

/** Ends the work on a request whose client has left. */
export class Abandoned extends Error {
  constructor() {
    super('nobody waits for the reply');
  }
}
