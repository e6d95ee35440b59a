import fs from 'node:fs';
import path from 'node:path';
import { errorWith } from '../errors.js';
import { makeFolder } from '../formats/folders.js';

/** What a command writes: files by their options, and folders. */
interface Outputs {
  readonly files: Readonly<Record<string, string | undefined>>;
  /** Folders, which may be yet to make, by their options. */
  readonly folders?: Readonly<Record<string, string | undefined>>;
}

/** What a command reads, by what messages call it: paths, and for tables also patterns and queries. */
export type Inputs = Readonly<Record<string, string | undefined>>;

/**
 * Fails before anything is read or written if an output can't be written, if two are the same, or if one is also read: by
 * another name, through a link, as one of the files of a pattern, or within a query.
 *
 * @returns The absolute paths of the outputs.
 */
export async function checkOutputs({ files, folders = {} }: Outputs, inputs: Inputs = {}): Promise<string[]> {
  const outputs: { option: string; place: Place }[] = [];
  for (const [option, file] of [...Object.entries(files), ...Object.entries(folders)]) {
    if (file === undefined) continue;
    if (Object.hasOwn(files, option)) checkWritable(file);
    else checkWritableFolder(file);
    const place = placeOf(file);
    const other = outputs.find((one) => isSame(one.place, place));
    if (other)
      throw errorWith('ERR_INVALID_ARGUMENT', `--${other.option} and --${option} are the same file, ${file}; give two`);
    outputs.push({ option, place });
  }
  const existing = outputs.filter(({ place }) => place.identity !== undefined);
  if (existing.length > 0)
    for (const [what, input] of Object.entries(inputs))
      for (const file of input === undefined ? [] : await filesReadOf(input)) {
        const overwriting = existing.find(({ place }) => isSame(place, placeOf(file)));
        if (overwriting)
          throw errorWith(
            'ERR_INVALID_ARGUMENT',
            `--${overwriting.option} is the same file as ${what}, ${file}, which it would overwrite; give another one`,
          );
      }
  return outputs.map(({ place }) => place.path);
}

async function filesReadOf(input: string): Promise<string[]> {
  const { localFilesOf } = await import('../tables/named_input.js'); // late, for commands that read no table
  return localFilesOf(input).catch(() => [input]);
}

/** Where a file is, or would be. */
interface Place {
  readonly path: string;
  /** The path without symbolic links, in small letters where the system usually takes them for capitals. */
  readonly real: string;
  /** Device and number of the file, which links to one file share; undefined if there is none. */
  readonly identity: string | undefined;
}

function placeOf(file: string): Place {
  const absolute = path.resolve(file);
  const real = realPathOf(absolute);
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
    return undefined; // there is none, or it can't be reached
  }
}

/** The path of a file without symbolic links, as far as its folders exist. */
function realPathOf(absolute: string): string {
  if (fs.existsSync(absolute) || path.dirname(absolute) === absolute) return fs.realpathSync(absolute);
  return path.join(realPathOf(path.dirname(absolute)), path.basename(absolute));
}

const isSame = (one: Place, other: Place): boolean =>
  one.real === other.real || (one.identity !== undefined && one.identity === other.identity);

/** Whether a file is, or would be, in a folder, or is the folder. */
export function isWithin(folder: string, file: string): boolean {
  const below = path.relative(placeOf(folder).real, placeOf(file).real);
  return below === '' || (below !== '..' && !below.startsWith(`..${path.sep}`) && !path.isAbsolute(below));
}

/** Fails if the file can't be written. */
function checkWritable(file: string): void {
  refusing(file, () => {
    if (!fs.existsSync(path.dirname(file))) throw new Error(`there is no folder ${path.dirname(file)}`);
    if (fs.existsSync(file) && fs.statSync(file).isDirectory()) throw new Error('it is a folder');
    fs.accessSync(fs.existsSync(file) ? file : path.dirname(file), fs.constants.W_OK);
  });
}

/** Fails if there can be no files in the folder, which may be yet to make. */
function checkWritableFolder(folder: string): void {
  refusing(folder, () => {
    let nearest = path.resolve(folder);
    while (!fs.existsSync(nearest)) nearest = path.dirname(nearest);
    if (!fs.statSync(nearest).isDirectory()) throw new Error(`${nearest} is no folder`);
    fs.accessSync(nearest, fs.constants.W_OK);
    for (const made of makeFolder(folder).reverse()) fs.rmdirSync(made); // a folder as /proc only says so when it is tried
  });
}

function refusing(place: string, check: () => void): void {
  try {
    if (place === '') throw new Error('it has no name');
    check();
  } catch (error) {
    throw errorWith('ERR_INVALID_ARGUMENT', `${place} can't be written: ${(error as Error).message}`);
  }
}
