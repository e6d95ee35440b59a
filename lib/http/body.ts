import { isUtf8 } from 'node:buffer';
import type { Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type ByteMemory, GrowingBytes } from './growing_bytes.js';
import { Costly, Refusal } from './refusal.js';

/** Bodies with more than `manyPieces` pieces must have at least `fewBytes` bytes per piece on average, since each takes time. */
const [manyPieces, fewBytes] = [512, 8];

/** An account of the memory of bodies. */
export interface MemoryAccount {
  /** @throws Refusal 503 if there are too many bytes. */
  addBody(bytes: number): void;
  remove(bytes: number): void;
}

const noLimit: MemoryAccount = { addBody() {}, remove() {} };

/** The body of a request, while it arrives. */
export class Body {
  readonly #bytes: GrowingBytes;
  readonly #limit: number;
  readonly #account: MemoryAccount;
  #pieces = 0;
  /** A hash of the bytes, if one was given. */
  readonly hash: Hash | undefined;

  constructor(limit: number, account: MemoryAccount, memory?: ByteMemory, hash?: Hash) {
    this.#bytes = new GrowingBytes(limit, memory);
    this.#limit = limit;
    this.#account = account;
    this.hash = hash;
  }

  /** @throws Refusal 413 for too many bytes, 400 for too many small chunks, 503 if the account is exhausted. */
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
    if (grown > 0) this.#account.addBody(grown);
    this.#bytes.add(piece);
    this.hash?.update(piece); // a piece at a time: a megabyte at once would take milliseconds
  }

  /** The bytes so far. @throws Refusal 400 unless they are UTF-8. */
  text(): Buffer {
    const bytes = this.#bytes.bytes();
    if (!isUtf8(bytes)) throw new Refusal(400, 'ERR_INVALID_ARGUMENT', 'the body is not UTF-8');
    return bytes;
  }

  /** Releases the bytes. They must not be read afterwards, because another body may reuse their memory. */
  clear(): void {
    this.#account.remove(this.#bytes.capacity);
    this.#bytes.clear();
  }
}

const tooLarge = (limit: number) => new Refusal(413, 'ERR_TOO_LARGE', `the body has more than ${limit} bytes`);

const types = {
  'application/json': /^application\/([\w.-]+\+)?json\s*(;|$)/i,
  'text/csv': /^text\/csv\s*(;|$)/i,
} as const;

/** What a body may contain. */
export type BodyType = keyof typeof types;

/**
 * Checks the head of a request with a body. Browsers ask the server before pages of other sites may send these types.
 *
 * @param contents `'lenient'` accepts bodies of any type, except from browsers, whose requests have an Origin.
 * @throws Refusal 413 for a content-length above the limit, 415 for a content-encoding, or another type.
 */
export function checkHead(
  { headers }: IncomingMessage,
  limit: number,
  expected: BodyType,
  contents: 'strict' | 'lenient' = 'strict',
): void {
  if (Number(headers['content-length']) > limit) throw tooLarge(limit);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new Refusal(
      415,
      'ERR_MEDIA_TYPE',
      `the body is encoded as ${encoding.slice(0, 80)}, but only bodies without a content-encoding are supported: do not compress it`,
      { 'accept-encoding': 'identity' },
    );
  const type = headers['content-type'];
  if (type !== undefined && types[expected].test(type)) return;
  if (contents === 'lenient' && headers.origin === undefined) return;
  throw new Refusal(
    415,
    'ERR_MEDIA_TYPE',
    `the body must be of the type ${expected}, ${type === undefined ? 'and has none' : `not ${type}`}`,
  );
}

/** The whole body of a request as text. @throws The refusals of {@link checkHead} and {@link Body}. */
export async function wholeBody(
  request: IncomingMessage,
  type: BodyType,
  limit: number,
  account = noLimit,
): Promise<string> {
  checkHead(request, limit, type);
  const body = new Body(limit, account);
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) body.add(piece);
  return body.text().toString();
}
