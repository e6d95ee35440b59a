const unspaced = '(?=[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}])[\\p{L}\\p{N}]';
const mark = '[\\p{M}\\u200c\\u200d]'; // with the zero-width joiners of Indic and Persian words
const run = `(?!${unspaced})[\\p{L}\\p{N}]`;
const tokens = new RegExp(`${unspaced}${mark}*|${run}(?:${run}|${mark})*`, 'gu');

/** A character of a script that is written without spaces, such as Chinese or Thai. */
export const unspacedCharacters = new RegExp(unspaced, 'gu');

/**
 * The words of a text, in lower case: runs of letters and numbers with the marks on them. In scripts that are written without spaces,
 * each character is a word.
 */
export const tokensOf = (text: string): readonly string[] => text.toLowerCase().match(tokens) ?? [];
