// What Node has as globals. The bundle for browsers gets them in each module that names them.
export { Buffer } from 'buffer/index.js'; // Node's Buffer for browsers: the one that bundlers have used for a decade

/** Node's `process`, of a process without an environment, arguments or signals. */
export const process = {
  platform: 'browser',
  arch: 'wasm32',
  pid: 0,
  env: {} as Record<string, string | undefined>,
  versions: { node: '' },
  emitWarning: (message: string, { type, code }: { type?: string; code?: string } = {}): void =>
    console.warn(`${type ?? 'Warning'}${code ? ` [${code}]` : ''}: ${message}`),
  on: (): void => {},
  off: (): void => {},
  listenerCount: (): number => 0,
};

/** Node's `setImmediate`: after what is waiting, and sooner than a timer, which browsers delay by some milliseconds. */
export function setImmediate<Args extends unknown[]>(callback: (...args: Args) => void, ...args: Args): void {
  const { port1, port2 } = new MessageChannel();
  (port1 as unknown as { onmessage: () => void }).onmessage = () => {
    port1.close();
    callback(...args);
  };
  port2.postMessage(undefined);
}
