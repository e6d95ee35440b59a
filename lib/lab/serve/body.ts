import type { IncomingMessage } from 'node:http';
import { isPlainObject } from '../../checks/kinds.js';
import { wholeBody } from '../../http/body.js';
import { Refusal } from '../../http/refusal.js';

/** The largest size of a body. Settings of an experiment and entrants of a race are smaller. */
const largestObject = 16_384;

/** The JSON object in the body of a request. */
export async function readObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = await wholeBody(request, 'application/json', largestObject);
  const value = parsed(text);
  if (!isPlainObject(value)) throw new Refusal(400, 'ERR_INVALID_ARGUMENT', 'the body of the request is not an object');
  return value as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'ERR_INVALID_ARGUMENT', 'the body of the request is not JSON');
  }
}
