import { refuseExternalData } from './constants.js';
import { corrupt, decodeModel } from './messages.js';
import type { OnnxGraph, OnnxModel } from './schema.js';

/** A file with a graph, whose numbers are all in it. */
export interface WholeModel extends OnnxModel {
  readonly graph: OnnxGraph;
}

/** @throws GlissadeError `ERR_CORRUPT_FILE`; TypeError `ERR_INVALID_ARGUMENT` for numbers in another file. */
export function decodeWhole(bytes: Uint8Array): WholeModel {
  const model = decodeModel(bytes);
  const { graph } = model;
  if (graph === undefined || graph.node.length === 0) throw corrupt('it has no graph');
  for (const tensor of graph.initializer) refuseExternalData(tensor);
  return { ...model, graph };
}
