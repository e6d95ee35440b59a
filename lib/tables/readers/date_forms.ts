import { type DateForm, dateForms } from '../date_form.js';
import { readText } from './typed_texts.js';

const day = String.raw`(?<day>0?[1-9]|[12]\d|3[01])`;
const month = '(?<month>0?[1-9]|1[0-2])';
const year = String.raw`(?<year>[12]\d{3})`;
const weekday = String.raw`(?:(?:Mon|Tue|Tues|Wed|Wednes|Thu|Thur|Thurs|Fri|Sat|Satur|Sun)(?:day)?\.?,? )?`;
const monthName = String.raw`(?<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?:(?<=Jan)uary|(?<=Feb)ruary|(?<=Mar)ch|(?<=Apr)il|(?<=Jun)e|(?<=Jul)y|(?<=Aug)ust|(?<=Sep)t(?:ember)?|(?<=Oct)ober|(?<=Nov)ember|(?<=Dec)ember)?\.?`;
const ordinal = '(?:st|nd|rd|th)?';
const time = String.raw`(?:(?:,? |T)(?<hour>[01]?\d|2[0-3]):(?<minute>[0-5]\d)(?::(?<second>[0-5]\d(?:\.\d{1,9})?))?(?: ?(?<half>[AP])\.?M\.?)?(?: ?(?:Z|UTC|GMT|(?<zone>[+-](?:0\d|1[0-4]):?[0-5]\d)))?)?`;

const pattern = (date: string): RegExp => new RegExp(`^${date}${time}$`, 'i');

/** The forms of dates besides ISO 8601, each written as 25 June 1998. */
const patterns = {
  'Jun 25 1998': pattern(`${weekday}${monthName}[ -]${day}${ordinal}(?:,? |-)${year}`),
  '25 Jun 1998': pattern(`${weekday}${day}${ordinal}[ -]${monthName}(?:,? |-)${year}`),
  '1998/06/25': pattern(`${year}/${month}/${day}`),
  '1998.06.25': pattern(String.raw`${year}\.${month}\.${day}`),
  '25.06.1998': pattern(String.raw`${day}\.${month}\.${year}`),
  '25/06/1998': pattern(`${day}/${month}/${year}`),
  '06/25/1998': pattern(`${month}/${day}/${year}`),
  '25-06-1998': pattern(`${day}-${month}-${year}`),
  '06-25-1998': pattern(`${month}-${day}-${year}`),
} satisfies Record<DateForm, RegExp>;

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The time of a text of a form, or in ISO 8601, in milliseconds since 1970; NaN for any other text. */
export function readDate(form: DateForm, text: string): number {
  const parts = patterns[form].exec(text)?.groups;
  return parts ? timeOf(parts) : readText('date', text);
}

function timeOf({
  year,
  month,
  name,
  day,
  hour,
  minute,
  second,
  half,
  zone,
}: Record<string, string | undefined>): number {
  const place = name === undefined ? Number(month) - 1 : months.indexOf(name.toLowerCase());
  const midnight = Date.UTC(Number(year), place, Number(day));
  if (new Date(midnight).getUTCMonth() !== place) return Number.NaN; // 31 June
  const clock = Number(hour ?? 0);
  if (half !== undefined && (clock < 1 || clock > 12)) return Number.NaN;
  const hours = half === undefined ? clock : (clock % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  const seconds = (hours * 60 + Number(minute ?? 0)) * 60 + Math.floor(1000 * Number(second ?? 0)) / 1000;
  return midnight + Math.round(1000 * seconds) - 60_000 * offsetOf(zone);
}

/** The minutes by which a zone such as +02:00 is ahead of UTC. */
function offsetOf(zone: string | undefined): number {
  if (zone === undefined) return 0;
  const minutes = 60 * Number(zone.slice(1, 3)) + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** Which forms all texts of a column have. Dates in ISO 8601 are in order beside those of any form. */
export class PossibleForms {
  #forms: readonly DateForm[] = dateForms;
  #hasOthers = false;

  /** @returns Whether there still is a form of all texts. */
  add(text: string): boolean {
    if (this.#forms.length === 0) return false;
    if (!Number.isNaN(readText('date', text))) return true;
    this.#hasOthers = true;
    this.#forms = this.#forms.filter((form) => !Number.isNaN(readDate(form, text)));
    return this.#forms.length > 0;
  }

  /** The forms; undefined if all texts are in ISO 8601. */
  get forms(): readonly DateForm[] | undefined {
    return this.#hasOthers ? this.#forms : undefined;
  }
}

/** The forms that all texts have. */
export function formsOf(texts: Iterable<string>): readonly DateForm[] {
  const possible = new PossibleForms();
  for (const text of texts) if (!possible.add(text)) return [];
  return possible.forms ?? [];
}
