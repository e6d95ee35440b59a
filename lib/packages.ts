import { errorWith } from './errors.js';

/** `import()` as it is written: the compiler would make it a `require`, which older versions of Node refuse for ES modules. */
export const imported = new Function('name', 'return import(name)') as <Module>(name: string) => Promise<Module>;

/**
 * What an optional package gives, which may not be installed.
 *
 * @param what Where what is needed is, as the beginning of a sentence.
 */
export async function optional<T>(what: string, packages: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw errorWith(
      'ERR_UNSUPPORTED_PLATFORM',
      `${what} of an optional package, which can't be loaded (${reason}): npm install ${packages}`,
    );
  }
}
