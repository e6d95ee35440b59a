import type { ServerResponse } from 'node:http';

/** A comment is sent as often, so that a connection whose other end has vanished is noticed. */
const heartbeat = 15_000; // ms

/** Bytes that a page may leave unread. One that reads has hardly any: outcomes wait until the last was taken. */
const mostUnread = 32 * 2 ** 20;

/** Events that are sent to one page as they happen (server-sent events, WHATWG HTML 9.2). */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #beats: NodeJS.Timeout;

  constructor(response: ServerResponse, onClose: () => void) {
    this.#response = response;
    response.socket?.setNoDelay(true);
    response.flushHeaders();
    this.#beats = setInterval(() => response.write(':\n\n'), heartbeat).unref();
    response.on('error', () => {}); // 'close' follows
    response.once('close', () => {
      clearInterval(this.#beats);
      onClose();
    });
  }

  /** Sends an event. `data` is JSON, which has no line breaks. `onSent` is called when the operating system has taken it. */
  send(event: string, data: string, onSent?: () => void): void {
    if (this.#response.writableLength > mostUnread) {
      this.#response.destroy(); // the page has stopped reading
      return;
    }
    this.#response.write(`event: ${event}\ndata: ${data}\n\n`, () => onSent?.());
  }

  end(): void {
    clearInterval(this.#beats);
    this.#response.end();
  }
}
