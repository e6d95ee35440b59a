// Modules of Node of which little is needed, or nothing in a browser.
import { GlissadeError } from '../../errors.js';
import zlib from './zlib.js';

const { performance } = globalThis;

export { performance };

export const hostname = (): string => 'browser';

export const fileURLToPath = (url: URL): string => url.pathname;

export const isIP = (): number => 0;

export const endianness = (): string => 'LE'; // WebAssembly's

/** Of node:buffer. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Of node:child_process: there are no programs to start. */
export const spawnSync = (): { stdout: undefined } => ({ stdout: undefined });

/** Of node:v8. */
export const serialize = (): never => {
  throw new GlissadeError('ERR_UNSUPPORTED_PLATFORM', 'training on several ranks is for Node alone');
};
export const deserialize = serialize;

/** Of node:stream, for what is compressed. */
export const Readable = { from: (): never => zlib.createGunzip() };

export class PassThrough {
  on(): this {
    return this;
  }
}

/** Channels that nobody can subscribe to. */
const channel = () => ({ hasSubscribers: false, publish: (): void => {} });

export default { channel, endianness, hostname };
