import { quoted } from '../../checks/shown.js';
import type { Ranks } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import type { Source } from '../source.js';

/**
 * A source that refuses whole numbers beyond 2⁵³ in some columns. Rounding would make different identifiers equal.
 *
 * @param names The columns of whole numbers.
 * @param wayOut How to read the column as words, as the end of a sentence.
 */
export function withExactNumbers(source: Source, names: readonly string[], wayOut: (name: string) => string): Source {
  const whole = new Set(names);
  const places = source.fields.flatMap(({ name, type }, i) => (type === 'number' && whole.has(name) ? [i] : []));
  if (places.length === 0) return source;
  const { only, part } = source;
  return {
    ...source,
    ...(only && { only: (chosen: readonly string[]) => withExactNumbers(only(chosen), names, wayOut) }),
    ...(part && { part: async (ranks: Ranks) => withExactNumbers(await part(ranks), names, wayOut) }),
    async *chunks(codes) {
      let rows = 0;
      for await (const chunk of source.chunks(codes)) {
        for (const place of places) {
          const column = chunk.columns[place]!;
          const row = column.type === 'word' ? -1 : firstInexact(column.values);
          const { name } = source.fields[place]!;
          if (row >= 0)
            throw errorWith(
              'ERR_CORRUPT_FILE',
              `${source.name}, row ${rows + row + 1}, column ${quoted(name)}: a whole number beyond 2⁵³, which float64 would round; ${wayOut(name)}`,
            );
        }
        rows += chunk.rows;
        yield chunk;
      }
    },
  };
}

function firstInexact(values: Float64Array): number {
  for (let row = 0; row < values.length; ++row) {
    const magnitude = Math.abs(values[row]!);
    if (magnitude > Number.MAX_SAFE_INTEGER && magnitude < Number.POSITIVE_INFINITY) return row;
  }
  return -1;
}
