// Modules of Node of which little is needed, or nothing in a browser.
import { GlissadeError } from '../../errors.js';

const { performance } = globalThis;

export { performance };

export const hostname = (): string => 'browser';

export const fileURLToPath = (url: URL): string => url.pathname;

export const isIP = (): number => 0;
export const isIPv4 = (): boolean => false;

/** Of node:buffer. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function refuse(): never {
  throw new GlissadeError('ERR_UNSUPPORTED_PLATFORM', 'a browser starts no servers');
}

/** Of node:http. */
export const createServer = refuse;

/** Of node:perf_hooks: the delay of a server. */
export const monitorEventLoopDelay = refuse;

/** Of node:child_process: there are no programs to start, so none has output. */
export const spawnSync = (): { stdout: undefined } => ({ stdout: undefined });

/** Of node:v8. */
export const serialize = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
export const deserialize = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

/** Of node:stream, which files alone need. */
export const Readable = { from: refuse };
export class PassThrough {
  on(): this {
    return this;
  }
}

/** Channels that nobody can subscribe to. */
const channel = () => ({ hasSubscribers: false, publish: (): void => {} });

export default { channel, hostname };
