// Modules of Node of which little is needed, or nothing in a browser.
const { performance } = globalThis;

export { performance };

export const hostname = (): string => 'browser';

export const fileURLToPath = (url: URL): string => url.pathname;

export const isIP = (): number => 0;

/** Of node:v8. */
export const serialize = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
export const deserialize = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

/** Of node:stream. */
export class PassThrough {
  on(): this {
    return this;
  }
}

/** Channels that nobody can subscribe to. */
const channel = () => ({ hasSubscribers: false, publish: (): void => {} });

export default { channel, hostname };
