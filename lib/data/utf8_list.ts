import { allocated, newArray } from '../errors.js';

const encoder = new TextEncoder();

/** Longer texts are not joined: V8's strings have 2²⁹ units at most. */
const longestJoined = 2 ** 26;

/** Texts as their bytes in UTF-8, one after another: text i from `offsets[i]` to `offsets[i + 1]`. */
export function utf8List(texts: readonly string[]): { bytes: Uint8Array; offsets: Uint32Array } {
  const ascii = asciiList(texts);
  if (ascii) return ascii;
  const most = texts.reduce((sum, text) => sum + 3 * text.length, 0); // a unit of UTF-16 takes up to three bytes
  const bytes = allocated(most, () => new Uint8Array(most));
  const offsets = newArray(Uint32Array, texts.length + 1);
  let at = 0;
  texts.forEach((text, i) => {
    at += encoder.encodeInto(text, bytes.subarray(at)).written;
    offsets[i + 1] = at;
  });
  return { bytes, offsets };
}

/** The same for texts in ASCII, all encoded in one call; undefined if another character is among them. */
function asciiList(texts: readonly string[]): { bytes: Uint8Array; offsets: Uint32Array } | undefined {
  const offsets = newArray(Uint32Array, texts.length + 1);
  let length = 0;
  for (let i = 0; i < texts.length; ++i) {
    length += texts[i]!.length;
    if (length > longestJoined) return undefined;
    offsets[i + 1] = length;
  }
  const bytes = allocated(length, () => new Uint8Array(length));
  const { read } = encoder.encodeInto(texts.join(''), bytes); // other characters take more bytes, so they don't fit
  return read === length ? { bytes, offsets } : undefined;
}
