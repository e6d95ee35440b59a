/** The value that an object itself has under a name. Names such as `constructor` don't stand for what all objects inherit. */
export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
