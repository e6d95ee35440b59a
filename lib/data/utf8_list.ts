import { allocated, newArray } from '../errors.js';

const encoder = new TextEncoder();

/** Texts as their bytes in UTF-8, one after another: text i from `offsets[i]` to `offsets[i + 1]`. */
export function utf8List(texts: readonly string[]): { bytes: Uint8Array; offsets: Uint32Array } {
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
