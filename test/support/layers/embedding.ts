import type { EmbeddingDescription } from './descriptions';
import { type ReferenceLayer, tensor } from './layer';
import { cardinalitiesOf, type Shape } from './shape';

/** The category of each column selects a row of the column's table. Outputs are the concatenated rows. */
export function embedding({ dimensions }: EmbeddingDescription, shape: Shape, path: string): ReferenceLayer {
  const cardinalities = cardinalitiesOf(shape);
  const columns = cardinalities.length;
  const widths = cardinalities.map((_, j) => (typeof dimensions === 'number' ? dimensions : dimensions[j]!));
  const outputs = widths.reduce((sum, width) => sum + width, 0);

  /** Calls `visit` with the index of each output, of its table and of its element in the table. */
  function eachOutput(x: Float64Array, visit: (output: number, table: number, element: number) => void): void {
    let output = 0;
    for (let r = 0; r < x.length / columns; ++r)
      widths.forEach((width, j) => {
        for (let i = 0; i < width; ++i) visit(output++, j, x[r * columns + j]! * width + i);
      });
  }

  return {
    outputs,
    tensors: cardinalities.map((cardinality, j) => tensor(`${path}.tables.${j}`, cardinality, widths[j]!)),
    forward(x, tables) {
      const y = new Float64Array((x.length / columns) * outputs);
      eachOutput(x, (output, table, element) => {
        y[output] = tables[table]![element]!;
      });
      return {
        outputs: y,
        backward(upstream, gradients) {
          eachOutput(x, (output, table, element) => {
            gradients[table]![element]! += upstream[output]!;
          });
          return new Float64Array(x.length); // categories have no gradient
        },
      };
    },
  };
}
