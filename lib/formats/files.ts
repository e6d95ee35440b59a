import { createHash, randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { getSystemErrorMap, types } from 'node:util';
import { addon } from '../addon/index.js';
import { isObject } from '../checks/kinds.js';
import { invalid } from '../checks/shown.js';
import { bytesOf, checkAttached, lengthOf } from '../checks/typed_arrays.js';
import { errorWith, newArray } from '../errors.js';
import type { Source } from './source.js';

/**
 * Reads a file, which is closed afterwards, or bytes.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if `from` is neither a path nor bytes; GlissadeError `ERR_FILE`, `ERR_DETACHED`;
 *   the errors of `use`.
 */
export async function withSource<T>(name: string, from: unknown, use: (source: Source) => Promise<T>): Promise<T> {
  if (types.isUint8Array(from)) return use(sourceOf(name, from));
  const path = pathIn(from);
  if (path === undefined) throw invalid(name, 'the path of a file or a Uint8Array', from);
  const file = await openFile(path);
  try {
    return await ofFiles(reading(path), () => use(file));
  } finally {
    await file.close();
  }
}

/** All bytes of a file. @throws RangeError `ERR_OUT_OF_RANGE` if there is no memory for them. */
export async function bytesIn(source: Source): Promise<Uint8Array> {
  const bytes = newArray(Uint8Array, source.size);
  await source.read(0, bytes);
  return bytes;
}

const reading = (path: string): string => `can't read ${shortened(path)}`;

/** Opens a file, which must be closed. @throws GlissadeError `ERR_FILE`. */
export async function openFile(path: string): Promise<Source & { close(): Promise<void> }> {
  return ofFiles(reading(path), async () => {
    const stats = await fs.stat(path);
    if (isSpecial(stats)) throw special('read', path); // opening a pipe would wait for its writer
    if (stats.isDirectory()) throw systemError('EISDIR', 'a folder'); // on Windows it could be opened
    const file = await fs.open(path);
    const { size } = await file.stat();
    return {
      size,
      read: (position, into) => ofFiles(reading(path), () => readPiece(file, position, into)),
      close: () => file.close(),
    };
  });
}

function sourceOf(name: string, from: Uint8Array): Source {
  const size = lengthOf(from);
  checkAttached(name, from);
  const read = async (position: number, into: Uint8Array) => {
    checkAttached(name, from); // again, because other code has run in between
    if (lengthOf(from) < position + into.length) throw cutOff();
    into.set(bytesOf(from).subarray(position, position + into.length));
  };
  return { size, read };
}

async function readPiece(file: FileHandle, position: number, into: Uint8Array): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw cutOff();
    done += bytesRead;
  }
}

const cutOff = () => errorWith('ERR_CORRUPT_FILE', 'the file is cut off');

/** Whether something is a device, a pipe or a socket. For folders, errors of the file system are clear. */
export const isSpecial = (stats: Stats): boolean => !stats.isFile() && !stats.isDirectory();

const special = (verb: 'read' | 'write', path: string): Error =>
  errorWith('ERR_FILE', `can't ${verb} ${shortened(path)}: it is not a regular file`);

/** @throws TypeError `ERR_INVALID_ARGUMENT` if `value` is neither a path nor a `file:` URL. */
export function checkPath(name: string, value: unknown): string {
  const path = pathIn(value);
  if (path === undefined) throw invalid(name, 'the path of a file', value);
  return path;
}

function pathIn(value: unknown): string | undefined {
  const text = isObject(value) && value instanceof URL ? pathOf(value) : value;
  return typeof text !== 'string' || text === '' || text.includes('\0') ? undefined : text;
}

function pathOf(url: URL): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined; // another protocol, or a host
  }
}

/**
 * Writes a file completely or not at all: to a temporary file in the same folder, which is synced and renamed. After a
 * failure, or if the process ends early, the file at `target` is unchanged. A replaced file keeps its mode, and symbolic
 * links are followed. Devices and pipes are not replaced. Temporary files for `target` that killed processes left behind
 * are removed.
 *
 * @param write Writes the contents into the temporary file; or the contents.
 * @throws GlissadeError `ERR_FILE`; the errors of `write`.
 */
export async function writeAtomically(
  target: string,
  write: Uint8Array | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  await ofFiles(`can't write ${shortened(target)}`, async () => {
    const place = await withoutLinks(target);
    const existing = await fs.stat(place).catch(() => undefined);
    if (existing && isSpecial(existing)) throw special('write', target);
    const mode = existing && existing.mode & 0o777;
    const folder = path.dirname(place);
    await removeAbandoned(place);
    const { file, temporary } = await openTemporary(place, mode);
    try {
      try {
        if (mode !== undefined) await file.chmod(mode); // the mode of open is reduced by the umask
        if (typeof write === 'function') await write(file);
        else await writePiece(file, write, 0);
        await file.sync();
        await renameOver(temporary, place); // before the lock ends with the descriptor
      } finally {
        await file.close();
      }
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    await syncFolder(folder);
  });
}

/** How long a file that other programs hold on Windows is waited for, in milliseconds. */
const longestHold = 1000;

/**
 * Renames a file. On Windows a scanner, a backup or an editor may have the file at `to` open for a moment, which makes the
 * system refuse.
 */
async function renameOver(from: string, to: string): Promise<void> {
  for (const begin = performance.now(); ; await setTimeout(20)) {
    try {
      return await fs.rename(from, to);
    } catch (error) {
      const isHeld = ['EPERM', 'EACCES', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (process.platform !== 'win32' || !isHeld || performance.now() - begin > longestHold) throw error;
    }
  }
}

/** Symbolic links that are followed from one path, the limit of Linux. */
const mostLinks = 40;

/** Where the contents of a path are. Symbolic links are followed, even to a file that does not exist yet. */
export async function withoutLinks(target: string): Promise<string> {
  let place = target;
  for (let links = 0; links <= mostLinks; ++links) {
    try {
      return await fs.realpath(place);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw error;
      const link = await fs.readlink(place).catch(() => undefined);
      if (link === undefined) return place;
      place = path.resolve(await fs.realpath(path.dirname(place)), link);
    }
  }
  throw systemError('ELOOP', 'too many symbolic links');
}

/** An error with the code and number of one of the system's. */
function systemError(code: string, message: string): NodeJS.ErrnoException {
  const [errno] = [...getSystemErrorMap()].find(([, [name]]) => name === code)!; // its number depends on the system
  return Object.assign(new Error(message), { code, errno });
}

const shortened = (path: string): string => (path.length <= 300 ? path : `${path.slice(0, 100)}…${path.slice(-199)}`);

/** The beginning of the names of temporary files for a place. It has a hash, because the name of the file may be too long. */
const temporaryBeginning = (place: string): string =>
  `.glissade-${createHash('sha256').update(path.basename(place)).digest('hex').slice(0, 16)}-`;

/**
 * Checks that {@link writeAtomically} can write to a place, by making and removing a temporary file there.
 *
 * @throws GlissadeError `ERR_FILE`.
 */
export async function tryTemporary(place: string): Promise<void> {
  await ofFiles(`can't make a file in ${shortened(path.dirname(place))}`, async () => {
    const { file, temporary } = await openTemporary(place, undefined);
    await file.close();
    await fs.rm(temporary, { force: true }); // another save may have removed it as abandoned
  });
}

/** Opens a temporary file beside a place. Its lock shows that its process is still running. */
async function openTemporary(
  place: string,
  mode: number | undefined,
): Promise<{ readonly file: FileHandle; readonly temporary: string }> {
  for (;;) {
    const name = `${temporaryBeginning(place)}${randomBytes(8).toString('hex')}.tmp`;
    const temporary = path.join(path.dirname(place), name);
    const file = await fs.open(temporary, 'wx', mode);
    // Another save may have removed it as abandoned before it was locked.
    if (addon.lockFile(file.fd) && (await isThere(temporary))) return { file, temporary };
    await file.close();
  }
}

/** What `work` returns, or `fallback` if it fails because there is no such file or folder. */
export const unlessMissing = <T>(work: Promise<T>, fallback: T): Promise<T> =>
  work.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return fallback;
    throw error;
  });

const isThere = (file: string): Promise<boolean> =>
  fs.lstat(file).then(
    () => true,
    () => false,
  );

/** Removes temporary files of saves to a place whose processes have ended, for example by SIGKILL. */
async function removeAbandoned(place: string): Promise<void> {
  const folder = path.dirname(place);
  const names = await fs.readdir(folder).catch(() => []); // a folder that can be written to, but not listed
  for (const name of names)
    if (name.startsWith(temporaryBeginning(place)) && isTemporary(name)) addon.removeAbandoned(path.join(folder, name));
}

/** Whether a name belongs to a temporary file. */
export const isTemporary = (name: string): boolean => /^\.glissade-[0-9a-f-]+\.tmp$/.test(name);

/** Removes an empty folder. A symbolic link to a folder stays. */
export async function removeIfEmpty(folder: string): Promise<void> {
  await fs.rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(error.code ?? '')) throw error;
  });
}

/** Syncs a folder, without which its entries may not survive a loss of power. Windows can't open folders. */
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
 * Runs `work` and turns errors of the file system into our own.
 *
 * @throws GlissadeError `ERR_FILE` with the system's error as its cause; other errors of `work` unchanged.
 */
export async function ofFiles<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(what, error);
  }
}

/** Our error for an error of the file system. Other errors are unchanged. */
export function fileError(what: string, error: unknown): Error {
  const reason = getSystemErrorMap().get((error as NodeJS.ErrnoException).errno ?? 0)?.[1];
  if (reason === undefined) return error as Error;
  const short = what.length <= 400 ? what : `${what.slice(0, 200)}…${what.slice(-100)}`; // paths may be long
  return errorWith('ERR_FILE', `${short}: ${reason}`, error);
}
