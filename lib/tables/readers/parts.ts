import fs from 'node:fs/promises';
import { type Ranks, rangeOfRank } from '../../distributed/ranks.js';
import { openFile } from '../../formats/files.js';
import { pieceOf } from '../column.js';
import type { Source } from '../source.js';
import { type ByteRange, compressionOfFile } from './file_bytes.js';

/** Rows of what can't be cut, which are given to ranks in turn. */
const dealtRows = 1024;

/** Bytes that are looked through at a time. */
const pieceSize = 2 ** 20;

const [quote, newline] = Buffer.from('"\n');

/** What messages call the rows of a rank, which are counted from 1. */
export const nameOfPart = (name: string, { rank, size }: Ranks): string =>
  size === 1 ? name : `${name}, part ${rank + 1} of ${size}`;

/**
 * The rows of a source that this rank is to have. All ranks call this together, with the same source: each row is one
 * rank's. A reader that can't cut its file reads all of it, and rows are dealt out.
 */
export const partOf = (source: Source, ranks: Ranks): Promise<Source> | Source =>
  ranks.size === 1 ? source : (source.part?.(ranks) ?? dealt(source, ranks));

/** The rows of a source that ranks get in turn. */
export function dealt(source: Source, ranks: Ranks): Source {
  const { fields } = source;
  return {
    name: nameOfPart(source.name, ranks),
    fields,
    rowOf: (row) => (Math.floor(row / dealtRows) * ranks.size + ranks.rank) * dealtRows + (row % dealtRows),
    async *chunks(codes) {
      let before = 0;
      for await (const { rows, columns } of source.chunks(codes)) {
        const end = before + rows;
        for (let at = before; at < end; ) {
          const block = Math.floor(at / dealtRows);
          const to = Math.min((block + 1) * dealtRows, end);
          if (block % ranks.size === ranks.rank)
            yield { rows: to - at, columns: columns.map((column) => pieceOf(column, at - before, to - before)) };
          at = to;
        }
        before = end;
      }
    },
  };
}

/** A source that can be cut, with some of its columns alone as well. */
export function withPart(source: Source, part: (ranks: Ranks) => Promise<Source>): Source {
  const { only } = source;
  return {
    ...source,
    part,
    ...(only && { only: (names) => withPart(only(names), async (ranks) => withColumns(await part(ranks), names)) }),
  };
}

function withColumns(source: Source, names: readonly string[]): Source {
  const places = names.map((name) => source.fields.findIndex((field) => field.name === name));
  return {
    ...source,
    fields: places.map((place) => source.fields[place]!),
    async *chunks(codes) {
      for await (const { rows, columns } of source.chunks(codes))
        yield { rows, columns: places.map((place) => columns[place]!) };
    },
  };
}

/**
 * The lines of a text that this rank is to read. Ranks look through as many bytes each, and cut the file at the next ends
 * of lines.
 *
 * @param hasQuotes Whether ends of lines between quotation marks are none, as in CSV, where each mark of a pair counts.
 * @returns Undefined for a compressed file, which can't be cut.
 */
export async function linesOfRank(path: string, ranks: Ranks, hasQuotes: boolean): Promise<ByteRange | undefined> {
  if ((await compressionOfFile(path)) !== undefined) return undefined;
  const { size } = await fs.stat(path);
  const { begin, end } = rangeOfRank(size, ranks);
  const all = await ranks.gather(await lookThrough(path, begin, end, hasQuotes));
  let [isQuoted, lines] = [false, 0];
  const cuts = all.map(({ quotes, lines: within, ends }, rank) => {
    const end = ends[isQuoted ? 1 : 0];
    const cut = rank === 0 ? { at: 0, lines: 0 } : end && { at: end.at, lines: lines + end.lines };
    isQuoted = isQuoted !== (quotes % 2 === 1);
    lines += within;
    return cut;
  });
  cuts.push({ at: size, lines });
  // Bytes without an end of a line belong to the line that has begun before.
  const cutFrom = (rank: number) => cuts.slice(rank).find((cut) => cut !== null)!;
  const first = cutFrom(ranks.rank);
  return { from: first.at, to: cutFrom(ranks.rank + 1).at, lines: first.lines };
}

/** What is found in some bytes: ends of lines, and the first one behind an even number of quotation marks and an odd one. */
interface Looked {
  quotes: number;
  lines: number;
  /** Where the line has ended, and how many lines have. */
  ends: [even: End | null, odd: End | null];
}

interface End {
  readonly at: number;
  readonly lines: number;
}

async function lookThrough(path: string, from: number, to: number, hasQuotes: boolean): Promise<Looked> {
  const looked: Looked = { quotes: 0, lines: 0, ends: [null, null] };
  const file = await openFile(path);
  try {
    for (let begin = from; begin < to; begin += pieceSize) {
      const piece = Buffer.alloc(Math.min(pieceSize, to - begin));
      await file.read(begin, piece);
      let mark = hasQuotes ? piece.indexOf(quote!) : -1;
      for (let at = piece.indexOf(newline!); at >= 0; at = piece.indexOf(newline!, at + 1)) {
        for (; mark >= 0 && mark < at; mark = piece.indexOf(quote!, mark + 1)) looked.quotes += 1;
        looked.lines += 1;
        looked.ends[looked.quotes % 2] ??= { at: begin + at + 1, lines: looked.lines };
      }
      for (; mark >= 0; mark = piece.indexOf(quote!, mark + 1)) looked.quotes += 1;
    }
  } finally {
    await file.close();
  }
  return looked;
}
