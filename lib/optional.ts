import { errorWith } from './errors.js';

/**
 * What an optional package gives, which may not be installed.
 *
 * @param purpose What it is needed for, as the beginning of a sentence.
 */
export async function optional<T>(purpose: string, packages: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw errorWith(
      'ERR_UNSUPPORTED_PLATFORM',
      `${purpose} needs what can't be loaded (${reason}): npm install ${packages}`,
    );
  }
}
