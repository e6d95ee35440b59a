/**
 * @typedef {object} Change  a mistake: the text from `start` to `end` becomes `text`
 * @property {number} start
 * @property {number} end
 * @property {string} text
 */

/** The text of a file with the mistake in it. */
export const changed = (source, { start, end, text }) => source.slice(0, start) + text + source.slice(end);

/** Number of the line where the mistake begins. */
export const lineOf = (source, { start }) => source.slice(0, start).split('\n').length;

/** The first line that differs, before and after. Spaces at both ends are removed. */
export function linesOf(source, change) {
  const [before, after] = [source, changed(source, change)].map((text) => text.split('\n'));
  const i = before.findIndex((line, j) => line !== after[j]);
  return { before: before[i]?.trim() ?? '', after: after[i]?.trim() ?? '' };
}
