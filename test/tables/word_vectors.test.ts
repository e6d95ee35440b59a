import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readVectors } from '../../lib/tables/word_vectors';
import { folders } from '../support/folders';
import { range } from '../support/numbers';
import { expectRejection } from '../support/refusals';

const newFolder = folders();

/** A new file with a text. */
function fileWith(text: string | Uint8Array, name = 'words.vec'): string {
  const file = path.join(newFolder(), name);
  fs.writeFileSync(file, text);
  return file;
}

const fastText = '3 2\ngreat 0.5 -1.5 \nParis 1e-3 2 \nparis 3 4 \n';

describe('readVectors', () => {
  test('reads a file of fastText, whose first line has the numbers of rows and columns', async () => {
    const vectors = await readVectors(fileWith(fastText));
    expect([vectors.width, vectors.words]).toEqual([2, ['great', 'Paris', 'paris']]);
    expect([...vectors.vector('great')!]).toEqual([0.5, -1.5]);
    expect([...vectors.vector('Paris')!]).toEqual([Math.fround(1e-3), 2]);
    expect(vectors.vector('awful')).toBeUndefined();
    expect([vectors.has('great'), vectors.has('awful')]).toEqual([true, false]);
  });

  test('reads a file of GloVe, which has no such line, with any ends of lines', async () => {
    const expected = [...(await readVectors(fileWith(fastText))).vector('paris')!];
    for (const text of [
      'great 0.5 -1.5\nparis 3 4',
      'great 0.5 -1.5\r\n\r\nparis 3 4\r\n',
      'great\t0.5\t-1.5\nparis  3  4\n',
    ])
      expect([...(await readVectors(fileWith(text))).vector('paris')!]).toEqual(expected);
  });

  test('reads gzip, and a URL', async () => {
    const file = pathToFileURL(fileWith(gzipSync(fastText), 'words.vec.gz'));
    expect((await readVectors(file)).words).toEqual(['great', 'Paris', 'paris']);
  });

  test('reads lines that are divided among pieces of a file', async () => {
    const words = range(40_000).map((i) => `word${i} ${i} ${-i} 0.25`); // more than a megabyte
    const vectors = await readVectors(fileWith(words.join('\n')), { words: ['word39999', 'word20000'] });
    expect(vectors.words).toEqual(['word20000', 'word39999']);
    expect([...vectors.vector('word39999')!]).toEqual([39_999, -39_999, 0.25]);
  });

  test('keeps the requested words only, and the first ones if they are requested', async () => {
    const file = fileWith('the 1\nof 2\ngreat 3\nbad 4\n');
    expect((await readVectors(file, { words: ['bad', 'none'] })).words).toEqual(['bad']);
    const more = await readVectors(file, { words: new Set(['bad', 'the']), first: 2 });
    expect([more.words, more.frequent]).toEqual([
      ['the', 'of', 'bad'],
      ['the', 'of'],
    ]);
  });

  test('finds a word in lower case if the file has no such word itself', async () => {
    const words = ['paris', 'rome'];
    const both = await readVectors(fileWith('Paris 1\nRome 2\nROME 3\nparis 4\nparis 5\n'), { words });
    expect(words.map((word) => both.vector(word)![0])).toEqual([4, 2]);
    const exact = await readVectors(fileWith('paris 4\nParis 1\n'), { words: ['Paris', 'rome'] });
    expect(exact.words).toEqual(['Paris']);
  });

  test('takes what precedes the values as the word, which has spaces in some files of GloVe', async () => {
    const vectors = await readVectors(fileWith('great 0.5 1\n. . . 2 3\nat a@b.com 4 5\n'));
    expect(vectors.words).toEqual(['great', '. . .', 'at a@b.com']);
    expect([...vectors.vector('. . .')!]).toEqual([2, 3]);
  });

  test.each([
    ['few values', 'great 1 2 3\nbad 1 2\n', 'line 2: it has 2 values, but by the first line it should have 3'],
    [
      'many values',
      '2 3\ngreat 1 2 3\nbad 1 2 3 4\n',
      'line 3: it has 4 values, but by the first line it should have 3',
    ],
    ['a value that is no number', 'great 1 2 3\nbad 1 x 3\n', 'line 2: value 2 of "bad" is not a finite number'],
    ['an infinite value', 'great 1 2 1e39\n', 'line 1: value 3 of "great" is not a finite number'],
    ['no values', 'great\nbad\n', 'line 1: it is not a word and its values'],
    ['bytes', 'ab\0\u0001\u0002 3 4\n', 'line 1: it is not a word and its values'],
    ['a header alone', '3 2\n', 'has no vectors of words'],
  ])('refuses a file with %s', async (_, text, message) => {
    const file = fileWith(text);
    await expectRejection(readVectors(file), 'ERR_CORRUPT_FILE', message);
  });

  test('checks its arguments', async () => {
    const file = fileWith(fastText);
    await expectRejection(readVectors(3 as never), 'ERR_INVALID_ARGUMENT', 'file');
    await expectRejection(readVectors(file, { first: 2 }), 'ERR_INVALID_ARGUMENT', 'first needs words');
    await expectRejection(readVectors(file, { words: 3 as never }), 'ERR_INVALID_ARGUMENT', 'words');
    await expectRejection(readVectors(file, { words: [3 as never] }), 'ERR_INVALID_ARGUMENT', 'words[0]');
    await expectRejection(readVectors(file, { words: [], first: 0.5 }), 'ERR_OUT_OF_RANGE', 'first');
    await expectRejection(readVectors(path.join(newFolder(), 'none')), 'ERR_FILE', 'none');
  });
});
