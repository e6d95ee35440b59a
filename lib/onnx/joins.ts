import type { NativeNode } from '../addon/index.js';
import type { Join } from '../layers/parallel.js';
import type { GraphBuilder } from './graph_builder.js';

/** Adds the nodes that join tensors of one layout, whose channels are on `axis`; returns the name of the result. */
export function joined(
  builder: GraphBuilder,
  { join, name }: NativeNode,
  terms: readonly string[],
  axis: number,
): string {
  const product = (a: string, b: string) => {
    const products = builder.node('Mul', [a, b], `${name}.products`);
    return builder.node('ReduceSum', [products, builder.integers([axis])], `${name}.product`, { keepdims: 1 });
  };
  const norm = (a: string) => {
    const length = builder.node('Sqrt', [product(a, a)], `${name}.length`);
    return builder.node('Max', [length, builder.constant(1e-8)], `${name}.norm`); // the ε of a cosine
  };
  const [a, b] = terms as [string, string];
  switch (join as Join) {
    case 'concatenate':
      return builder.node('Concat', terms, name, { axis });
    case 'sum':
      return builder.node('Sum', terms, name);
    case 'dot':
      return product(a, b);
    case 'cosine': {
      const norms = builder.node('Mul', [norm(a), norm(b)], `${name}.norms`);
      return builder.node('Div', [product(a, b), norms], name);
    }
  }
}
