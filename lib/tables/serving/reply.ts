import type { RequestBytes } from './request_bytes.js';

/** The bytes of a reply, in pieces. They are outside of the heap of JavaScript, and counted. */
export class Reply {
  readonly #held: RequestBytes;
  readonly #pieces: Buffer[] = [];

  constructor(held: RequestBytes) {
    this.#held = held;
  }

  get pieces(): readonly Buffer[] {
    return this.#pieces;
  }

  /** @throws Refusal 413 for more than a client ever gets, 503 if the server holds too much. */
  add(text: string): void {
    const piece = Buffer.from(text);
    this.#held.addWork(piece.length, 'reply');
    this.#pieces.push(piece);
  }
}
