import { isArray, isObject } from '../../checks/kinds.js';
import { quoted, shown } from '../../checks/shown.js';
import type { Ranks } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import { type Column, type ColumnType, missingCode } from '../column.js';
import type { Chunk, Codes, DateTexts, Field, Source } from '../source.js';
import { checkTypes, isOfNoType, readAsWords, withWords } from '../types.js';
import { renewed, WordList } from '../words.js';
import { dateTextsAmong } from './date_columns.js';
import { PossibleForms } from './date_forms.js';
import { dateIn, duckText, isForDuckDB } from './duck_text.js';
import { type Engine, fromContents } from './duckdb.js';
import { withExactNumbers } from './exact.js';
import type { ByteRange } from './file_bytes.js';
import { patternToScan } from './file_pattern.js';
import { type JsonRecord, recordsOfFile } from './json_records.js';
import { dealt, linesOfRank, nameOfPart, withPart } from './parts.js';
import { valueIn } from './rows.js';
import { identifier, literal } from './sql.js';
import { readText } from './typed_texts.js';

/** The number of rows from which columns and their types are inferred. */
const sampleRows = 20_000;

/** Rows of a chunk of the small reader. */
const chunkRows = 8192;

export interface JsonOptions {
  readonly types?: Readonly<Record<string, ColumnType>> | undefined;
}

/**
 * A JSON file: an array of objects, or objects one after the other as in NDJSON. The columns and their types are inferred from
 * the first 20,000 objects; then DuckDB or `JSON.parse` reads the file. Values that are objects or arrays become words with
 * their JSON.
 *
 * @param scanned The pattern that DuckDB reads, if it is not just the file.
 * @throws GlissadeError `ERR_CORRUPT_FILE` that names the row or the line, and the column; `ERR_FILE`.
 */
export async function jsonSource(path: string, engine: Engine, options: JsonOptions, scanned = path): Promise<Source> {
  const ofHead = async (head: Head): Promise<Source> => {
    const { fields } = head;
    const smallOf = (name: string, range?: ByteRange) => ({
      name,
      fields,
      chunks: (codes: Codes = 'lasting') => chunksOf(path, { name, fields, range }, codes),
    });
    const small = () => smallOf(path);
    const fault = hasOtherWords(head) ? 'has a column of words and numbers with a point or an exponent' : undefined;
    const isByDuckDB = engine === 'duckdb' && isForDuckDB(path, scanned, fields, fault);
    const source = isByDuckDB ? await duckSource(path, scanned, head, small) : small();
    const part = async (ranks: Ranks) => {
      const range = await linesOfRank(path, ranks, false); // line breaks inside strings are escaped
      return range ? smallOf(nameOfPart(path, ranks), range) : dealt(source, ranks);
    };
    const canBeCut = scanned === path && head.format === 'newline_delimited';
    const exact = withExactNumbers(canBeCut ? withPart(source, part) : source, head.whole, readAsWords);
    return {
      ...exact,
      dateTexts: head.dateTexts,
      asWords: (names) => ofHead({ ...head, fields: withWords(fields, names, options.types) }),
    };
  };
  return ofHead(await headOf(path, options.types));
}

interface Head {
  readonly fields: readonly Field[];
  /** Columns of whole numbers whose type was inferred. */
  readonly whole: readonly string[];
  /** Columns of words that may be dates. */
  readonly dateTexts: DateTexts;
  /** Columns with numbers, or with objects or arrays. */
  readonly numbered: readonly string[];
  /** Whether there are numbers with a point or an exponent. */
  readonly hasDecimals: boolean;
  /** DuckDB's name for the format of the file. */
  readonly format: 'array' | 'newline_delimited' | 'unstructured';
}

/** Whether words may come from numbers, which DuckDB rewrites: 1 and 1e3 as `1.0` and `1000.0`. */
function hasOtherWords({ fields, numbered, hasDecimals }: Head): boolean {
  const others = new Set(numbered);
  return hasDecimals && fields.some(({ name, type }) => type === 'word' && others.has(name));
}

const decimal = /[:,[]\s*-?\d+(?:\.|[eE])/;

async function headOf(path: string, givenTypes: JsonOptions['types']): Promise<Head> {
  const found = new Map<string, ValuesFound>();
  let rows = 0;
  let isArrayOf = false;
  let hasLines = false;
  let hasDecimals = false;
  for await (const records of recordsOfFile(path)) {
    for (const record of records.slice(0, sampleRows - rows)) {
      isArrayOf ||= record.isInArray;
      hasLines ||= record.text.includes('\n');
      hasDecimals ||= decimal.test(record.text);
      for (const [name, value] of Object.entries(rowOf(path, record))) {
        if (!found.has(name)) found.set(name, new ValuesFound());
        found.get(name)!.add(value);
      }
      rows += 1;
    }
    if (rows >= sampleRows) break;
  }
  if (rows === 0) throw errorWith('ERR_CORRUPT_FILE', `${path} has no objects`);
  if (found.size === 0) throw errorWith('ERR_CORRUPT_FILE', `${path} has only empty objects, so there are no columns`);
  const columns = Array.from(found);
  const types = checkTypes(givenTypes, [...found.keys()], path);
  const dateTexts = dateTextsAmong(
    columns.map(([name, values]) => ({
      name,
      given: types.get(name),
      found: values.type(),
      areDates: () => values.areDates,
    })),
  );
  return {
    fields: columns.map(([name, values]) => ({
      name,
      type: dateTexts.has(name) ? 'word' : (types.get(name) ?? values.type()),
    })),
    dateTexts,
    whole: columns.filter(([name, { isWhole }]) => !types.has(name) && isWhole).map(([name]) => name),
    numbered: columns.filter(([, { hasNumbers }]) => hasNumbers).map(([name]) => name),
    hasDecimals,
    format: isArrayOf ? 'array' : hasLines ? 'unstructured' : 'newline_delimited',
  };
}

/** Infers the type of a column from its values. */
class ValuesFound {
  #types = new Set<ColumnType>();
  isWhole = true;
  /** Whether there are numbers among the values or inside them. */
  hasNumbers = false;
  #possible = new PossibleForms();
  #hasOthers = false;

  add(value: unknown): void {
    if (value === null) return;
    this.isWhole &&= Number.isInteger(value);
    this.hasNumbers ||= typeof value === 'number' || isObject(value);
    this.#types.add(typeOf(value));
    if (typeof value !== 'string') this.#hasOthers = true;
    else if (!this.#hasOthers) this.#possible.add(value);
  }

  /** Whether all values are dates of one form. */
  get areDates(): boolean {
    return !this.#hasOthers && (this.#possible.forms ?? []).length > 0;
  }

  type(): ColumnType {
    const [type] = this.#types;
    return this.#types.size === 1 ? type! : 'word';
  }
}

function typeOf(value: unknown): ColumnType {
  if (typeof value === 'number' || typeof value === 'boolean') return typeof value as 'number' | 'boolean';
  return typeof value === 'string' && !Number.isNaN(readText('date', value)) ? 'date' : 'word';
}

const duckSource = (path: string, scanned: string, head: Head, small: () => Source): Promise<Source> =>
  duckText({
    path,
    scanned,
    scanOf: (compression) => scanOf(patternToScan(path, scanned), head, compression),
    small,
  });

const duckTypes = { number: 'DOUBLE', boolean: 'BOOLEAN', word: 'VARCHAR', date: 'VARCHAR' } as const;

function scanOf(pattern: string, { fields, format }: Head, compression: string | undefined): string {
  const list = fields.map(({ name, type }) =>
    type === 'date' ? `${dateIn(identifier(name))} as ${identifier(name)}` : identifier(name),
  );
  const columns = fields.map(({ name, type }) => `${literal(name)}: '${duckTypes[type]}'`);
  const options = `format = '${format}', columns = {${columns.join(', ')}}, compression = '${compression ?? 'uncompressed'}', ${fromContents}`;
  return `select ${list.join(', ')} from read_json(${literal(pattern)}, ${options})`;
}

async function* chunksOf(
  path: string,
  { name, fields, range }: { name: string; fields: readonly Field[]; range: ByteRange | undefined },
  codes: Codes,
): AsyncGenerator<Chunk> {
  let words = fields.map(() => new WordList());
  let rows: Readonly<Record<string, unknown>>[] = [];
  let before = 0;
  const take = (): Chunk => {
    const columns = fields.map((field, i) => columnOf(name, field, words[i]!, rows, before));
    const chunk = { rows: rows.length, columns };
    before += rows.length;
    rows = [];
    if (codes === 'passing') words = renewed(words);
    return chunk;
  };
  for await (const records of recordsOfFile(path, range))
    for (const record of records) {
      rows.push(rowOf(path, record));
      if (rows.length === chunkRows) yield take();
    }
  if (rows.length > 0) yield take();
}

function columnOf(
  path: string,
  { name, type }: Field,
  words: WordList,
  rows: readonly Readonly<Record<string, unknown>>[],
  before: number,
): Column {
  if (type === 'word')
    return { type, codes: Uint32Array.from(rows, (row) => codeOf(valueIn(row, name), words)), words };
  const values = Float64Array.from(rows, (row, i) => {
    const value = valueIn(row, name) ?? null;
    const number = numberOf(type, value);
    if (value !== null && Number.isNaN(number))
      throw errorWith(
        'ERR_CORRUPT_FILE',
        `${path}, row ${before + i + 1}, column ${quoted(name)}: ${isOfNoType(shown(value), type)}; ${readAsWords(name)}`,
      );
    return number;
  });
  return { type, values };
}

function codeOf(value: unknown, words: WordList): number {
  if (value === null || value === undefined) return missingCode;
  return words.add(typeof value === 'string' ? value : JSON.stringify(value));
}

function numberOf(type: Exclude<ColumnType, 'word'>, value: unknown): number {
  if (typeof value === 'string') return readText(type, value);
  return type !== 'date' && (typeof value === 'number' || typeof value === 'boolean') ? Number(value) : Number.NaN;
}

/** A record as an object. Whole numbers beyond 2⁵³ become strings, which keep all digits. */
function rowOf(path: string, { text, line }: JsonRecord): Readonly<Record<string, unknown>> {
  const exact = /\d{16}/.test(text) ? withDigits(text) : text;
  try {
    const row: unknown = JSON.parse(exact);
    if (isObject(row) && !isArray(row)) return row as Record<string, unknown>;
  } catch (error) {
    const [reason] = (error as Error).message.split(/,? in JSON| \(/);
    throw errorWith('ERR_CORRUPT_FILE', `${path}, line ${line}: ${quoted(text)} is not JSON: ${reason}`, error);
  }
  throw errorWith('ERR_CORRUPT_FILE', `${path}, line ${line}: Expected an object but received ${quoted(text)}`);
}

const numbers = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON text in which whole numbers beyond 2⁵³ are replaced by strings. */
function withDigits(text: string): string {
  let out = '';
  for (let at = 0; at < text.length; ) {
    const begin = text.indexOf('"', at);
    const outside = text.slice(at, begin < 0 ? text.length : begin);
    out += outside.replace(numbers, (token) =>
      /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
    );
    if (begin < 0) break;
    at = endOfString(text, begin);
    out += text.slice(begin, at);
  }
  return out;
}

/** The end of a JSON string. */
function endOfString(text: string, begin: number): number {
  for (let quote = text.indexOf('"', begin + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}
