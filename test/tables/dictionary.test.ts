import { missingCode } from '../../lib/tables/column';
import { Dictionary } from '../../lib/tables/dictionary';

const utf8 = new TextEncoder();

/** A column in DuckDB's form. Bytes that must not be read are not zero. */
function recordsOf(words: readonly (string | undefined)[]) {
  const records = new Uint8Array(16 * words.length).fill(0xa5);
  const present = new BigUint64Array(Math.ceil(words.length / 64));
  words.forEach((word, row) => {
    if (word === undefined) return;
    const bytes = utf8.encode(word);
    new DataView(records.buffer).setUint32(16 * row, bytes.length, true);
    records.set(bytes.length <= 12 ? bytes : bytes.subarray(0, 4), 16 * row + 4);
    present[row >> 6]! |= 1n << BigInt(row & 63);
  });
  return { records, present, rows: words.length };
}

const cases: { [name: string]: readonly (string | undefined)[] } = {
  'short words': ['b', 'a', 'b', '', 'a', ''],
  'words of 11 to 14 bytes': ['a'.repeat(12), 'a'.repeat(13), 'a'.repeat(11), 'a'.repeat(14), 'a'.repeat(13)],
  'words beyond ASCII': ['Zürich', 'Genève', '東京', '東京都千代田区', '\u{1f600}', '\ufeff', 'Zürich'],
  'words with zeros': ['a\0', 'a', 'a\0\0', '\0', ''],
  'rows without a word': [undefined, 'a', undefined, 'a longer word than twelve', undefined, 'a'],
  'two hundred rows': Array.from({ length: 200 }, (_, i) =>
    i % 5 === 0 ? undefined : `word ${i % 17} of any length`.slice(0, 6 + (i % 13)),
  ),
};

/** Codes in order of first occurrence. */
function codesOf(words: readonly (string | undefined)[]): { codes: number[]; distinct: string[] } {
  const distinct = [...new Set(words.filter((word) => word !== undefined))];
  return { codes: words.map((word) => (word === undefined ? missingCode : distinct.indexOf(word))), distinct };
}

describe.each(Object.entries(cases))('%s', (_, words) => {
  const expected = codesOf(words);

  test('get their codes from records, which ask only for long words', () => {
    const dictionary = new Dictionary();
    const codes = new Uint32Array(words.length);
    const asked: number[] = [];
    const wordAt = (row: number) => {
      asked.push(row);
      return words[row]!;
    };
    dictionary.encodeRecords({ ...recordsOf(words), wordAt }, codes);
    expect([...codes]).toEqual(expected.codes);
    expect(dictionary.words()).toEqual(expected.distinct);
    expect(asked).toEqual([...words.keys()].filter((row) => utf8.encode(words[row] ?? '').length > 12));
  });

  test('get the same codes by their hashes, which ask for each long word once', () => {
    const dictionary = new Dictionary();
    const codes = new Uint32Array(words.length);
    const hashes = Float64Array.from(expected.codes, (code) => 2 ** 52 + code);
    const asked: (string | undefined)[] = [];
    const wordAt = (row: number) => {
      asked.push(words[row]);
      return words[row]!;
    };
    for (let times = 0; times < 2; ++times) {
      dictionary.encodeRecords({ ...recordsOf(words), hashes, wordAt }, codes);
      expect([...codes]).toEqual(expected.codes);
    }
    expect(dictionary.words()).toEqual(expected.distinct);
    expect(asked).toEqual(expected.distinct.filter((word) => utf8.encode(word).length > 12));
  });

  test('get the same codes one by one and from bytes', () => {
    const there = words.filter((word) => word !== undefined);
    const one = new Dictionary();
    expect(there.map((word) => one.add(word))).toEqual(expected.codes.filter((code) => code !== missingCode));
    expect(Array.from({ length: one.size }, (_, code) => one.word(code))).toEqual(expected.distinct);

    const listed = new Dictionary();
    const bytes = utf8.encode(there.join(''));
    const offsets = new Uint32Array(there.length + 1);
    there.forEach((word, i) => {
      offsets[i + 1] = offsets[i]! + utf8.encode(word).length;
    });
    const codes = new Uint32Array(there.length);
    listed.encode(bytes, offsets, codes);
    expect([...codes]).toEqual(expected.codes.filter((code) => code !== missingCode));
    expect(listed.words()).toEqual(expected.distinct);
  });
});

test('no bitmap is needed where every row has a word', () => {
  const dictionary = new Dictionary();
  const codes = new Uint32Array(2);
  const { records, rows } = recordsOf(['a', 'b']);
  dictionary.encodeRecords({ records, present: undefined, rows, wordAt: () => '' }, codes);
  expect([...codes]).toEqual([0, 1]);
});

test('decodes words that were added later, in more than one piece', () => {
  const dictionary = new Dictionary();
  dictionary.add('first');
  expect(dictionary.words()).toEqual(['first']);
  const before = dictionary.bytes;
  for (let i = 0; i < 70_000; ++i) dictionary.add(`word ${i}`);
  expect(dictionary.word(1)).toBe('word 0');
  expect(dictionary.word(70_000)).toBe('word 69999');
  expect(dictionary.words()).toHaveLength(70_001);
  expect(dictionary.size).toBe(70_001);
  expect(dictionary.bytes).toBeGreaterThan(before + 70_000 * 24);
});

test('all lone surrogates count as one word', () => {
  const dictionary = new Dictionary();
  expect(['\ud800', '\udc00', '\ufffd'].map((word) => dictionary.add(word))).toEqual([0, 0, 0]);
  expect(dictionary.words()).toEqual(['\ufffd']);
});
