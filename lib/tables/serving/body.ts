import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { GrowingBytes } from '../../formats/growing_bytes.js';
import type { BufferPool } from './buffer_pool.js';
import { newFingerprint } from './idempotency_keys.js';
import { Costly, Refusal } from './refusal.js';
import type { RequestBytes } from './request_bytes.js';

/** A piece of a body takes longer than its bytes: of this many pieces, each must have so many bytes on average. */
const [manyPieces, fewBytes] = [512, 8];

/** The bytes of a request's body while they come. */
export class Body {
  readonly #bytes: GrowingBytes;
  readonly #limit: number;
  readonly #held: RequestBytes;
  #pieces = 0;
  readonly #fingerprint: ReturnType<typeof newFingerprint> | undefined;

  constructor(limit: number, held: RequestBytes, pool: BufferPool, hashed: 'hashed' | 'plain') {
    this.#bytes = new GrowingBytes(limit, pool);
    this.#limit = limit;
    this.#held = held;
    this.#fingerprint = hashed === 'hashed' ? newFingerprint() : undefined;
  }

  /** @throws Refusal 413 for too many bytes, 400 for too many chunks of few bytes, 503 if the server has too many under way. */
  add(piece: Buffer): void {
    if (this.#bytes.length + piece.length > this.#limit) throw tooLarge(this.#limit);
    this.#pieces += 1;
    if (this.#pieces > manyPieces && this.#bytes.length < fewBytes * this.#pieces)
      throw new Costly(
        400,
        'ERR_INVALID_ARGUMENT',
        `the body comes in more than ${manyPieces} chunks of less than ${fewBytes} bytes: send it in larger ones`,
      );
    const grown = this.#bytes.capacityWith(piece.length) - this.#bytes.capacity;
    if (grown > 0) this.#held.addBody(grown);
    this.#bytes.add(piece);
    this.#fingerprint?.update(piece); // a piece at a time: a megabyte at once would take milliseconds
  }

  /** The bytes that have come. @throws Refusal 400 unless they are UTF-8. */
  text(): Buffer {
    const bytes = this.#bytes.bytes();
    if (!isUtf8(bytes)) throw new Refusal(400, 'ERR_INVALID_ARGUMENT', 'the body is not UTF-8');
    return bytes;
  }

  /** A hash of the body. To be called once. */
  fingerprint(): string {
    return this.#fingerprint!.digest('base64url');
  }

  /** Gives the bytes up, which nobody may read after this: they are those of another body then. */
  clear(): void {
    this.#held.remove(this.#bytes.capacity);
    this.#bytes.clear();
  }
}

const tooLarge = (limit: number) => new Refusal(413, 'ERR_TOO_LARGE', `the body has more than ${limit} bytes`);

/** @throws Refusal 413 for a content-length above the limit, 415 for a content-encoding, or a type that is not JSON. */
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
