import fs from 'node:fs/promises';
import { type Ranks, rangeOfRank } from '../../distributed/ranks.js';
import { openFile } from '../../formats/files.js';
import { pieceOf } from '../column.js';
import type { Source } from '../source.js';
import { type ByteRange, compressionOfFile } from './file_bytes.js';

/** Rows that a rank gets at a time from a source that can't be divided. */
const dealtRows = 1024;

/** Bytes that are searched at a time. */
const pieceSize = 2 ** 20;

const [quote, newline] = Buffer.from('"\n');

/** The name of a rank's rows in messages, which count them from 1. */
export const nameOfPart = (name: string, { rank, size }: Ranks): string =>
  size === 1 ? name : `${name}, part ${rank + 1} of ${size}`;

/**
 * This rank's rows of a source. All ranks call this together with the same source, and each row goes to one rank. A reader
 * that can't divide its file reads all of it, and the ranks take rows in turn.
 */
export const partOf = (source: Source, ranks: Ranks): Promise<Source> | Source =>
  ranks.size === 1 ? source : (source.part?.(ranks) ?? dealt(source, ranks));

/** This rank's rows of a source whose rows go to the ranks in turn. */
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

/** A source that can be divided, also after columns are selected. */
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
 * This rank's lines of a text. All ranks search about the same number of bytes, and cut the file at the next line ends.
 *
 * @param hasQuotes Whether line ends between quotation marks don't count, as in CSV.
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
  // A part without a line end belongs to the line that began before it.
  const cutFrom = (rank: number) => cuts.slice(rank).find((cut) => cut !== null)!;
  const first = cutFrom(ranks.rank);
  return { from: first.at, to: cutFrom(ranks.rank + 1).at, lines: first.lines };
}

/** What was found in some bytes: line ends, and the first one after an even and after an odd number of quotation marks. */
interface Looked {
  quotes: number;
  lines: number;
  /** The first line ends, each with the number of lines so far. */
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
