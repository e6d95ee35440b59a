import fs from 'node:fs';
import path from 'node:path';
import { errorWith } from '../errors.js';
import { isSpecial, ofFiles, tryTemporary, withoutLinks } from '../formats/files.js';
import { makeFolder } from '../formats/folders.js';

/** The outputs of a command, by its options. */
interface Outputs {
  /** Files that are written as a whole. */
  readonly files: Readonly<Record<string, string | undefined>>;
  /** Files to which lines are added. */
  readonly appended?: Readonly<Record<string, string | undefined>>;
  /** Folders, which need not exist yet. */
  readonly folders?: Readonly<Record<string, string | undefined>>;
}

/** The inputs of a command by their names in messages: paths, and for tables also patterns and queries. */
export type Inputs = Readonly<Record<string, string | undefined>>;

/**
 * Fails before anything is read or written if an output can't be written, if two outputs are the same, if one is inside the
 * other's folder, or if an output is also an input: by another name, through a link, by a pattern, or within a query.
 *
 * @returns The absolute paths of the outputs.
 */
export async function checkOutputs(
  { files, appended = {}, folders = {} }: Outputs,
  inputs: Inputs = {},
): Promise<string[]> {
  const outputs: Output[] = [];
  for (const [check, places] of [
    [checkReplaceable, files],
    [checkAppendable, appended],
    [checkWritableFolder, folders],
  ] as const)
    for (const [option, file] of Object.entries(places)) {
      if (file === undefined) continue;
      await refusing(file, () => check(file));
      const output = { option, file, place: await placeOf(file) };
      for (const other of outputs) checkApart(other, output);
      outputs.push(output);
    }
  const existing = outputs.filter(({ place }) => place.identity !== undefined);
  if (existing.length > 0)
    for (const [what, input] of Object.entries(inputs))
      for (const file of input === undefined ? [] : await filesReadOf(input)) {
        const read = await placeOf(file);
        const overwriting = existing.find(({ place }) => isSame(place, read));
        if (overwriting)
          throw errorWith(
            'ERR_INVALID_ARGUMENT',
            `--${overwriting.option} is the same file as ${what}, ${file}, which it would overwrite; give another one`,
          );
      }
  return outputs.map(({ place }) => place.path);
}

/** Fails if two outputs are the same, or if one is inside the folder of the other. */
function checkApart(one: Output, other: Output): void {
  if (isSame(one.place, other.place))
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `--${one.option} and --${other.option} are the same file, ${other.file}; give two`,
    );
  for (const [outer, inner] of [
    [one, other],
    [other, one],
  ] as const)
    if (isBelow(outer.place, inner.place))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `--${inner.option}: ${inner.file} is in ${outer.file}, which belongs to --${outer.option}; give another place`,
      );
}

async function filesReadOf(input: string): Promise<string[]> {
  const { localFilesOf } = await import('../tables/named_input.js'); // late, for commands that read no table
  return localFilesOf(input).catch(() => [input]);
}

/** A file or folder that a command writes. */
interface Output {
  readonly option: string;
  readonly file: string;
  readonly place: Place;
}

/** The place of a file that need not exist. */
interface Place {
  readonly path: string;
  /** The path without symbolic links; in lower case if the system usually ignores case. */
  readonly real: string;
  /** Device and number of the file, which all links to a file share; undefined if there is no file. */
  readonly identity: string | undefined;
}

async function placeOf(file: string): Promise<Place> {
  const absolute = path.resolve(file);
  const real = await realPathOf(absolute);
  return {
    path: absolute,
    real: ['darwin', 'win32'].includes(process.platform) ? real.toLowerCase() : real,
    identity: identityOf(absolute),
  };
}

function identityOf(absolute: string): string | undefined {
  try {
    const { dev, ino } = fs.statSync(absolute, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined; // it does not exist, or can't be reached
  }
}

/** The path of a file without symbolic links, even if the file does not exist yet. */
async function realPathOf(absolute: string): Promise<string> {
  const real = await withoutLinks(absolute).catch(() => absolute); // links in a circle lead nowhere
  if (fs.existsSync(real) || path.dirname(real) === real) return real;
  return path.join(await realPathOf(path.dirname(real)), path.basename(real));
}

const isSame = (one: Place, other: Place): boolean =>
  one.real === other.real || (one.identity !== undefined && one.identity === other.identity);

const isBelow = (folder: Place, file: Place): boolean => {
  const below = path.relative(folder.real, file.real);
  return below === '' || (below !== '..' && !below.startsWith(`..${path.sep}`) && !path.isAbsolute(below));
};

/** Whether a file, which need not exist, is inside a folder or is the folder. */
export const isWithin = async (folder: string, file: string): Promise<boolean> =>
  isBelow(await placeOf(folder), await placeOf(file));

/** Fails if the file can't be written. It tries, because a file system may refuse what permissions allow. */
async function checkReplaceable(file: string): Promise<void> {
  checkPlace(file);
  if (isDevice(file)) throw new Error('it is not a regular file');
  await tryTemporary(await withoutLinks(file));
}

/** Fails if lines can't be appended to the file. */
async function checkAppendable(file: string): Promise<void> {
  checkPlace(file);
  if (isDevice(file)) return; // opening a pipe would wait for its reader
  const place = await withoutLinks(file);
  const isThere = fs.existsSync(place);
  await ofFiles(`can't make a file in ${path.dirname(place)}`, async () => fs.closeSync(fs.openSync(place, 'a')));
  if (!isThere) fs.rmSync(place);
}

/** Whether a path leads to a device, a pipe or a socket. */
function isDevice(file: string): boolean {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found !== undefined && isSpecial(found);
}

/** Fails if a file can't exist at the path. */
function checkPlace(file: string): void {
  if (!fs.existsSync(path.dirname(file))) throw new Error(`there is no folder ${path.dirname(file)}`);
  const existing = fs.statSync(file, { throwIfNoEntry: false }); // throws where the name is too long
  if (existing?.isDirectory()) throw new Error('it is a folder');
  if (file.endsWith('/') || file.endsWith(path.sep)) throw new Error('only names of folders end with a separator');
  fs.accessSync(existing ? file : path.dirname(file), fs.constants.W_OK);
}

/** Fails if no files can be written to the folder, which need not exist yet. */
function checkWritableFolder(folder: string): void {
  let nearest = path.resolve(folder);
  while (!fs.existsSync(nearest)) nearest = path.dirname(nearest);
  if (!fs.statSync(nearest).isDirectory()) throw new Error(`${nearest} is not a folder`);
  fs.accessSync(nearest, fs.constants.W_OK);
  for (const made of makeFolder(folder).reverse()) fs.rmdirSync(made); // some folders, such as /proc, refuse only the attempt
}

async function refusing(place: string, check: () => Promise<void> | void): Promise<void> {
  try {
    if (place === '') throw new Error('its name is empty');
    await check();
  } catch (error) {
    throw errorWith('ERR_INVALID_ARGUMENT', `${place || 'an output'} can't be written: ${(error as Error).message}`);
  }
}
