import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAfterBody, lingering } from '../../http/end_after_body.js';
import { Costly, type Refusal } from '../../http/refusal.js';
import type { Connection, Waiting } from './connections.js';
import { Abandoned, Overloaded } from './refusal.js';
import { RequestBytes } from './request_bytes.js';
import type { SharedLimit } from './shared_limit.js';
import type { Turns } from './turns.js';

/** The most bytes of a reply that are written without a pause. */
const writtenAtOnce = 65_536;

/** The memory that Node keeps for an ignored request until its connection is closed. */
const passedOverBytes = 4096;

/** The longest silence of a client, and the most bytes of a refused body that are read. */
export interface Patience {
  readonly milliseconds: number;
  readonly bytes: number;
}

/** A request and its reply, while the client waits. */
export class Exchange implements Waiting {
  readonly request: IncomingMessage;
  readonly client: string;
  readonly memory: RequestBytes;
  readonly #response: ServerResponse;
  readonly #patience: Patience;
  readonly #turns: Turns;
  #hasLeft = false;
  #isWorking = false;
  readonly #connection: Connection;
  readonly #onOver: (status: number) => void;
  /** Resumes a reply that waits for its client to read. */
  #goOn: (() => void) | undefined;
  /** Called when the client leaves before it has the reply. */
  onLeft: (() => void) | undefined;

  /** @param onOver Gets the status of the reply, or 499, as in nginx, if the client left before it had the whole reply. */
  constructor(
    { request, response, connection }: { request: IncomingMessage; response: ServerResponse; connection: Connection },
    { bytes, turns, patience }: { bytes: SharedLimit; turns: Turns; patience: Patience },
    onOver: (status: number) => void,
  ) {
    this.request = request;
    this.client = connection.client;
    this.memory = new RequestBytes(bytes, this.client);
    this.#response = response;
    this.#patience = patience;
    this.#turns = turns;
    this.#connection = connection;
    this.#onOver = onOver;
    response.once('close', () => this.leave());
    connection.add(this); // a response that waits behind another one gets no event when the connection closes
    request.on('error', () => {}); // 'close' follows
  }

  /** Ends the exchange: the client has the reply, or has left. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#connection.remove(this);
    this.#connection.limitSilence(this.#patience.milliseconds);
    this.onLeft?.();
    this.#goOn?.();
    this.#releaseIfOver();
    this.#onOver(this.#response.writableFinished ? this.#response.statusCode : 499);
  }

  get isAnswered(): boolean {
    return this.#response.headersSent;
  }

  /** @throws Abandoned if the client has left. */
  checkWaiting(): void {
    if (this.#hasLeft) throw new Abandoned();
  }

  /** Does the work of the request. Its memory is released when both the work and the reply have ended. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#isWorking = true;
    try {
      return await work();
    } finally {
      this.#isWorking = false;
      this.#releaseIfOver();
    }
  }

  send(
    status: number,
    headers: Record<string, string>,
    pieces: readonly Buffer[],
    rest: 'read' | 'drop' | 'pass over' = 'read',
  ): void {
    if (this.#hasLeft || this.isAnswered) return;
    const response = this.#response;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const closing = this.#connection.isLast(this) ? { connection: 'close' } : {};
    response.writeHead(status, { 'content-length': length, ...headers, ...closing });
    this.#connection.limitSilence(this.#patience.milliseconds);
    if (length > writtenAtOnce) void this.#writeInTurns(pieces);
    else if (rest === 'pass over') {
      response.write(Buffer.concat(pieces));
      this.#endAfterMoment();
    } else if (this.isRead || rest === 'drop') response.end(Buffer.concat(pieces));
    else {
      response.write(Buffer.concat(pieces));
      endAfterBody(this.request, response, this.#patience.bytes);
    }
  }

  /** Writes a long reply no faster than the client reads it. Megabytes at once would delay other clients. */
  async #writeInTurns(pieces: readonly Buffer[]): Promise<void> {
    const response = this.#response;
    for (let next = 0; next < pieces.length && !this.#hasLeft; ) {
      await this.#turns.run(this.client, () => {
        for (let written = 0; next < pieces.length && written < writtenAtOnce; ++next) {
          response.write(pieces[next]!);
          written += pieces[next]!.length;
        }
      });
      if (response.writableNeedDrain && !this.#hasLeft)
        await new Promise<void>((resolve) => {
          response.once('drain', resolve);
          this.#goOn = resolve;
        });
    }
    response.end();
  }

  refuse(refusal: Refusal, more: Readonly<Record<string, string>>): void {
    const { status, headers } = refusal;
    if (!this.isRead) this.#connection.endWith(this);
    const isPipelined = refusal instanceof Overloaded && refusal.limit === 'pipelined';
    this.send(
      status,
      { ...more, ...headers, 'content-type': 'application/json' },
      [Buffer.from(JSON.stringify(refusal))],
      refusal instanceof Costly ? 'drop' : isPipelined ? 'pass over' : 'read',
    );
  }

  /** @see Waiting.passOver. Its memory counts for the client. If that is too much, the connection is closed at once. */
  passOver(request: IncomingMessage): void {
    if (hasBody(request)) request.resume();
    try {
      this.checkWaiting();
      this.memory.addWork(passedOverBytes, 'rows');
    } catch {
      request.socket.destroy();
    }
  }

  /** Whether the body has arrived, or there is none. */
  get isRead(): boolean {
    return this.request.complete || !hasBody(this.request);
  }

  /** Ends the reply after a while, during which input is ignored, so that the client can read its replies. */
  #endAfterMoment(): void {
    const response = this.#response;
    this.request.resume();
    const timer = setTimeout(() => response.end(), lingering);
    response.once('close', () => clearTimeout(timer));
  }

  #releaseIfOver(): void {
    if (this.#hasLeft && !this.#isWorking) this.memory.remove(Number.POSITIVE_INFINITY);
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
