import type { ReferenceLayer } from './layer';

/** Tensors of several layers, which follow each other: those of each. */
export function dealt(tensors: Float64Array[], layers: ReferenceLayer[]): Float64Array[][] {
  const left = tensors.slice();
  return layers.map((layer) => left.splice(0, layer.tensors.length));
}
