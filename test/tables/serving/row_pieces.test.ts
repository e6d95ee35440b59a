import { RowPieces } from '../../../lib/tables/serving/row_pieces';
import fc from '../../support/properties';

const limits = { rows: 1e6, pieceRows: 3 };

/** All rows, and the maximum number of rows per piece. */
function read(text: string, given = limits) {
  const pieces = new RowPieces(Buffer.from(text), given);
  const rows: unknown[] = [];
  let most = 0;
  while (!pieces.isAtEnd) {
    const piece = pieces.next();
    most = Math.max(most, piece.length);
    rows.push(...piece);
  }
  expect(pieces.rows).toBe(rows.length);
  return { rows, most, isList: pieces.isList };
}

test('reads what JSON.parse reads, a few rows at a time', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.jsonValue()), fc.integer({ min: 0, max: 4 }), (one, many, spaces) => {
      const list = read(` ${JSON.stringify(many, undefined, spaces)}\n`);
      expect(list.rows).toEqual(JSON.parse(JSON.stringify(many)));
      expect([list.isList, list.most <= 3]).toEqual([true, true]);
      if (Array.isArray(one)) return;
      expect(read(JSON.stringify(one, undefined, spaces))).toMatchObject({
        rows: [JSON.parse(JSON.stringify(one))],
        isList: false,
      });
    }),
  );
});

test('refuses what JSON.parse refuses', () => {
  const characters = fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', ':', '1', ' ', 'a');
  fc.assert(
    fc.property(fc.array(characters, { maxLength: 12 }), (parts) => {
      for (const text of [parts.join(''), `[${parts.join('')}]`, `[{},{},{},${parts.join('')}`]) {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(() => read(text)).toThrow('the body is not JSON');
          continue;
        }
        expect(read(text).rows).toEqual(Array.isArray(expected) ? expected : [expected]);
      }
    }),
    { numRuns: 2000 },
  );
});

test('counts rows before they are read', () => {
  const value = fc.oneof(fc.jsonValue(), fc.string({ minLength: 30_000, maxLength: 70_000 }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 20 }), (rows, most) => {
      const pieces = new RowPieces(Buffer.from(JSON.stringify(rows)), { rows: most, pieceRows: 3 });
      const count = () => {
        while (pieces.count() === 'more') expect(pieces.rows).toBe(0);
      };
      if (rows.length > most) expect(count).toThrow(`the body has more than ${most} rows`);
      else expect(count).not.toThrow();
    }),
    { numRuns: 50 },
  );
});

test('reads long texts and long rows in slices', () => {
  const row = { a: 'x\\"'.repeat(30_000), b: 'é€😀'.repeat(9000), c: 1 };
  const text = JSON.stringify([row, {}, row]);
  expect(read(text).rows).toEqual([row, {}, row]);
  expect(read(JSON.stringify(row)).rows).toEqual([row]);
  const pieces = new RowPieces(Buffer.from(text), limits);
  expect(pieces.next()).toEqual([]); // the end of the first row has not been found yet
});

test.each([
  ['[{},{},{},]', 'near row 4'],
  ['[{},{},{}', 'it ends near row 3'],
  ['[{},{}}]', 'near row 2: a brace too many'],
  ['[{}] 1', 'something follows the array'],
  ['{},{}', 'the body is not JSON: Unexpected non-whitespace character after JSON'],
  ['{} x', 'the body is not JSON: Unexpected non-whitespace character after JSON'],
  ['', 'the body is not JSON: Unexpected end of JSON input'],
  [`1,${'[{}],'.repeat(5000)}2`, 'something follows the row'],
])('names the place where %s is not JSON', (text, message) => {
  expect(() => read(text)).toThrow(message);
});

test('refuses too many rows, and rows with too many values, before parsing them', () => {
  expect(() => read('[{},{},{}]', { rows: 2, pieceRows: 1 })).toThrow('more than 2 rows: send fewer at once');
  for (const text of [
    `[{},{"a":[${'{},'.repeat(20_000)}{}]}]`,
    `${'['.repeat(20_000)}`,
    `{"a":${'{"a":'.repeat(20_000)}`,
  ]) {
    const parse = jest.spyOn(JSON, 'parse');
    expect(() => read(text)).toThrow('has more than 16384 values');
    expect(parse).not.toHaveBeenCalledWith(expect.stringContaining('{},{},{},{}'));
    parse.mockRestore();
  }
});
