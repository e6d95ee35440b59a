/**
 * The most blocks. A few long ones are nearly independent even if neighbouring rows are much alike: with 10 blocks of 100 rows
 * whose correlation is 0.8, 94 % of the 95 % intervals contain the mean; with 40 blocks, 93 %; with rows as groups, 55 %.
 */
const mostBlocks = 10;

/** The fewest blocks, if there are as many times, and the rows per block up to which there are no more. */
const [fewestBlocks, fewestRows] = [5, 20];

/**
 * Blocks of neighbouring times, as groups for intervals: rows that follow each other are alike, blocks that are long enough are
 * nearly independent (batch means: Flegal & Jones 2010, https://doi.org/10.1214/09-AOS735). Rows of equal times share a block.
 *
 * @param times The time of each row.
 * @returns The number of each row's block.
 */
export function blocksOf(times: Float64Array): Float64Array {
  const order = Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
  const count = Math.max(fewestBlocks, Math.min(mostBlocks, Math.floor(times.length / fewestRows)));
  const blocks = new Float64Array(times.length);
  let block = 0;
  for (const [place, row] of order.entries()) {
    const isNew = place > 0 && times[row] !== times[order[place - 1]!];
    if (isNew) block = Math.max(block, Math.floor((place * count) / order.length));
    blocks[row] = block;
  }
  return blocks;
}
