import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from './connections.js';
import { Abandoned, Costly, type Refusal } from './refusal.js';
import { RequestBytes } from './request_bytes.js';
import type { SharedLimit } from './shared_limit.js';

/** A client that still sends has a moment to read that it is refused. */
const lingering = 1000; // ms

/** How long a client may be silent, and how much of a refused body is read. */
export interface Patience {
  readonly milliseconds: number;
  readonly bytes: number;
}

/** A request and its reply, for as long as somebody waits for it. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly client: string;
  readonly held: RequestBytes;
  readonly #response: ServerResponse;
  readonly #patience: Patience;
  #hasLeft = false;
  #isWorking = false;
  /** Called when the client leaves before it has its reply. */
  onLeft: (() => void) | undefined;

  /** @param onEnd Gets the status of the reply, or 499 if the client has left before it had all of it, as nginx has it. */
  constructor(
    { request, response, connection }: { request: IncomingMessage; response: ServerResponse; connection: Connection },
    bytes: SharedLimit,
    patience: Patience,
    onEnd: (status: number) => void,
  ) {
    this.request = request;
    this.client = connection.client;
    this.held = new RequestBytes(bytes, this.client);
    this.#response = response;
    this.#patience = patience;
    const end = () => {
      if (this.#hasLeft) return;
      this.#hasLeft = true;
      connection.offClose(end);
      this.onLeft?.();
      this.#releaseIfOver();
      onEnd(response.writableFinished ? response.statusCode : 499);
    };
    response.once('close', end);
    connection.onClose(end); // a response behind another one of its connection does not hear of the end
    request.on('error', () => {}); // 'close' follows
  }

  get isAnswered(): boolean {
    return this.#response.headersSent;
  }

  /** @throws Abandoned if the client has left. */
  checkWaiting(): void {
    if (this.#hasLeft) throw new Abandoned();
  }

  /** Does the work of the request. What it holds is given up when both the work and the reply have ended. */
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
    rest: 'read' | 'drop' = 'read',
  ): void {
    if (this.#hasLeft || this.isAnswered) return;
    const response = this.#response;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    // From here on silence is the client's: the connection is closed if it takes nothing for a while.
    response.socket?.setTimeout(this.#patience.milliseconds);
    response.writeHead(status, { 'content-length': length, ...headers });
    for (const piece of pieces.slice(0, -1)) response.write(piece);
    const last = pieces.at(-1)!;
    if (this.#isRead || rest === 'drop') response.end(last);
    else {
      response.write(last);
      this.#endAfterBody();
    }
  }

  refuse(refusal: Refusal, common: Record<string, string>): void {
    const { status, code, message, headers } = refusal;
    const closing = this.#isRead ? {} : { connection: 'close' };
    this.send(
      status,
      { ...common, ...headers, ...closing, 'content-type': 'application/json' },
      [Buffer.from(JSON.stringify({ code, message }))],
      refusal instanceof Costly ? 'drop' : 'read',
    );
  }

  /** Whether the body has come, or there is none. */
  get #isRead(): boolean {
    const { complete, headers } = this.request;
    return complete || (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0);
  }

  /**
   * Reads on for a while, and drops what comes: if a connection is closed while its client still sends, the reply is lost
   * with it ("lingering close" of nginx).
   */
  #endAfterBody(): void {
    const response = this.#response;
    let left = this.#patience.bytes;
    const end = () => {
      clearTimeout(timer);
      this.request.off('data', count).off('end', end);
      response.end();
    };
    const count = (piece: Buffer) => {
      left -= Math.max(piece.length, 1024); // each takes time, however few bytes it has
      if (left < 0) end();
    };
    const timer = setTimeout(end, lingering);
    this.request.on('data', count).once('end', end).once('close', end);
  }

  #releaseIfOver(): void {
    if (this.#hasLeft && !this.#isWorking) this.held.remove(Number.POSITIVE_INFINITY);
  }
}
