import { setImmediate } from 'node:timers/promises';
import type { RowObject } from '../readers/rows.js';

/** Rows that are worked on without a pause, so that other requests wait for a millisecond at most. */
const pieceRows = 256;

/**
 * Does work on rows, some at a time, with a turn of the event loop for others in between.
 *
 * @param work Gets rows and the number of the first, from 1 on.
 */
export async function inPieces(
  rows: readonly RowObject[],
  work: (piece: readonly RowObject[], first: number) => void | Promise<void>,
): Promise<void> {
  for (let begin = 0; begin < rows.length; begin += pieceRows) {
    if (begin > 0) await setImmediate();
    await work(rows.slice(begin, begin + pieceRows), begin + 1);
  }
}
