import { errorWith } from './errors.js';

/**
 * Loads an optional package. Bundlers don't see its name, so they work without the package.
 *
 * @param what Says what needs the package: the beginning of the error's sentence.
 * @param name The package, or a file of it.
 * @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` if it can't be loaded.
 */
export async function optional<Module>(what: string, name: string): Promise<Module> {
  try {
    return await import(name);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    const [, packageName] = /^((?:@[^/]+\/)?[^/]+)/.exec(name)!;
    throw errorWith(
      'ERR_UNSUPPORTED_PLATFORM',
      `${what} of an optional package, which can't be loaded (${reason}): npm install ${packageName}`,
    );
  }
}
