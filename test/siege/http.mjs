import http from 'node:http';

/** @typedef {{ status: number | undefined, text: string, error?: string }} Reply `status` is undefined if the connection has failed. */

/**
 * Sends a request and reads the reply.
 *
 * @param {{ url: string, path: string, body: string | Buffer, agent?: http.Agent | false, from?: string, headers?: Record<string, string> }} request
 * @returns {Promise<Reply>}
 */
export function post(asked) {
  const { url, path, body, agent = false, from, headers = {} } = asked;
  return new Promise((resolve) => {
    const request = http.request(
      new URL(path, url),
      {
        method: 'POST',
        agent,
        localAddress: from,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece) => {
          if (text.length < 1000) text += piece;
        });
        response.on('end', () => resolve({ status: response.statusCode, text }));
        response.on('error', (error) => resolve({ status: undefined, text, error: String(error) }));
      },
    );
    request.setTimeout(60_000, () => request.destroy(new Error('no reply within 60 s')));
    request.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      // A connection that was idle for long may close at the moment of its reuse.
      if (request.reusedSocket && error.code === 'ECONNRESET') resolve(post(asked));
      else resolve({ status: undefined, text: '', error: String(error) });
    });
    request.end(body);
  });
}

/** Sends a request with an Idempotency-Key until it is answered, however often connections fail. */
export async function postUntilAnswered(/** @type {Parameters<typeof post>[0]} */ request, tries = 200) {
  for (let i = 0; i < tries; ++i) {
    const reply = await post(request);
    if (reply.status !== undefined && ![503, 409, 408].includes(reply.status)) return reply;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`a request to ${request.path} was not answered in ${tries} tries`);
}
