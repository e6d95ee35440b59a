/**
 * An Arrow stream that contains only a schema. Each field has two children, and both refer to the same grandchildren:
 * each level adds 32 bytes to the stream and doubles the number of fields that it describes.
 */
export function sharedChildren(levels: number): Uint8Array {
  const words: number[] = [];
  const at = (): number => 4 * words.length;
  const link = (place: number, target: number): void => {
    words[place / 4] = target - place;
  };
  /** Appends the sizes and offsets of a kind of table: the offset of each part in the table, 0 for none. */
  const kind = (size: number, ...offsets: number[]): number => {
    const begin = at();
    const numbers = [4 + 2 * offsets.length, size, ...offsets, 0];
    for (let i = 0; i + 1 < numbers.length; i += 2) words.push(numbers[i]! | (numbers[i + 1]! << 16));
    return begin;
  };
  /** Appends a table of a kind, with its words. */
  const table = (of: number, ...content: number[]): number => {
    const begin = at();
    words.push(begin - of, ...content);
    return begin;
  };
  words.push(0);
  const ofMessage = kind(12, 0, 4, 8);
  const ofSchema = kind(8, 0, 4);
  const ofField = kind(16, 0, 0, 4, 8, 0, 12);
  const ofType = kind(4);
  const message = table(ofMessage, 1, 0);
  link(0, message);
  const schema = table(ofSchema, 0);
  link(message + 8, schema);
  link(schema + 4, at());
  words.push(1, 0);
  let waiting = [at() - 4]; // offsets that will point to the next field
  const struct = 13;
  for (let level = 0; level < levels; ++level) {
    const field = table(ofField, struct, 0, 0);
    for (const place of waiting) link(place, field);
    link(field + 8, table(ofType));
    link(field + 12, at());
    words.push(2, 0, 0);
    waiting = [at() - 8, at() - 4];
  }
  const boolean = 6;
  const last = table(ofField, boolean, 0, 0);
  for (const place of waiting) link(place, last);
  link(last + 8, table(ofType));
  link(last + 12, at());
  words.push(0);
  return new Uint8Array(Int32Array.of(-1, at(), ...words).buffer);
}
