import { invalid, quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import type { ColumnType } from '../column.js';
import type { Chunk, Codes, Field, Source } from '../source.js';
import { checkTypes, readAsWords, withWords } from '../types.js';
import { parse } from './csv_package.js';
import { areDistinct, dateIn, duckText } from './duck_text.js';
import { type Engine, identifier, literal } from './duckdb.js';
import { withExactNumbers } from './exact.js';
import { linesOfFile, longestRecord, notUtf8, tooLong, uncompressedName } from './file_bytes.js';
import { missingWords } from './missing.js';
import { findType, TypedTexts } from './typed_texts.js';

/** Rows, and bytes, by which the types of columns are found. */
const sample = { rows: 20_000, bytes: 2 ** 22 };

/** Rows that the small reader gives at a time. */
const chunkRows = 8192;

/** What is said of a table of texts that it does not say itself. */
export interface CsvOptions {
  /** What separates fields. Default: a tab in `.tsv`, else what the line of names has most of: `,`, `;`, a tab or `|`. */
  readonly delimiter?: string | undefined;
  /** Types of columns by their names, in place of those found in the first 20,000 rows. */
  readonly types?: Readonly<Record<string, ColumnType>> | undefined;
}

/**
 * A CSV file whose first line has the names of the columns. The first 4 MB, at most 20,000 rows, say what types the
 * columns have; then DuckDB or csv-parse reads the file by these types.
 *
 * @param scanned What DuckDB reads, if it is more than the file: a pattern.
 * @throws GlissadeError `ERR_CORRUPT_FILE` that names the line and the column; `ERR_FILE`.
 */
export async function csvSource(path: string, engine: Engine, options: CsvOptions, scanned = path): Promise<Source> {
  if (options.delimiter !== undefined) checkDelimiter(options.delimiter);
  const ofHead = async (head: Head): Promise<Source> => {
    const isByDuckDB = engine === 'duckdb' && !head.hasMixedLines && areDistinct(head.fields);
    const source = isByDuckDB ? await duckSource(path, scanned, head) : smallSource(path, head);
    const exact = withExactNumbers(source, head.whole, readAsWords);
    return { ...exact, asWords: (names) => ofHead({ ...head, fields: withWords(head.fields, names, options.types) }) };
  };
  return ofHead(await headOf(path, options));
}

function checkDelimiter(delimiter: unknown): void {
  if (typeof delimiter !== 'string' || !/^[^"\r\n]$/.test(delimiter))
    throw invalid('delimiter', 'one character other than a quotation mark or an end of line', delimiter);
}

interface Head {
  readonly delimiter: string;
  readonly fields: readonly Field[];
  /** Columns that have whole numbers so far, and whose type was not given. */
  readonly whole: readonly string[];
  /** Empty lines before the line of names. */
  readonly emptyLines: number;
  /** Whether lines end in different ways. DuckDB may lose rows of such a file. */
  readonly hasMixedLines: boolean;
}

const haveMixedEnds = (lines: string): boolean =>
  new Set(lines.replaceAll(/"[^"]*"/g, '').match(/\r\n|\n|\r/g)).size > 1;

async function headOf(path: string, { delimiter: given, types: said }: CsvOptions): Promise<Head> {
  let parser: Parser | undefined;
  const records: string[][] = [];
  const lines: Buffer[] = [];
  let [bytes, emptyLines, delimiter] = [0, 0, ','];
  for await (const { piece, empty } of linesAfterEmpty(path)) {
    emptyLines += empty.filter((byte) => byte === newline).length;
    lines.push(empty);
    if (piece.length === 0) continue;
    delimiter = given ?? delimiterOf(path, piece);
    parser ??= parserOf(path, delimiter, (record) => records.push(record));
    const sampled = piece.subarray(0, endOfLines(piece, sample.bytes));
    lines.push(sampled);
    await parser.add(sampled);
    bytes += piece.length;
    if (records.length > sample.rows || bytes >= sample.bytes) break;
  }
  if (bytes < sample.bytes && records.length <= sample.rows) await parser?.end();
  const [names, ...rows] = records;
  if (names === undefined) throw errorWith('ERR_CORRUPT_FILE', `${path} is empty: it has no line of names`);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined)
    throw errorWith('ERR_CORRUPT_FILE', `${path}, line 1: two columns have the name ${quoted(repeated)}`);
  const types = checkTypes(said, names, path);
  const found = names.map((_, i) => findType(rows.slice(0, sample.rows).map((row) => row[i]!)));
  return {
    delimiter,
    fields: names.map((name, i) => ({ name, type: types.get(name) ?? found[i]!.type })),
    whole: names.filter((name, i) => !types.has(name) && found[i]!.isWhole),
    emptyLines,
    hasMixedLines: haveMixedEnds(Buffer.concat(lines).toString('utf8')),
  };
}

/** The end of the last whole line of the first bytes; of the first line, if it is longer. */
function endOfLines(piece: Buffer, bytes: number): number {
  if (piece.length <= bytes) return piece.length;
  const last = piece.lastIndexOf(0x0a, bytes) + 1;
  return last > 0 ? last : piece.indexOf(0x0a) + 1 || piece.length;
}

/** Lines of a file, without the empty ones before the first that is not. */
async function* linesAfterEmpty(path: string): AsyncGenerator<{ empty: Buffer; piece: Buffer }> {
  let isBefore = true;
  for await (const piece of linesOfFile(path)) {
    let begin = 0;
    while (isBefore && (piece[begin] === newline || piece[begin] === carriageReturn)) begin += 1;
    isBefore &&= begin === piece.length;
    yield { empty: piece.subarray(0, begin), piece: piece.subarray(begin) };
  }
}

const [newline, carriageReturn] = Buffer.from('\n\r');

/** The delimiter that the line of names has most of, beside quoted names. */
function delimiterOf(path: string, piece: Buffer): string {
  if (/\.tsv$/i.test(uncompressedName(path))) return '\t';
  const [line = ''] = /^.*$/m.exec(piece.toString('utf8')) ?? [];
  const names = line.replaceAll(/"(?:[^"]|"")*"/g, '');
  const count = (delimiter: string) => names.split(delimiter).length;
  return [',', ';', '\t', '|'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

const duckSource = (path: string, scanned: string, head: Head): Promise<Source> =>
  duckText({
    path,
    scanned,
    scanOf: (compression) => scanOf(scanned, head, compression),
    fault: (text) => faultOf(scanned === path ? path : fileIn(text), text),
    small: () => smallSource(path, head),
  });

/** What DuckDB makes of a text that csv-parse would leave to TypedTexts. */
const conversions: Record<ColumnType, (column: string) => string> = {
  number: (column) => column,
  word: (column) => column,
  boolean: (column) =>
    `case lower(${column}) when 'true' then true when 'false' then false else if(${column} is null, null, error('no boolean')) end`,
  date: dateIn,
};

/** A select of the columns by their types. */
function scanOf(path: string, head: Head, compression: string | undefined): string {
  const { delimiter, fields, emptyLines } = head;
  const list = fields.map(({ name, type }) => `${conversions[type](identifier(name))} as ${identifier(name)}`);
  const columns = fields.map(({ name, type }) => `${literal(name)}: '${type === 'number' ? 'DOUBLE' : 'VARCHAR'}'`);
  const options = [
    `auto_detect = false, delim = ${literal(delimiter)}, quote = '"', escape = '"', header = true`,
    `skip = ${emptyLines}, strict_mode = true, null_padding = false, max_line_size = ${longestRecord}`,
    `nullstr = [${missingWords.map(literal).join(', ')}], columns = {${columns.join(', ')}}`,
    `compression = '${compression ?? 'uncompressed'}'`,
  ];
  return `select ${list.join(', ')} from read_csv(${literal(path)}, ${options.join(', ')})`;
}

/** The file of a pattern that DuckDB refuses. */
const fileIn = (text: string): string => /^ {2}file = (.*)$/m.exec(text)?.[1] ?? 'a file';

/** DuckDB's refusal as a sentence of ours, if it names the line. */
function faultOf(path: string, text: string): Error | undefined {
  const line = Number(/CSV Error on Line: (\d+)/.exec(text)?.[1] ?? 0);
  if (line === 0) return undefined;
  const [, expected, found] = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text) ?? [];
  if (expected !== undefined) return raggedRow(path, line, Number(expected), Number(found));
  const [, name, value] = /column "(.*)"\. Could not convert string "(.*)" to/.exec(text) ?? [];
  if (name !== undefined) return noNumber(path, line, { name, type: 'number' }, value!);
  if (text.includes('unterminated quote')) return badQuote(path, line);
  if (text.includes('not utf-8')) return notUtf8(path, line);
  return text.includes('Maximum line size') ? tooLong(path, line) : undefined;
}

const raggedRow = (path: string, line: number, expected: number, found: number): Error =>
  errorWith(
    'ERR_CORRUPT_FILE',
    `${path}, line ${line}: ${found} ${found === 1 ? 'field' : 'fields'}, but the line of names has ${expected}`,
  );

const badQuote = (path: string, line: number): Error =>
  errorWith('ERR_CORRUPT_FILE', `${path}, line ${line}: a quote inside a field, or one that never ends`);

const noNumber = (path: string, line: number, { name, type }: Field, text: string): Error =>
  errorWith(
    'ERR_CORRUPT_FILE',
    `${path}, line ${line}, column ${quoted(name)}: ${quoted(text)} is no ${type}, as the first rows are; ${readAsWords(name)}`,
  );

function smallSource(path: string, head: Head): Source {
  return { name: path, fields: head.fields, chunks: (codes = 'lasting') => chunksOf(path, head, codes) };
}

async function* chunksOf(path: string, head: Head, codes: Codes): AsyncGenerator<Chunk> {
  const { delimiter, fields, emptyLines } = head;
  let line = 0;
  let isNames = true;
  const texts = new TypedTexts(fields, (field, text) => noNumber(path, emptyLines + line, field, text));
  const ready: Chunk[] = [];
  const take = () => ready.push({ rows: texts.rows, columns: texts.take(codes) });
  const parser = parserOf(path, delimiter, (record, lines) => {
    line = lines;
    if (!isNames) texts.add(record);
    isNames = false;
    if (texts.rows === chunkRows) take();
  }, emptyLines); // biome-ignore format: one call
  for await (const { piece } of linesAfterEmpty(path)) {
    if (piece.length > 0) await parser.add(piece);
    yield* ready.splice(0);
  }
  await parser.end();
  if (texts.rows > 0) take();
  yield* ready;
}

interface Parser {
  add(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** A parser that hands over records, and the line that each ends in, while it is given bytes. */
function parserOf(
  path: string,
  delimiter: string,
  onRecord: (record: string[], line: number) => void,
  linesBefore = 0,
): Parser {
  let columns = 0;
  let lastLine = 0; // of the last record
  const parser = parse({
    bom: true,
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true, // counted here: an empty line of a file with one column is a missing value
    max_record_size: longestRecord,
    on_record: (record: string[], { lines }: { lines: number }) => {
      if (columns === 0) columns = record.length;
      lastLine = lines;
      const isEmpty = record.length === 1 && record[0] === '';
      if (isEmpty && columns > 1) return null;
      while (record.length > columns && record.at(-1) === '') record.pop(); // delimiters at the end, which DuckDB allows
      if (record.length !== columns) throw raggedRow(path, linesBefore + lines, columns, record.length);
      onRecord(record, lines);
      return null;
    },
  });
  parser.resume();
  parser.on('error', () => {}); // the writes reject with it
  const settled = (write: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) =>
      write((error) => (error ? reject(parseFault(path, error, linesBefore + lastLine + 1)) : resolve())),
    );
  return {
    add: (bytes) => settled((done) => parser.write(bytes, done)),
    end: () => settled((done) => parser.end(done)),
  };
}

/** csv-parse's refusal of the record that begins in a line, as a sentence of ours. */
function parseFault(path: string, error: NodeJS.ErrnoException, line: number): Error {
  if (error.code === 'CSV_MAX_RECORD_SIZE') return tooLong(path, line);
  return /^(CSV_|INVALID_)/.test(error.code ?? '') ? badQuote(path, line) : error;
}
