import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { GrowingBytes } from '../../formats/growing_bytes.js';
import { overloaded, Refusal } from './refusal.js';

/** Counts the bytes that the bodies of all requests under way take, which are bounded. */
export class InFlight {
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws Refusal 503 if there are too many already. A single request is always let in. */
  add(bytes: number): void {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#limit)
      throw overloaded(`the server works on ${this.#bytes} bytes of requests already`);
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** The bytes of a request's body while they come, and the JSON that they are. */
export class Body {
  readonly #bytes: GrowingBytes;
  readonly #limit: number;
  readonly #inFlight: InFlight;

  constructor(limit: number, inFlight: InFlight) {
    this.#bytes = new GrowingBytes(limit);
    this.#limit = limit;
    this.#inFlight = inFlight;
  }

  /** @throws Refusal 413 for too many bytes, 503 if the server has too many under way. */
  add(piece: Buffer): void {
    if (this.#bytes.length + piece.length > this.#limit) throw tooLarge(this.#limit);
    const grown = this.#bytes.capacityWith(piece.length) - this.#bytes.capacity;
    if (grown > 0) this.#inFlight.add(grown);
    this.#bytes.add(piece);
  }

  /** Gives the bytes up: to be called once for each request. */
  release(): void {
    this.#inFlight.remove(this.#bytes.capacity);
    this.#bytes.clear();
  }

  /** @throws Refusal 400 unless it is JSON in UTF-8. */
  json(): unknown {
    const bytes = this.#bytes.bytes();
    if (!isUtf8(bytes)) throw new Refusal(400, 'ERR_INVALID_ARGUMENT', 'the body is not UTF-8');
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      throw new Refusal(400, 'ERR_INVALID_ARGUMENT', `the body is not JSON: ${(error as Error).message}`);
    }
  }
}

const tooLarge = (limit: number) =>
  new Refusal(413, 'ERR_TOO_LARGE', `the body has more than ${limit} bytes`, { connection: 'close' });

/** @throws Refusal 413 for a body that says that it is too large, 415 for one that says that it is compressed, or no JSON. */
export function checkHead({ headers }: IncomingMessage, limit: number, contents: 'json' | 'lenient'): void {
  if (Number(headers['content-length']) > limit) throw tooLarge(limit);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new Refusal(
      415,
      'ERR_MEDIA_TYPE',
      `the body is encoded as ${encoding.slice(0, 80)}, and is read only without a content-encoding: do not compress it`,
      { 'accept-encoding': 'identity' },
    );
  const type = headers['content-type'];
  if (type !== undefined && /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) return;
  // A browser sends other types across sites without asking, with an Origin.
  if (contents === 'lenient' && headers.origin === undefined) return;
  throw new Refusal(
    415,
    'ERR_MEDIA_TYPE',
    `the body must be of the type application/json, ${type === undefined ? 'and has none' : `not ${type}`}`,
  );
}
