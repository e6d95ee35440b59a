import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { decimalOf } from '../../lib/tables/decimal';
import { type LibsvmData, type ReadLibsvmOptions, readLibsvm } from '../../lib/tables/libsvm';
import { folders } from '../support/folders';
import fc from '../support/properties';
import { expectRejection } from '../support/refusals';

const golden = path.join(__dirname, '../golden/numbers');
const newFolder = folders();
const expected: Record<string, { columns: number; rows: number[][]; targets: number[] }> = JSON.parse(
  fs.readFileSync(path.join(golden, 'expected.json'), 'utf8'),
);

const denseOf = ({ inputs }: LibsvmData): number[][] =>
  Array.from({ length: inputs.rows }, (_, row) => {
    const dense = new Array<number>(inputs.columns).fill(0);
    const { indices, values } = inputs.row(row);
    for (const [i, column] of indices.entries()) dense[column] = values[i]!;
    return dense;
  });

const read = (text: string, options?: ReadLibsvmOptions) => readLibsvm(Buffer.from(text), options);

test.each([
  ['one.libsvm', 'false', {}],
  ['one.libsvm', 'auto', { zeroBased: 'auto' }],
  ['one.libsvm', 'true', { zeroBased: true }],
  ['zero.libsvm', 'auto', { zeroBased: 'auto' }],
  ['zero.libsvm', 'true', { zeroBased: true }],
] as const)('reads %s as scikit-learn does with zero_based %s', async (name, word, options) => {
  const { columns, rows, targets } = expected[`${name} ${word}`]!;
  const found = await readLibsvm(path.join(golden, name), options);
  expect(found.inputs.columns).toBe(columns);
  expect(denseOf(found)).toEqual(rows);
  expect(found.targets).toEqual(Float64Array.from(targets));
  expect(rows.flat().filter((x) => x !== 0)).toHaveLength(found.inputs.entries);
});

test('reads gzip, bytes and URLs', async () => {
  const file = path.join(golden, 'one.libsvm');
  const direct = await readLibsvm(file);
  for (const from of [`${file}.gz`, pathToFileURL(file), fs.readFileSync(file)])
    expect(denseOf(await readLibsvm(from))).toEqual(denseOf(direct));
});

test('reads indices in any order, comments, queries, blank lines and other spaces', async () => {
  const text = '# all\n\n+1 qid:7 3:2 1:-.5#c 9:9\r\n   \n-1\t 2:1e-3\t2:1 # 1:7\n  0.5\n2 # 1:1\n1 qid:2';
  const found = await read(text);
  expect(denseOf(found)).toEqual([
    [-0.5, 0, 2],
    [0, Math.fround(1.001), 0],
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect([...found.targets]).toEqual([1, -1, 0.5, 2, 1]);
});

test('can make more columns than the file uses', async () => {
  expect((await read('1 2:1', { columns: 7 })).inputs.columns).toBe(7);
  expect((await read('1 2:1', { columns: 2 })).inputs.columns).toBe(2);
  expect((await read('1 2:1', { columns: 3, zeroBased: true })).inputs.columns).toBe(3);
  expect((await read('1\n2')).inputs.columns).toBe(1);
  expect((await read('1 2147483647:1')).inputs.columns).toBe(2 ** 31 - 1);
});

const value = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -9, max: 9 }),
  fc.constant(1),
);
const rows = fc.array(
  fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.dictionary(fc.nat(40).map(String), value)),
  { minLength: 1 },
);

test('reads back what a plain writer wrote', () =>
  fc.assert(
    fc.asyncProperty(rows, fc.constantFrom(0, 1), fc.constantFrom('\n', '\r\n', ' #x\n'), async (rows, first, end) => {
      const text = rows
        .map(([label, entries]) =>
          [label, ...Object.entries(entries).map(([column, x]) => `${Number(column) + first}:${x}`)].join(' '),
        )
        .join(end);
      const options = { columns: 41, zeroBased: first === 0 };
      const found = await read(text, options);
      expect([...found.targets]).toEqual(rows.map(([label]) => label + 0)); // String(-0) is "0"
      expect(denseOf(found)).toEqual(
        rows.map(([, entries]) => Array.from({ length: 41 }, (_, column) => (entries[column] ?? 0) + 0)),
      );
    }),
  ));

test('reads a file of several pieces, with words across their ends and more entries than a chunk', async () => {
  const lines = Array.from({ length: 300_000 }, (_, i) => `${i} ${(i % 97) + 1}:${i / 8} 200:0.125`);
  const file = path.join(newFolder(), 'many.libsvm');
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  expect(fs.statSync(file).size).toBeGreaterThan(5 * 2 ** 20);
  for (const from of [file, gzipSync(fs.readFileSync(file), { level: 1 })]) {
    const { inputs, targets } = await readLibsvm(from);
    expect([inputs.rows, inputs.columns, inputs.entries]).toEqual([300_000, 200, 600_000]);
    expect(targets.every((label, i) => label === i)).toBe(true);
    for (let i = 0; i < 300_000; i += 997)
      expect(inputs.row(i)).toEqual({
        indices: Uint32Array.of(i % 97, 199),
        values: Float32Array.of(i / 8, 0.125),
      });
  }
  const row = `1 ${Array.from({ length: 400_000 }, (_, i) => `${i + 1}:1`).join(' ')}`; // longer than a chunk
  const { inputs } = await read(row);
  expect([inputs.rows, inputs.entries]).toEqual([1, 400_000]);
});

test('names the line and column of a bad number behind the first piece', async () => {
  const text = `${'1 1:1 2:2\n'.repeat(200_000)}1 1:1 2:x\n`;
  await expectRejection(read(text), 'ERR_CORRUPT_FILE', 'line 200001, column 7: "2:x"');
  await expectRejection(read(`1 ${'2:1 '.repeat(600_000)} oh`), 'ERR_CORRUPT_FILE', 'line 1, column 2400004: "oh"');
});

describe('refuses, in one sentence with line and column:', () => {
  test.each<[string, string, string, ReadLibsvmOptions?]>([
    ['an empty file', '', 'it has no rows'],
    ['only comments', '# a\n#b\n', 'it has no rows'],
    ['a word as a label', '1 1:1\n\nspam 1:1', 'line 3, column 1: "spam" is not a number'],
    ['CSV', 'age,city\n', 'line 1, column 1: "age,city" has several labels'],
    ['several labels', '1 1:1\n 1,2 1:1', 'line 2, column 2: "1,2" has several labels'],
    ['an entry without a value', '1 3', 'line 1, column 3: "3" is not index:value'],
    ['an empty value', '1 3:', 'line 1, column 3: "3:" has a value that is not a number'],
    ['two values', '1 3:4:5', '"3:4:5" has a value that is not a number'],
    ['hexadecimal', '1 3:0x10', '"3:0x10" has a value that is not a number'],
    ['a name as an index', '1 1:1 age:3', 'line 1, column 7: "age:3" is not index:value'],
    ['a negative index', '1 -1:1', '"-1:1" is not index:value'],
    ['a query after entries', '1 1:1 qid:3', '"qid:3" is not index:value'],
    ['a query that is not a number', '1 qid:x', '"qid:x" is not index:value'],
    ['an index beyond all, from 0', '1 2147483647:1', 'beyond 2147483647 columns', { zeroBased: true }],
    ['an index 0', '1 1:1\n1 0:1', 'line 2, column 3: the index is 0'],
    ['an index beyond all', '1 2147483648:1', 'beyond 2147483647'],
    ['an index of many digits', `1 ${'9'.repeat(400)}:1`, 'beyond 2147483647'],
    [
      'an index beyond columns',
      '1 1:1\n1 9:1 2:2',
      'line 2, column 3: the index 9 is beyond 8 columns',
      { columns: 8 },
    ],
    ['a word of a megabyte', `1 ${'7'.repeat(2 ** 20 + 9)}`, 'is not a number'],
    ['a line of zeros', '\0'.repeat(50), 'is not a number'],
    ['UTF-16', Buffer.from('1 1:1', 'utf16le').toString('latin1'), 'is no'],
  ])('%s', async (_, text, part, ...options) => {
    await expectRejection(read(text, ...options), 'ERR_CORRUPT_FILE', "can't read the bytes as a libsvm file: ", part);
  });

  test.each([
    ['nan 1:1', 'line 1, column 1: the label is NaN'],
    ['1\n-inf', 'line 2, column 1: the label is -Infinity'],
    ['1 4:NaN', 'line 1, column 3: the value of 4 is NaN'],
    ['1 4:1e39', 'line 1, column 3: the value of 4, 1e+39, is beyond the largest float32'],
  ])('%s', (text, part) => expectRejection(read(text), 'ERR_NON_FINITE', part));

  test('a file by its name', async () => {
    const file = path.join(golden, 'b1.npy');
    await expectRejection(readLibsvm(file), 'ERR_CORRUPT_FILE', file, 'line 1, column 1');
    const zipped = fs.readFileSync(path.join(golden, 'one.libsvm.gz'));
    await expectRejection(readLibsvm(zipped.subarray(0, -12)), 'ERR_CORRUPT_FILE', 'it is cut off');
  });

  test('refuses wrong options', async () => {
    await expectRejection(read('1 1:1', { zerobased: true } as never), 'ERR_INVALID_ARGUMENT', '"zeroBased"');
    await expectRejection(read('1 1:1', { zeroBased: 'yes' as never }), 'ERR_INVALID_ARGUMENT', 'zeroBased');
    await expectRejection(read('1 1:1', { columns: 0 }), 'ERR_OUT_OF_RANGE', 'columns');
  });
});

describe('decimal numbers', () => {
  const parse = (text: string) => decimalOf(Buffer.from(`x${text}y`), 1, 1 + text.length);

  test('are rounded as JavaScript rounds them', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
          fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(20)).map(([x, dot]) => {
            const digits = String(x);
            return `${digits.slice(0, -dot || undefined)}.${dot === 0 ? '' : digits.slice(-dot)}`;
          }),
          fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => x.toFixed(7)),
        ),
        (text) => {
          fc.pre(!/^-?\.$/.test(text) && !text.includes('--') && !/\.-/.test(text));
          expect(parse(text)).toBe(Number(text));
        },
      ),
      { numRuns: 1000 },
    ));

  test.each(['9007199254740993', '9007199254740992', '90071992547409.93', '0.1', '-0', '1e400', '+.5', '5.', '1E5'])(
    '%s',
    (text) => {
      expect(parse(text)).toBe(Number(text));
    },
  );

  test.each(['', '.', '-', '+-1', '1.2.3', '1e', '1 2', '0x1', '1_000', 'Infinit', 'e5', '١'])(
    '%p is no number',
    (text) => {
      expect(parse(text)).toBeUndefined();
    },
  );

  test.each([
    ['NaN', Number.NaN],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
  ])('%s is accepted', (text, expected) => expect(parse(text)).toBe(expected));
});
