import type { ReferenceLayer } from './layer';

/** Splits the concatenated tensors of several layers into those of each. */
export function dealt(tensors: Float64Array[], layers: ReferenceLayer[]): Float64Array[][] {
  const left = tensors.slice();
  return layers.map((layer) => left.splice(0, layer.tensors.length));
}
