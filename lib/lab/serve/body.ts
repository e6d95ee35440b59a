import type { IncomingMessage } from 'node:http';
import { isPlainObject } from '../../checks/kinds.js';
import { Refusal } from './refusal.js';

/** Settings of an experiment take less than a kilobyte. */
const largest = 16_384;

/**
 * The JSON object that a request carries.
 *
 * Its type must be `application/json`: a browser asks before it sends this type to another site.
 */
export async function readObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/json') throw new Refusal(415, 'the body of a request must be application/json');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largest) throw new Refusal(413, `the body of a request may have ${largest} bytes`);
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new Refusal(400, 'the body of the request is not JSON');
  }
  if (!isPlainObject(value)) throw new Refusal(400, 'the body of the request is not an object');
  return value as Record<string, unknown>;
}
