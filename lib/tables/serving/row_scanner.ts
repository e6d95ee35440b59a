import { Refusal } from '../../http/refusal.js';

/** Values of a row, those inside of lists and objects included: a row that nests thousands would take megabytes. */
export const mostValues = 16_384;

const [quote, backslash] = Buffer.from('"\\') as unknown as [number, number];

/** What a byte does outside of strings: 0 nothing, 1 begins a string, 2 opens, 3 closes, 4 separates. */
const roles = new Uint8Array(256);
for (const [bytes, role] of [
  ['"', 1],
  ['[{', 2],
  [']}', 3],
  [',', 4],
] as const)
  for (const byte of Buffer.from(bytes)) roles[byte] = role;

/** Finds where rows of JSON end, without reading their values. */
export class RowScanner {
  readonly #bytes: Buffer;
  /** The next byte to look at. */
  at: number;
  /** The number of the row that it is in, from 1 on. */
  row = 1;
  #depth = 0;
  #values = 0;
  #isText = false;

  /** @param at Where the first row begins. */
  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /**
   * Looks at bytes up to `stop`. Returns where the row ends, by a comma or a bracket that is not its own, or −1.
   *
   * @throws Refusal 413 for a row of too many values.
   */
  scan(stop: number): number {
    const bytes = this.#bytes;
    let [at, depth, values, isText] = [this.at, this.#depth, this.#values, this.#isText];
    let end = -1;
    while (at < stop) {
      const byte = bytes[at++]!;
      if (isText) {
        if (byte === quote) isText = false;
        else if (byte === backslash) at += 1;
        continue;
      }
      const role = roles[byte]!;
      if (role === 0) continue;
      if (role === 1) isText = true;
      else if (role === 2) {
        depth += 1;
        values += 1;
      } else if (depth <= 0) {
        end = at - 1;
        break;
      } else if (role === 3) depth -= 1;
      else values += 1;
      if (values > mostValues)
        throw new Refusal(413, 'ERR_TOO_LARGE', `row ${this.row} has more than ${mostValues} values`);
    }
    this.at = at;
    this.#depth = depth;
    this.#values = values;
    this.#isText = isText;
    return end;
  }

  /** Goes on to the next row. */
  beginRow(): void {
    this.row += 1;
    this.#values = 0;
  }
}
