import { randomBytes } from 'node:crypto';
import fs, { type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { getSystemErrorMap } from 'node:util';
import { isObject } from '../checks/kinds.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';

/** @throws TypeError `ERR_INVALID_ARGUMENT` if `value` is neither a path nor a `file:` URL. */
export function checkPath(name: string, value: unknown): string {
  const text = isObject(value) && value instanceof URL ? pathOf(value) : value;
  if (typeof text !== 'string' || text === '' || text.includes('\0')) throw invalid(name, 'the path of a file', value);
  return text;
}

function pathOf(url: URL): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined; // another protocol, or a host
  }
}

/**
 * Writes a file as a whole or not at all: to a temporary file in the same folder, which is synced and renamed. After a
 * failure, or if the process ends meanwhile, the file at `target` is as it was. A file that is replaced keeps its mode,
 * and a symbolic link its place.
 *
 * @param write Writes the contents into the temporary file; or the contents.
 * @throws GlissadeError `ERR_FILE`; the errors of `write`.
 */
export async function writeAtomically(
  target: string,
  write: Uint8Array | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  await ofFiles(`can't write ${target}`, async () => {
    const place = await fs.realpath(target).catch(() => target);
    const folder = path.dirname(place);
    const temporary = path.join(folder, temporaryName());
    try {
      const mode = await fs.stat(place).then(
        (existing) => existing.mode & 0o777,
        () => undefined,
      );
      const file = await fs.open(temporary, 'wx', mode);
      try {
        if (mode !== undefined) await file.chmod(mode); // the mode of open is reduced by the umask
        if (typeof write === 'function') await write(file);
        else await writePiece(file, write, 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await fs.rename(temporary, place);
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    await syncFolder(folder);
  });
}

/** Name of a temporary file, in any folder. A process that is killed may leave one behind. */
const temporaryName = (): string => `.glissade-${randomBytes(8).toString('hex')}.tmp`;

/** A folder's entries survive a loss of power only once the folder is synced. Windows can't open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes all of `piece` at the byte `position`. */
export async function writePiece(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await file.write(piece, done, piece.length - done, position + done);
    done += bytesWritten;
  }
}

/**
 * Runs `work`, and says in a sentence of ours what the file system refused.
 *
 * @throws GlissadeError `ERR_FILE` with the system's error as its cause; other errors of `work` unchanged.
 */
export async function ofFiles<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = getSystemErrorMap().get((error as NodeJS.ErrnoException).errno ?? 0)?.[1];
    if (reason === undefined) throw error;
    throw errorWith('ERR_FILE', `${what}: ${reason}`, error);
  }
}
