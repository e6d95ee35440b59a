import type { ServerResponse } from 'node:http';

/** The interval of comments, by which lost connections are noticed. */
const heartbeat = 15_000; // ms

/** The most unread bytes of a page. A page that reads has few, since an outcome waits until the previous one is sent. */
const mostUnread = 32 * 2 ** 20;

/** A stream of events to one page (server-sent events, WHATWG HTML 9.2). */
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

  /** Sends an event. `data` is JSON without line breaks. `onSent` is called when the operating system has accepted it. */
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
