import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import type { Ranks } from '../../distributed/ranks.js';
import { checkPath, writeAtomically, writePiece } from '../../formats/files.js';

/** Takes the next text of an output, and resolves when more may come. */
export type Write = (text: string) => Promise<void>;

/**
 * Writes an output text by text: to a file, which is written as a whole or not at all, or to the standard output, at the
 * speed of its reader.
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

/** The file of a rank's part of an output. */
export const partFile = (file: string, rank: number): string => `${file}.glissade-part-${rank}`;

/**
 * Writes an output of which each rank has a part, in the order of ranks: each writes its own file beside `file`, and the
 * first one joins them. The folder must be one that all have.
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
