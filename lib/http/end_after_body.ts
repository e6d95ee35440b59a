import type { IncomingMessage, ServerResponse } from 'node:http';

/** A client that still sends has a moment to read that it is refused. */
export const lingering = 1000; // ms

/**
 * Ends a reply when the rest of the request's body has come, which is dropped, or after a while. If a connection is closed
 * while its client still sends, the reply is lost with it ("lingering close" of nginx).
 *
 * @param most Bytes that are dropped at most.
 */
export function endAfterBody(request: IncomingMessage, response: ServerResponse, most = Infinity): void {
  let left = most;
  const end = () => {
    clearTimeout(timer);
    request.off('data', count).off('end', end);
    response.end();
  };
  const count = (piece: Buffer) => {
    left -= Math.max(piece.length, 1024); // each takes time, however few bytes it has
    if (left < 0) end();
  };
  const timer = setTimeout(end, lingering);
  request.on('data', count).once('end', end).once('close', end);
}
