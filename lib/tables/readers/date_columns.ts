import { quoted } from '../../checks/shown.js';
import { type Ranks, together } from '../../distributed/ranks.js';
import { errorWith, newArray } from '../../errors.js';
import { type Column, type ColumnType, missingCode, type NumberColumn, type WordColumn } from '../column.js';
import { type DateForm, dateForms } from '../date_form.js';
import type { DateTexts } from '../source.js';
import type { Words } from '../words.js';
import { formsOf, PossibleForms, readDate } from './date_forms.js';
import { readText } from './typed_texts.js';

/**
 * The columns of a table in which texts are dates if all of them have one form. The order of day and month is decided by all
 * values together. If they leave it open, the texts stay words.
 *
 * @param name The name of the table in messages.
 * @param ranks The ranks that have a part of the rows each.
 * @throws GlissadeError `ERR_CORRUPT_FILE` for a column that has to be of dates and is not.
 */
export async function withDates(
  columns: ReadonlyMap<string, Column>,
  texts: DateTexts,
  name: string,
  ranks: Ranks | undefined,
): Promise<Map<string, Column>> {
  const all = new Map(columns);
  const chosen = Array.from(texts).flatMap(([one, why]) => {
    const column = columns.get(one);
    return column?.type === 'word' ? [{ one, why, column }] : [];
  });
  if (chosen.length === 0) return all;
  const ofRanks = await together(
    ranks,
    chosen.map(({ column }) => formsOfWords(column.words)),
  );
  for (const [i, { one, why, column }] of chosen.entries()) {
    const found = ofRanks.flatMap((each) => (each[i] ? [each[i]] : []));
    const forms = dateForms.filter((form) => found.length > 0 && found.every((each) => each.includes(form)));
    if (forms.length === 1) all.set(one, datesOf(column, forms[0]!));
    else if (why === 'given') throw noDates(name, one, column, forms);
  }
  return all;
}

/** A column of texts: the type that was given for it, the type that was found, and whether its first texts look like dates. */
interface TextsOfColumn {
  readonly name: string;
  readonly given: ColumnType | undefined;
  readonly found: ColumnType;
  areDates(): boolean;
}

/** The columns of a text file whose words may be dates, by the first rows. */
export const dateTextsAmong = (columns: readonly TextsOfColumn[]): DateTexts =>
  new Map(
    columns.flatMap(({ name, given, found, areDates }): [string, 'inferred' | 'given'][] =>
      found === 'word' && (given ?? 'date') === 'date' && areDates()
        ? [[name, given === undefined ? 'inferred' : 'given']]
        : [],
    ),
  );

/** The forms of all words of a column; undefined if they are all in ISO 8601. */
function formsOfWords(words: Words): readonly DateForm[] | undefined {
  const possible = new PossibleForms();
  for (let code = 0; code < words.size; ++code) if (!possible.add(words.word(code))) return [];
  return possible.forms;
}

function datesOf({ codes, words }: WordColumn, form: DateForm): NumberColumn {
  const times = Float64Array.from({ length: words.size }, (_, code) => readDate(form, words.word(code)));
  const values = newArray(Float64Array, codes.length);
  for (let row = 0; row < codes.length; ++row) {
    const code = codes[row]!;
    values[row] = code === missingCode ? Number.NaN : times[code]!;
  }
  return { type: 'date', values, form };
}

function noDates(name: string, column: string, { codes, words }: WordColumn, forms: readonly DateForm[]): Error {
  const row = Array.from(codes).findIndex(
    (code) => code !== missingCode && Number.isNaN(readText('date', words.word(code))) && isOfNoForm(words.word(code)),
  );
  const reason =
    forms.length > 1
      ? `its dates can be read as ${forms.join(' or as ')}, because no day is above 12`
      : row < 0
        ? 'its dates are written in several forms'
        : `row ${row + 1}: ${quoted(words.word(codes[row]!))} is not a date`;
  return errorWith(
    'ERR_CORRUPT_FILE',
    `${name}, column ${quoted(column)}: ${reason}; the type 'word' reads it as words`,
  );
}

const isOfNoForm = (text: string): boolean => formsOf([text]).length === 0;

/** Two ways in which the words of a column can be read as dates, if they leave the order of day and month open. */
export function ambiguousForms({ words }: WordColumn): readonly DateForm[] | undefined {
  const forms = formsOfWords(words);
  return forms && forms.length > 1 ? forms : undefined;
}

/** Whether each word is a date, but no one form is that of all. */
export const wordsOfSeveralForms = (words: readonly string[]): boolean =>
  words.every((word) => !isOfNoForm(word) || !Number.isNaN(readText('date', word))) && formsOf(words).length === 0;
