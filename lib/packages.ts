import { errorWith } from './errors.js';

/**
 * `import()` hidden from the compiler, which turns it into a `require` that older versions of Node refuse for ES
 * modules.
 */
export const imported = new Function('name', 'return import(name)') as <Module>(name: string) => Promise<Module>;

/**
 * Loads an optional package.
 *
 * @param what What needs the package, as the beginning of the error's sentence.
 * @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` if it can't be loaded.
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
