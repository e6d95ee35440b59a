import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import type { ColumnType } from '../column.js';
import type { Chunk, Field, Source } from '../source.js';
import { parse } from './csv_package.js';
import { hasDuckDB, literal, scanSource } from './duckdb.js';
import { linesOfFile } from './file_bytes.js';
import { missingWords } from './missing.js';
import { TypedTexts, typeOfTexts } from './typed_texts.js';

/** Rows by which the types of columns are found. */
const sampleRows = 20_000;

/** Rows that the small reader gives at a time. */
const chunkRows = 8192;

/** What is said of a table of texts that it does not say itself. */
export interface CsvOptions {
  /** What separates fields. Default: what the line of names has most of: `,`, `;`, a tab or `|`. */
  readonly delimiter?: string | undefined;
  /** Types of columns by their names, in place of those found in the first 20,000 rows. */
  readonly types?: Readonly<Record<string, ColumnType>> | undefined;
}

/**
 * A CSV file whose first line has the names of the columns, read by DuckDB where it is installed, else by csv-parse.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE` that names the line and the column; `ERR_FILE`.
 */
export async function csvSource(path: string, options: CsvOptions = {}): Promise<Source> {
  const head = await headOf(path, options.delimiter);
  const isByDuckDB = await hasDuckDB();
  if (!isByDuckDB) return smallSource(path, head, options.types ?? {});
  try {
    return careful(await scanSource(scanOf(path, head, options.types ?? {}), path), () =>
      smallSource(path, head, options.types ?? {}),
    );
  } catch (error) {
    await throughSmall(smallSource(path, head, options.types ?? {}));
    throw error;
  }
}

/** Goes through the chunks of a file. If DuckDB refuses it, the small reader's sentence, which names the line, is thrown. */
function careful(source: Source, small: () => Promise<Source>): Source {
  return {
    ...source,
    async *chunks(codes) {
      try {
        yield* source.chunks(codes);
      } catch (error) {
        await throughSmall(small());
        throw error;
      }
    },
    only: (names) => careful(source.only!(names), small),
  };
}

async function throughSmall(small: Promise<Source>): Promise<void> {
  for await (const _ of (await small).chunks());
}

const duckTypes = { number: 'DOUBLE', date: 'TIMESTAMP', boolean: 'BOOLEAN', word: 'VARCHAR' } as const;

function scanOf(path: string, { delimiter, names }: Head, types: Readonly<Record<string, ColumnType>>): string {
  const given = names.filter((name) => types[name] !== undefined);
  const list = given.map((name) => `${literal(name)}: ${literal(duckTypes[types[name]!])}`);
  const options = [
    `delim = ${literal(delimiter)}`,
    `quote = '"', escape = '"', header = true, sample_size = ${sampleRows}`,
    `nullstr = [${missingWords.map(literal).join(', ')}]`,
    ...(list.length > 0 ? [`types = {${list.join(', ')}}`] : []),
  ];
  return `read_csv(${literal(path)}, ${options.join(', ')})`;
}

interface Head {
  readonly delimiter: string;
  readonly names: readonly string[];
}

/** The first line that is not empty. */
async function headOf(path: string, given: string | undefined): Promise<Head> {
  for await (const piece of linesOfFile(path)) {
    const text = piece.toString('utf8').replace(/^\uFEFF/, '');
    const [line] = /^.*\S.*$/m.exec(text) ?? [];
    if (line === undefined) continue;
    const delimiter = given ?? delimiterOf(line);
    const names: string[] = [];
    const parser = parserOf(path, delimiter, (record) => names.push(...record));
    await parser.add(Buffer.from(`${line}\n`));
    await parser.end();
    const repeated = names.find((name, i) => names.indexOf(name) !== i);
    if (repeated !== undefined)
      throw errorWith('ERR_CORRUPT_FILE', `${path}, line 1: two columns have the name ${quoted(repeated)}`);
    return { delimiter, names };
  }
  throw errorWith('ERR_CORRUPT_FILE', `${path} is empty: it has no line of names`);
}

/** The delimiter that the line of names has most of, beside quoted names. */
function delimiterOf(line: string): string {
  const names = line.replaceAll(/"(?:[^"]|"")*"/g, '');
  const count = (delimiter: string) => names.split(delimiter).length;
  return [',', ';', '\t', '|'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

async function smallSource(path: string, head: Head, given: Readonly<Record<string, ColumnType>>): Promise<Source> {
  const samples: string[][] = head.names.map(() => []);
  for await (const records of recordsOf(path, head)) {
    for (const record of records) for (const [i, text] of record.entries()) samples[i]!.push(text);
    if (samples[0]!.length >= sampleRows) break;
  }
  const fields = head.names.map((name, i) => ({ name, type: given[name] ?? typeOfTexts(samples[i]!) }));
  return { name: path, fields, chunks: (codes = 'lasting') => chunksOf(path, head, fields, codes) };
}

async function* chunksOf(
  path: string,
  head: Head,
  fields: readonly Field[],
  codes: 'lasting' | 'passing',
): AsyncGenerator<Chunk> {
  let rows = 0;
  const texts = new TypedTexts(fields, ({ name, type }, text) =>
    errorWith(
      'ERR_CORRUPT_FILE',
      `${path}, row ${rows + 1}, column ${quoted(name)}: ${quoted(text)} is no ${type}, as the rows before are; types: { ${JSON.stringify(name)}: 'word' } would read words`,
    ),
  );
  for await (const records of recordsOf(path, head)) {
    for (const record of records) {
      texts.add(record);
      rows += 1;
      if (texts.rows === chunkRows) yield { rows: texts.rows, columns: texts.take(codes) };
    }
  }
  if (texts.rows > 0) yield { rows: texts.rows, columns: texts.take(codes) };
}

/** The records below the line of names, some at a time. */
async function* recordsOf(path: string, { delimiter }: Head): AsyncGenerator<string[][]> {
  let records: string[][] = [];
  const parser = parserOf(path, delimiter, (record) => records.push(record));
  let isFirst = true; // the line of names
  const taken = () => {
    const all = isFirst ? records.slice(1) : records;
    if (records.length > 0) isFirst = false;
    records = [];
    return all;
  };
  for await (const piece of linesOfFile(path)) {
    await parser.add(piece);
    yield taken();
  }
  await parser.end();
  yield taken();
}

/** A parser that hands over records while it is given bytes. */
function parserOf(path: string, delimiter: string, onRecord: (record: string[]) => void) {
  const parser = parse({
    bom: true,
    delimiter,
    skip_empty_lines: true,
    on_record: (record: string[]) => {
      onRecord(record);
      return null;
    },
  });
  parser.resume();
  parser.on('error', () => {}); // the writes reject with it
  const settled = (write: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) =>
      write((error) =>
        error ? reject(errorWith('ERR_CORRUPT_FILE', `${path}: ${sentenceOf(error.message)}`)) : resolve(),
      ),
    );
  return {
    add: (bytes: Buffer) => settled((done) => parser.write(bytes, done)),
    end: () => settled((done) => parser.end(done)),
  };
}

/** csv-parse's message, without its title. */
const sentenceOf = (message: string): string => message.replace(/^[A-Z][\w ]+: /, '');
