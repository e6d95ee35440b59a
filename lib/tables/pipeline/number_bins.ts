/** Writes an input for each bin between ascending edges: 0 below the bin, linear within it, 1 above it. */
export function writeBins(x: number, edges: readonly number[], out: Float32Array, at: number): void {
  for (let bin = 0; bin + 1 < edges.length; ++bin) {
    const [begin, end] = [edges[bin]!, edges[bin + 1]!];
    out[at + bin] = x <= begin ? 0 : x >= end ? 1 : (x - begin) / (end - begin);
  }
}
