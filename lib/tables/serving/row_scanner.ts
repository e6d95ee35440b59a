import { Refusal } from '../../http/refusal.js';

/** The most values of a row, including those inside arrays and objects. A few bytes can nest thousands of values. */
export const mostValues = 16_384;

const [quote, backslash] = Buffer.from('"\\') as unknown as [number, number];

/** The role of each byte outside of strings: 0 none, 1 begins a string, 2 opens, 3 closes, 4 separates. */
const roles = new Uint8Array(256);
for (const [bytes, role] of [
  ['"', 1],
  ['[{', 2],
  [']}', 3],
  [',', 4],
] as const)
  for (const byte of Buffer.from(bytes)) roles[byte] = role;

/** Finds the ends of rows in JSON without parsing their values. */
export class RowScanner {
  readonly #bytes: Buffer;
  /** The next byte to look at. */
  at: number;
  /** The number of the current row, from 1. */
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
   * Scans bytes up to `stop`. Returns the position of the comma or bracket that ends the row, or −1.
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

  /** Starts the next row. */
  beginRow(): void {
    this.row += 1;
    this.#values = 0;
  }
}
