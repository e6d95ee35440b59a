import { once } from 'node:events';
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

async function toStandardOutput(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
