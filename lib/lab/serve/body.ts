import type { IncomingMessage } from 'node:http';
import { isPlainObject } from '../../checks/kinds.js';
import { GrowingBytes } from '../../formats/growing_bytes.js';
import { Refusal } from './refusal.js';

/** Settings of an experiment, and the entrants of a race, take less. */
const largestObject = 16_384;

/** A table is held as a text, and a thread that races on it needs twenty times as much. */
const largestTable = 32 * 2 ** 20;

/**
 * The JSON object that a request carries.
 *
 * Its type must be `application/json`: a browser asks before it sends this type to another site.
 */
export async function readObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = await readText(request, 'application/json', largestObject);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body of the request is not JSON');
  }
  if (!isPlainObject(value)) throw new Refusal(400, 'the body of the request is not an object');
  return value as Record<string, unknown>;
}

/**
 * The CSV in a request. Its type must be `text/csv`: before a page of another site may send that, a browser asks the server.
 *
 * @param onGrown Told of bytes that are reserved for it before they are; it may refuse them.
 */
export const readTable = (request: IncomingMessage, onGrown: (bytes: number) => void): Promise<string> =>
  readText(request, 'text/csv', largestTable, onGrown);

async function readText(
  request: IncomingMessage,
  expected: string,
  largest: number,
  onGrown: (bytes: number) => void = () => {},
): Promise<string> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (type !== expected) throw new Refusal(415, `the body of a request must be ${expected}`);
  const body = new GrowingBytes(largest);
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if (body.length + piece.length > largest) throw new Refusal(413, `the body of a request may have ${largest} bytes`);
    onGrown(body.capacityWith(piece.length) - body.capacity);
    body.add(piece);
  }
  return body.bytes().toString();
}
