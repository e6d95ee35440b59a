import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isArray } from '../../checks/kinds.js';
import { Refusal } from '../../http/refusal.js';

/** A key, the fingerprint of its request and the reply, as the model's file stores them. */
export type KeptReply = readonly [key: string, fingerprint: string, reply: string];

interface Kept {
  readonly fingerprint: string;
  readonly reply: string;
}

/** A hash for the bytes of a body, to compare requests with the same key. */
export const newFingerprint = () => createHash('sha256');

/**
 * The `Idempotency-Key` of a request: 1 to 255 characters, with or without the quotes of a string of structured fields.
 *
 * @throws Refusal 400 for anything else.
 */
export function keyIn(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['idempotency-key'];
  if (given === undefined) return undefined;
  const key = /^"(.*)"$/.exec(String(given))?.[1] ?? String(given);
  if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(key))
    throw new Refusal(
      400,
      'ERR_INVALID_ARGUMENT',
      'Idempotency-Key must have 1 to 255 visible ASCII characters, such as "8e03978e-40d5-43dd-bc93-6894a57f9324"',
    );
  return key;
}

/**
 * Remembers the replies to the last requests with an `Idempotency-Key`, so that a repeated request has no effect
 * (draft-ietf-httpapi-idempotency-key-header-07). When there are too many, the oldest reply is forgotten.
 */
export class IdempotencyKeys {
  readonly #limit: number;
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>();
  /** The fingerprints of requests in progress, by their keys. */
  readonly #underWay = new Map<string, string>();

  constructor(limit: number, kept: unknown) {
    this.#limit = limit;
    for (const [key, fingerprint, reply] of checkedReplies(kept).slice(-limit))
      this.#kept.set(key, { fingerprint, reply });
  }

  get size(): number {
    return this.#kept.size + this.#underWay.size;
  }

  /**
   * The reply to an earlier request; undefined for a new key, which is then in progress until `keep` or `forget`.
   *
   * @throws Refusal 422 for a key of another body, 409 while the first request is in progress.
   */
  begin(key: string, fingerprint: string): string | undefined {
    const kept = this.#kept.get(key);
    const known = kept?.fingerprint ?? this.#underWay.get(key);
    if (known === undefined) {
      this.#underWay.set(key, fingerprint);
      return undefined;
    }
    if (known !== fingerprint)
      throw new Refusal(
        422,
        'ERR_KEY_REUSED',
        'the Idempotency-Key belongs to a request with another body: a new request needs a new key',
      );
    if (!kept)
      throw new Refusal(409, 'ERR_IN_PROGRESS', 'the first request with this Idempotency-Key is in progress', {
        'retry-after': '1',
      });
    return kept.reply;
  }

  /** Keeps the reply to a request that has done its work. */
  keep(key: string, reply: string): void {
    const fingerprint = this.#underWay.get(key)!;
    this.#underWay.delete(key);
    this.#kept.set(key, { fingerprint, reply });
    if (this.#kept.size <= this.#limit) return;
    const [oldest] = this.#kept.keys();
    this.#kept.delete(oldest!);
  }

  /** Forgets a key whose request had no effect. */
  forget(key: string): void {
    this.#underWay.delete(key);
  }

  /** All replies, oldest first. */
  toJSON(): KeptReply[] {
    return [...this.#kept].map(([key, { fingerprint, reply }]) => [key, fingerprint, reply]);
  }
}

const isReply = (value: unknown): value is KeptReply =>
  isArray(value) && value.length === 3 && value.every((text) => typeof text === 'string');

const checkedReplies = (kept: unknown): KeptReply[] => (isArray(kept) ? kept.filter(isReply) : []);
