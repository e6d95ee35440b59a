import fs from 'node:fs';
import path from 'node:path';
import { addon } from '../../../lib/addon';
import { Dictionary } from '../../../lib/tables/dictionary';
import { loadTableModel } from '../../../lib/tables/index';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { kindOf, type SparseEncoding } from '../../../lib/tables/pipeline/step';
import type { TextOptions } from '../../../lib/tables/pipeline/text';
import { folders } from '../../support/folders';
import { range } from '../../support/numbers';
import fc from '../../support/properties';
import { entriesOf, wordsIn } from '../../support/text_features';

const newFolder = folders();
const encoder = new TextEncoder();

/** The features of texts, with weights of 1. */
function native(columnCount: number, longest = 1, from = 0, to = 0) {
  const features = new addon.TextFeatures(columnCount, longest, from, to);
  const weights = new Float64Array(columnCount).fill(1);
  return (text: string): [number, number][] => {
    const bytes = encoder.encode(text);
    const all = features.encode(weights, undefined, bytes, Uint32Array.of(0, bytes.length), Uint32Array.of(0));
    return Array.from(all.columns, (column, i) => [column, all.values[i]!]);
  };
}

const one = () => 1;

describe('the words of a text', () => {
  const wide = native(2 ** 16);

  test.each([
    ['Red house, red-door', ['red', 'house', 'red', 'door']],
    ['Größe 42', ['größe', '42']],
    ['ΜΕΓΑΣ ΣΊΣΥΦΟΣ', ['μεγας', 'σίσυφος']], // a sigma at the end of a word has a form of its own
    ["ΑΣ'Α ΑΣ'", ['ασ', 'α', 'ας']],
    ['İstanbul', ['i\u0307stanbul']],
    ['cafe\u0301 \u0301a', ['cafe\u0301', 'a']], // a mark belongs to the letter before it
    ['हिन्दी भाषा', ['हिन्दी', 'भाषा']],
    ['क्\u200dया می\u200cخواهم', ['क्\u200dया', 'می\u200cخواهم']],
    ['東京 x²', ['東', '京', 'x²']],
    ['お茶はUSBカード', ['お', '茶', 'は', 'usbカード']],
    ['ไทยดี', ['ไ', 'ท', 'ย', 'ดี']],
    ['か\u3099a', ['か\u3099', 'a']],
    ['don\u2019t', ['don', 't']],
    ['', []],
  ])('%s', (text, words) => {
    expect(wordsIn(text)).toEqual(words);
    expect(wide(text)).toEqual(entriesOf(words.join(' '), { columns: 2 ** 16, ngrams: 1 }, one));
  });

  test('are those of JavaScript for all characters', () => {
    for (let first = 0; first <= 0x10ffff; first += 256) {
      const characters = range(256).map((i) => String.fromCodePoint(first + i));
      const alone = characters.join(' ');
      // A sigma looks behind and before it, past characters of some kinds.
      const aroundSigma = characters.map((c) => `aΣ${c} ${c}Σ a${c}Σ Σ${c}b aΣ${c}b`).join(' ');
      for (const text of [alone, aroundSigma]) {
        const found = wide(text);
        const expected = entriesOf(text, { columns: 2 ** 16, ngrams: 1 }, one);
        if (String(found) !== String(expected)) expect([first, found]).toEqual([first, expected]);
      }
    }
  });

  const pieces = fc.constantFrom(
    'a',
    'B',
    'Σ',
    'σ',
    'İ',
    'ẞ',
    '.',
    "'",
    ' ',
    'ͅ',
    'ʰ',
    'é',
    '京',
    'ใ',
    '\u0301',
    '𐐀',
    '中',
    '\ud800',
    '\u00ad',
    'Ǆ',
    '\u0307',
    '9',
    '<',
  );

  test.each([
    [1, 1000, undefined],
    [3, 1024, undefined],
    [2, 1000, { from: 1, to: 4 }],
    [1, 64, { from: 3, to: 3 }],
  ])(
    'make features like those of the reference: sequences of %i, %i columns, subwords %o',
    (ngrams, count, subwords) => {
      const fast = native(count, ngrams, subwords?.from, subwords?.to);
      fc.assert(
        fc.property(fc.array(pieces, { maxLength: 16 }), (list) => {
          const text = list.join('');
          expect(fast(text)).toEqual(entriesOf(text, { columns: count, ngrams, subwords }, one));
        }),
        { numRuns: 1000 },
      );
    },
  );

  test('end at bytes that are not UTF-8', () => {
    const features = new addon.TextFeatures(2 ** 16, 1, 0, 0);
    const weights = new Float64Array(2 ** 16).fill(1);
    const bytes = Uint8Array.of(97, 0xff, 98, 0xc3, 32, 0xf0, 0x9f, 99, 0xed, 0xa0, 0x80, 100, 0xe2, 0x82);
    const { columns: found } = features.encode(weights, undefined, bytes, Uint32Array.of(0, 14), Uint32Array.of(0));
    expect([...found]).toEqual(entriesOf('a b c d', { columns: 2 ** 16, ngrams: 1 }, one).map(([column]) => column));
  });

  test('of a row have the length that is given', async () => {
    const texts = ['a red house', 'a blue door', 'a red door'];
    const valuesFor = async (options: TextOptions) => {
      const { words } = (await fittedOn(options, texts)).encode(texts.map((x) => ({ x }))) as unknown as Words;
      return texts.map((_, row) => [...words.row(row).values]);
    };
    const ofOne = await valuesFor({ columns: 97 });
    const shorter = await valuesFor({ columns: 97, length: 0.25 });
    expect(shorter).toEqual(ofOne.map((values) => values.map((value) => value / 4)));
    for (const values of shorter) expect(Math.hypot(...values)).toBeCloseTo(0.25, 6);
  });

  test('of a dictionary are read from its own memory', () => {
    const dictionary = new Dictionary();
    const decoded = jest.spyOn(dictionary, 'word');
    const text = 'A red house with a door';
    const codes = Uint32Array.from(['red', text, 'Red'], (word) => dictionary.add(word));
    const step = columns.text({ columns: 97, ngrams: 1, inverseFrequency: false });
    const found = { rows: 1, distances: [], counts: [] };
    const encoding = kindOf(step).encoding(step, found, ['x']) as SparseEncoding;
    const column = { type: 'word', codes, words: dictionary } as const;
    const entries = encoding.entries({ columns: [column], rows: 3, numberOf: (row) => row });
    const list: [number, number][] = [];
    entries(1, (place, value) => list.push([place, value]));
    expect(list).toEqual(entriesOf(text, { columns: 97, ngrams: 1 }, one));
    expect(decoded).not.toHaveBeenCalled();
  });
});

type Words = { words: { row(i: number): { indices: Uint32Array; values: Float32Array } } };

async function fittedOn(options: TextOptions, texts: readonly string[]) {
  return pipeline({ x: columns.text(options) }).fit(await table(texts.map((x, y) => ({ x, y }))), { target: 'y' });
}

describe('columns.text', () => {
  const texts = ['red house', 'a red car', 'a red door', 'the house'];

  test('keeps the most frequent features, of two rows at least, in columns of their own', async () => {
    const fitted = await fittedOn({ columns: 2 ** 20, ngrams: 1, kept: 10 }, texts);
    expect(fitted.inputs).toEqual({ words: { sparse: 3 } }); // red 3, house 2, a 2
    const { words } = fitted.encode([{ x: 'red car' }, { x: 'the car' }, { x: 'a red house' }]) as unknown as Words;
    expect([...words.row(0).values]).toEqual([1]);
    expect([...words.row(1).values]).toEqual([]);
    expect([...words.row(2).indices]).toEqual([0, 1, 2]);
    expect(Math.hypot(...words.row(2).values)).toBeCloseTo(1, 6);
    const fewer = await fittedOn({ columns: 2 ** 20, ngrams: 1, kept: 2 }, texts);
    expect(fewer.inputs).toEqual({ words: { sparse: 1 } }); // house and a are in equally many rows
  });

  test('has subwords as features, which forms of a word share', async () => {
    const shared = async (options: TextOptions) => {
      const { words } = (await fittedOn({ columns: 2 ** 16, ...options }, texts)).encode([
        { x: 'houses' },
        { x: 'house' },
      ]) as unknown as Words;
      const second = new Set(words.row(1).indices);
      return words.row(0).indices.filter((column) => second.has(column)).length;
    };
    expect(await shared({})).toBe(0);
    expect(await shared({ subwords: {} })).toBe(4 + 3 + 2 + 1); // of 3, 4, 5 and 6 characters
  });

  test.each([
    [{ subwords: { from: 0 } }, 'subwords.from'],
    [{ subwords: { from: 5, to: 4 } }, 'subwords: to is 4, but from is 5'],
    [{ subwords: { form: 3 } }, 'Did you mean "from"'],
    [{ kept: 0 }, 'kept'],
  ])('refuses %o', (options, message) => {
    expect(() => columns.text(options as TextOptions)).toThrow(message);
  });

  test('predicts the same bits from files of earlier versions', async () => {
    const golden = JSON.parse(fs.readFileSync(path.join(__dirname, '../../golden/text_model.json'), 'utf8'));
    const file = path.join(newFolder(), 'model.safetensors');
    fs.writeFileSync(file, Buffer.from(golden.model, 'base64'));
    const model = await loadTableModel(file);
    expect(model.predictProbabilities(golden.rows)).toEqual(golden.probabilities);
  });
});
