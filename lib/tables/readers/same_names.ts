import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { compressionOfFile, linesOfFile } from './file_bytes.js';

/**
 * Checks that CSV files of a pattern are alike. DuckDB reads all of them in the format of the first, column by column.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE` that names a file whose line of names or compression differs from that of the first.
 */
export async function checkSameNames(files: readonly string[]): Promise<void> {
  const [first, ...others] = files as [string, ...string[]];
  const [compression, names] = [await compressionOfFile(first), await namesOf(first)];
  for (const file of others) {
    const own = await compressionOfFile(file);
    if (own !== compression)
      throw errorWith(
        'ERR_CORRUPT_FILE',
        `${file} is ${own ?? 'not compressed'}, but ${first} is ${compression ?? 'not compressed'}; a pattern needs files that are alike`,
      );
    const line = await namesOf(file);
    if (line !== names)
      throw errorWith(
        'ERR_CORRUPT_FILE',
        `${file} has the line of names ${quoted(line)}, but ${first} has ${quoted(names)}; a pattern needs files that are alike`,
      );
  }
}

/** The first line that is not empty, without quotation marks around names. */
async function namesOf(file: string): Promise<string> {
  for await (const piece of linesOfFile(file)) {
    const [line] = /[^\uFEFF\r\n]+/.exec(piece.toString('utf8')) ?? [];
    if (line !== undefined) return line.replaceAll('"', '');
  }
  return '';
}
