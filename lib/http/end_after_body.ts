import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a client that is still sending may take to read its refusal. */
export const lingering = 1000; // ms

/**
 * Ends a reply when the rest of the request's body has arrived, which is dropped, or after a while. If a connection is closed
 * while its client is still sending, the reply is lost ("lingering close" of nginx).
 *
 * @param most The most bytes to drop.
 */
export function endAfterBody(request: IncomingMessage, response: ServerResponse, most = Infinity): void {
  let left = most;
  const end = () => {
    clearTimeout(timer);
    request.off('data', count).off('end', end);
    response.end();
  };
  const count = (piece: Buffer) => {
    left -= Math.max(piece.length, 1024); // even small pieces take time
    if (left < 0) end();
  };
  const timer = setTimeout(end, lingering);
  request.on('data', count).once('end', end).once('close', end);
}
