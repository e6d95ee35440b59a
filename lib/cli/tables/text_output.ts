import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import type { Ranks } from '../../distributed/ranks.js';
import { checkPath, writeAtomically, writePiece } from '../../formats/files.js';

/** Writes the next text of an output; resolves when the output accepts more. */
export type Write = (text: string) => Promise<void>;

/**
 * Writes an output text by text: to a file, completely or not at all, or to the standard output at the speed of its
 * reader.
 */
export async function withOutput(file: string | undefined, work: (write: Write) => Promise<void>): Promise<void> {
  if (file === undefined) return work(toStandardOutput);
  await writeAtomically(checkPath('--out', file), async (handle) => {
    let position = 0;
    await work(async (text) => {
      const bytes = Buffer.from(text);
      await writePiece(handle, bytes, position);
      position += bytes.length;
    });
  });
}

/** The file for a rank's part of an output. */
export const partFile = (file: string, rank: number): string => `${file}.glissade-part-${rank}`;

/**
 * Writes an output whose parts are on different ranks, in the order of ranks. Each rank writes a file beside `file`, and the
 * first rank joins them. All ranks must share the folder.
 */
export async function withSharedOutput(
  file: string,
  ranks: Ranks,
  work: (write: Write) => Promise<void>,
): Promise<void> {
  try {
    await withOutput(partFile(file, ranks.rank), work);
    await ranks.barrier();
    if (ranks.rank === 0)
      await writeAtomically(checkPath('--out', file), async (handle) => {
        let position = 0;
        for (let rank = 0; rank < ranks.size; ++rank)
          for await (const piece of createReadStream(partFile(file, rank))) {
            await writePiece(handle, piece, position);
            position += piece.length;
          }
      });
    await ranks.barrier();
  } finally {
    await fs.rm(partFile(file, ranks.rank), { force: true });
  }
}

async function toStandardOutput(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
