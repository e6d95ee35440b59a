import type { GraphBuilder } from '../onnx/graph_builder.js';

/** The position of a number in each bin, from 0 to 1. */
export function binsOf(builder: GraphBuilder, name: string, known: string, edges: readonly number[]): string {
  const begins = edges.slice(0, -1);
  const row = (what: string, values: readonly number[]) =>
    builder.floats(`${name}.${what}`, [1, begins.length], Float32Array.from(values));
  const factors = begins.map((begin, i) => 1 / (edges[i + 1]! - begin));
  const beyond = builder.node('Sub', [known, row('begins', begins)], `${name}.beyond`);
  const shares = builder.node('Mul', [beyond, row('factors', factors)], `${name}.shares`);
  return builder.node('Clip', [shares, builder.constant(0), builder.constant(1)], `${name}.bins`);
}
