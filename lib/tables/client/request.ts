/** The reply to a request, or why there is none, in a sentence. */
export type Reply = { readonly text: string; readonly json: unknown } | { readonly refusal: string };

/** Sends a request as any client would. */
export async function send(url: string, body?: string): Promise<Reply> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(
      url,
      body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body },
    );
    text = await response.text();
  } catch {
    return { refusal: 'The server does not answer. Does it still run?' };
  }
  const json = parsed(text);
  if (response.ok && json !== undefined) return { text, json };
  const { message } = (json ?? {}) as { message?: unknown };
  return {
    refusal: typeof message === 'string' ? message : `The server answered with status ${response.status}`,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
