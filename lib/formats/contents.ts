import fs from 'node:fs/promises';
import { types } from 'node:util';
import { invalid } from '../checks/shown.js';
import { bytesOf, checkAttached } from '../checks/typed_arrays.js';
import { allocated } from '../errors.js';
import { checkPath, ofFiles } from './files.js';

/**
 * The bytes of a file, given by its path or as bytes. Bytes are copied, so that later changes have no effect.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for neither; GlissadeError `ERR_FILE`, `ERR_DETACHED`.
 */
export async function contentsOf(name: string, source: unknown): Promise<Uint8Array> {
  if (types.isUint8Array(source)) {
    checkAttached(name, source);
    const bytes = bytesOf(source);
    return allocated(bytes.length, () => Uint8Array.from(bytes));
  }
  if (types.isTypedArray(source)) throw invalid(name, 'a path, or a Uint8Array of the contents', source);
  const file = checkPath(name, source);
  return ofFiles(`can't read ${file}`, () => fs.readFile(file));
}
