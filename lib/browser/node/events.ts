/** The next event of an emitter. */
export const once = (emitter: { once(name: string, listener: (...args: unknown[]) => void): void }, name: string) =>
  new Promise<unknown[]>((resolve) => emitter.once(name, (...args) => resolve(args)));
