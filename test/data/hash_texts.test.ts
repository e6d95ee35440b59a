import { hashTexts } from '../../lib/data/hash_texts';
import { linear } from '../../lib/training/linear';
import { expectErrorOf } from '../support/refusals';
import { entriesOf } from '../support/text_features';

const rowOf = (text: string, options: Parameters<typeof hashTexts>[1]) => {
  const { indices, values } = hashTexts([text], options).row(0);
  return Array.from(indices, (column, i) => [column, values[i]!]);
};

describe('hashTexts', () => {
  test.each([
    [{ columns: 97 }, { columns: 97, ngrams: 1 }],
    [
      { columns: 2 ** 18, ngrams: 3 },
      { columns: 2 ** 18, ngrams: 3 },
    ],
    [{ subwords: { from: 2, to: 4 } }, { columns: 2 ** 20, ngrams: 1, subwords: { from: 2, to: 4 } }],
  ])('hashes words, sequences and subwords to rows of length 1: %o', (options, shape) => {
    const text = 'Der Fluß, der FLUSS und das Meer';
    const expected = entriesOf(text, shape, () => 1).map(([column, value]) => [column, Math.fround(value)]);
    expect(rowOf(text, options)).toEqual(expected.sort((a, b) => a[0]! - b[0]!));
  });

  test('takes any iterable, in parts of some thousand texts', () => {
    const texts = Array.from({ length: 9000 }, (_, i) => `word${i} and word${i + 1}`);
    const all = hashTexts(new Set(texts), { columns: 1000 });
    expect(all.rows).toBe(9000);
    for (const row of [0, 4095, 4096, 8999])
      expect(all.row(row)).toEqual(hashTexts([texts[row]!], { columns: 1000 }).row(0));
  });

  test.each(['é', 'ß', '𝒳', '\ud800'])('one text with %j changes nothing in the others of its list', (other) => {
    const texts = ['Red house', `the ${other} door`, 'is red', ''];
    const all = hashTexts(texts, { columns: 1000 });
    for (const [row, text] of texts.entries())
      expect(all.row(row)).toEqual(hashTexts([text], { columns: 1000 }).row(0));
  });

  test.each([1, 31, 32, 33, 5000])('a text of %i words twice has all of them, by ascending column', (count) => {
    const words = Array.from({ length: count }, (_, i) => `word${(i * 7919) % count}`);
    const shape = { columns: 2 ** 20, ngrams: 1 };
    const text = [...words, ...words].join(' ');
    const expected = entriesOf(text, shape, () => 1).map(([column, value]) => [column, Math.fround(value)]);
    expect(rowOf(text, shape)).toEqual(expected.sort((a, b) => a[0]! - b[0]!));
  });

  test('a text without words is a row of zeros, and a model reads it', () => {
    const inputs = hashTexts(['…', 'a b']);
    expect(inputs.row(0).indices).toHaveLength(0);
    expect([...linear({ inputs: { sparse: inputs.columns }, outputs: 1 }).predict(inputs)]).toEqual([0, 0]);
  });

  test.each([
    ['texts[1]', () => hashTexts(['a', 3 as unknown as string])],
    ['texts', () => hashTexts('a text')],
    ['ngrams', () => hashTexts(['a'], { ngrams: 1.5 as number })],
  ])('refuses what is no list of strings: %s', (name, call) => {
    let error: unknown;
    try {
      call();
    } catch (thrown) {
      error = thrown;
    }
    expect((error as { code: string }).code).toMatch(/^ERR_/);
    expect((error as Error).message).toContain(name);
  });

  test('refuses no texts', () => {
    try {
      hashTexts([]);
    } catch (error) {
      return expectErrorOf(error, 'ERR_SHAPE', 'texts');
    }
    throw new Error('nothing was thrown');
  });
});
