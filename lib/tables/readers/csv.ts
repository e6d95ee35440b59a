import fs from 'node:fs/promises';
import { invalid, quoted } from '../../checks/shown.js';
import type { Ranks } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import type { ColumnType } from '../column.js';
import type { Chunk, Codes, DateTexts, Field, Source } from '../source.js';
import { checkTypes, isOfNoType, readAsWords, withWords } from '../types.js';
import { CsvParser } from './csv_parser.js';
import { dateTextsAmong } from './date_columns.js';
import { formsOf } from './date_forms.js';
import { dateIn, duckText, isForDuckDB, type PartOfFile } from './duck_text.js';
import { type Engine, firstReject, fromContents, shortWord } from './duckdb.js';
import { withExactNumbers } from './exact.js';
import { type ByteRange, countLines, linesOfFile, longestRecord, uncompressedName } from './file_bytes.js';
import { patternToScan } from './file_pattern.js';
import { isMissing, missingWords } from './missing.js';
import { dealt, linesOfRank, nameOfPart, withPart } from './parts.js';
import { identifier, literal } from './sql.js';
import { findType, TypedTexts } from './typed_texts.js';

/** The rows and bytes from which the types of columns are inferred. */
const sample = { rows: 20_000, bytes: 2 ** 22 };

/** Rows of a chunk of the small reader. */
const chunkRows = 8192;

/** Options of files of text, which don't describe their format. */
export interface CsvOptions {
  /** The separator of fields. Default: a tab in `.tsv`, else the most frequent of `,`, `;`, tab and `|` in the line of names. */
  readonly delimiter?: string | undefined;
  /** Types of columns by their names, in place of those inferred from the first 20,000 rows, or from all rows in memory. */
  readonly types?: Readonly<Record<string, ColumnType>> | undefined;
}

/** A CSV text. */
interface CsvText {
  /** Its name in messages. */
  readonly name: string;
  /** Its bytes, or a range of them, in pieces of whole lines. */
  lines(range?: ByteRange): AsyncIterable<Buffer>;
}

const textOfFile = (path: string): CsvText => ({ name: path, lines: (range) => linesOfFile(path, range) });

/**
 * A CSV text in memory, whose first line has the names of the columns.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE` that names the line and the column.
 */
export function csvTextSource(csv: string, options: CsvOptions): Promise<Source> {
  const text: CsvText = {
    name: 'the CSV',
    async *lines() {
      yield Buffer.from(csv);
    },
  };
  return sourceOf(text, options, (head) => smallSource(text, head));
}

/**
 * A CSV file whose first line has the names of the columns. The types of the columns are inferred from the first 4 MB, at
 * most 20,000 rows; then DuckDB or our parser reads the file.
 *
 * @param scanned The pattern that DuckDB reads, if it is not just the file.
 * @throws GlissadeError `ERR_CORRUPT_FILE` that names the line and the column; `ERR_FILE`.
 */
export function csvSource(path: string, engine: Engine, options: CsvOptions, scanned = path): Promise<Source> {
  const text = textOfFile(path);
  return sourceOf(text, options, async (head) => {
    const fault = head.hasMixedLines ? 'has lines that end in different ways' : undefined;
    const isByDuckDB = engine === 'duckdb' && isForDuckDB(path, scanned, head.fields, fault);
    const source = isByDuckDB ? await duckSource(path, scanned, head) : smallSource(text, head);
    const part = async (ranks: Ranks) => {
      const range = await linesOfRank(path, ranks, true);
      return range ? smallSource(text, head, { name: nameOfPart(path, ranks), range }) : dealt(source, ranks);
    };
    const canBeCut = scanned === path && head.hasLineFeeds && head.emptyLines === 0;
    return canBeCut ? withPart(source, part) : source;
  });
}

async function sourceOf(
  text: CsvText,
  options: CsvOptions,
  read: (head: Head) => Source | Promise<Source>,
): Promise<Source> {
  if (options.delimiter !== undefined) checkDelimiter(options.delimiter);
  const ofHead = async (head: Head): Promise<Source> => ({
    ...withExactNumbers(await read(head), head.whole, readAsWords),
    dateTexts: head.dateTexts,
    asWords: (names) => ofHead({ ...head, fields: withWords(head.fields, names, options.types) }),
  });
  return ofHead(await headOf(text, options));
}

function checkDelimiter(delimiter: unknown): void {
  if (typeof delimiter !== 'string' || !/^[^"\r\n]$/.test(delimiter))
    throw invalid('delimiter', 'one character other than a quotation mark or a line end', delimiter);
}

interface Head {
  readonly delimiter: string;
  readonly fields: readonly Field[];
  /** Columns of whole numbers whose type was inferred. */
  readonly whole: readonly string[];
  /** Columns of words that may be dates. */
  readonly dateTexts: DateTexts;
  /** Columns with texts of more than 12 bytes. */
  readonly longWords: readonly string[];
  /** Empty lines before the line of names. */
  readonly emptyLines: number;
  /** Whether the file mixes kinds of line ends. DuckDB may lose rows of such a file. */
  readonly hasMixedLines: boolean;
  /** Whether all lines end in a line feed, where the file can be cut. */
  readonly hasLineFeeds: boolean;
}

async function headOf(text: CsvText, { delimiter, types: givenTypes }: CsvOptions): Promise<Head> {
  const { name: path } = text;
  const records: string[][] = [];
  const given = delimiter ?? (/\.tsv$/i.test(uncompressedName(path)) ? '\t' : undefined);
  const parser = new CsvParser(path, given, (record) => records.push(record));
  let bytes = 0;
  for await (const piece of text.lines()) {
    parser.add(piece.toString('utf8', 0, endOfLines(piece, sample.bytes)));
    bytes += piece.length;
    if (records.length > sample.rows || bytes >= sample.bytes) break;
  }
  if (bytes < sample.bytes && records.length <= sample.rows) parser.end();
  const [names, ...rows] = records;
  if (names === undefined) throw errorWith('ERR_CORRUPT_FILE', `${path} is empty: it has no line of names`);
  const repeated = firstRepeated(names);
  if (repeated !== undefined)
    throw errorWith('ERR_CORRUPT_FILE', `${path}, line 1: two columns have the name ${quoted(repeated)}`);
  const types = checkTypes(givenTypes, names, path);
  const texts = names.map((_, i) => rows.slice(0, sample.rows).map((row) => row[i]!));
  const found = texts.map(findType);
  const dateTexts = dateTextsAmong(
    names.map((name, i) => ({
      name,
      given: types.get(name),
      found: found[i]!.type,
      areDates: () => {
        const present = texts[i]!.filter((text) => !isMissing(text));
        return formsOf(types.has(name) ? present.slice(0, 1) : present).length > 0;
      },
    })),
  );
  return {
    delimiter: parser.delimiter,
    fields: names.map((name, i) => ({
      name,
      type: dateTexts.has(name) ? 'word' : (types.get(name) ?? found[i]!.type),
    })),
    dateTexts,
    whole: names.filter((name, i) => !types.has(name) && found[i]!.isWhole),
    longWords: names.filter((_, i) => texts[i]!.some((text) => Buffer.byteLength(text) > shortWord)),
    emptyLines: parser.emptyLines,
    hasMixedLines: parser.lineEnds.size > 1,
    hasLineFeeds: !parser.lineEnds.has('\r'),
  };
}

function firstRepeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

/** The end of the last line that lies within the first `bytes`, or of the first line if that is longer. */
function endOfLines(piece: Buffer, bytes: number): number {
  if (piece.length <= bytes) return piece.length;
  const last = piece.lastIndexOf(0x0a, bytes) + 1;
  return last > 0 ? last : piece.indexOf(0x0a) + 1 || piece.length;
}

const duckSource = (path: string, scanned: string, head: Head): Promise<Source> =>
  duckText({
    path,
    scanned,
    scanOf: (compression) => scanOf(patternToScan(path, scanned), head, compression),
    longWords: head.longWords,
    async faultyLine(scan) {
      const reject = await firstReject(scan.replace(/\)$/, ', store_rejects = true)'));
      return reject && linesFrom(scanned === path ? path : reject.path, reject.byte);
    },
    small: (part) => smallSource(textOfFile(part?.path ?? path), head, part && { name: part.path, range: part.range }),
  });

/** DuckDB's conversions of texts, which correspond to TypedTexts. */
const conversions: Record<ColumnType, (column: string) => string> = {
  number: (column) => column,
  word: (column) => column,
  boolean: (column) =>
    `case lower(${column}) when 'true' then true when 'false' then false else if(${column} is null, null, error('no boolean')) end`,
  date: dateIn,
};

/** A select of the columns by their types. */
function scanOf(pattern: string, head: Head, compression: string | undefined): string {
  const { delimiter, fields, emptyLines } = head;
  const list = fields.map(({ name, type }) => `${conversions[type](identifier(name))} as ${identifier(name)}`);
  const columns = fields.map(({ name, type }) => `${literal(name)}: '${type === 'number' ? 'DOUBLE' : 'VARCHAR'}'`);
  const options = [
    `auto_detect = false, delim = ${literal(delimiter)}, quote = '"', escape = '"', header = true`,
    `skip = ${emptyLines}, strict_mode = true, null_padding = false, max_line_size = ${longestRecord}`,
    `nullstr = [${missingWords.map(literal).join(', ')}], columns = {${columns.join(', ')}}`,
    `compression = '${compression ?? 'uncompressed'}', ${fromContents}`,
  ];
  return `select ${list.join(', ')} from read_csv(${literal(pattern)}, ${options.join(', ')})`;
}

/** The part of a file from the line that contains a byte. */
async function linesFrom(path: string, byte: number): Promise<PartOfFile> {
  let [from, lines] = [0, 0];
  for await (const piece of linesOfFile(path)) {
    const begin = piece.lastIndexOf(0x0a, byte - from) + 1;
    const isHere = from + piece.length > byte;
    lines += countLines(isHere ? piece.subarray(0, begin) : piece);
    from += isHere ? begin : piece.length;
    if (isHere) break;
  }
  return { path, range: { from, to: (await fs.stat(path)).size, lines } };
}

const noNumber = (path: string, line: number, { name, type }: Field, text: string): Error =>
  errorWith(
    'ERR_CORRUPT_FILE',
    `${path}, line ${line}, column ${quoted(name)}: ${isOfNoType(quoted(text), type)}; ${readAsWords(name)}`,
  );

/** @param part A part of the lines, with its name in messages. */
function smallSource(text: CsvText, head: Head, part?: { name: string; range: ByteRange }): Source {
  const { fields } = head;
  return {
    name: part?.name ?? text.name,
    fields,
    chunks: (codes = 'lasting') => chunksOf(text, head, codes, part?.range),
  };
}

async function* chunksOf(text: CsvText, head: Head, codes: Codes, range?: ByteRange): AsyncGenerator<Chunk> {
  const { name: path } = text;
  const { delimiter, fields } = head;
  const isBehindNames = range !== undefined && range.from > 0;
  let line = 0;
  let isNames = !isBehindNames;
  const texts = new TypedTexts(fields, (field, cell) => noNumber(path, line, field, cell));
  const ready: Chunk[] = [];
  const take = () => ready.push({ rows: texts.rows, columns: texts.take(codes) });
  const parser = new CsvParser(
    path,
    delimiter,
    (record, begin) => {
      line = begin;
      if (!isNames) texts.add(record);
      isNames = false;
      if (texts.rows === chunkRows) take();
    },
    isBehindNames ? { lines: range.lines, columns: fields.length } : undefined,
  );
  for await (const piece of text.lines(range)) {
    parser.add(piece.toString('utf8'));
    yield* ready.splice(0);
  }
  parser.end();
  if (texts.rows > 0) take();
  yield* ready;
}
