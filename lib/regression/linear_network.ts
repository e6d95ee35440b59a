import { types } from 'node:util';
import { invalid } from '../checks/shown.js';
import type { BlockDescription } from '../data/blocks.js';
import { Dataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import { linear } from '../training/linear.js';
import type { Network } from '../training/network.js';

/** @throws TypeError unless it is a dataset with targets. */
export function checkData(where: string, data: Dataset): void {
  if (types.isProxy(data) || !(data instanceof Dataset)) throw invalid(`${where}: data`, 'a Dataset', data);
  if (data.targetColumns !== 1)
    throw errorWith('ERR_SHAPE', `${where}: the dataset has ${data.targetColumns} targets per row, but needs one`);
}

/**
 * A network of one dense layer.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for inputs of several blocks or of categories, which a dense layer does not take.
 */
export function linearNetwork(
  blocks: readonly BlockDescription[],
  coefficients: Float64Array,
  intercepts: Float64Array | undefined,
): Network {
  const [block] = blocks as readonly [BlockDescription, ...BlockDescription[]];
  if (blocks.length > 1 || block.kind === 'categorical')
    throw errorWith('ERR_INVALID_ARGUMENT', 'model: a dense layer takes one block of numbers or of sparse columns');
  const { columns, kind } = block;
  const outputs = coefficients.length / columns;
  const inputs = kind === 'sparse' ? { sparse: columns } : columns;
  const model = linear({ inputs, outputs, bias: intercepts !== undefined, type: 'float64' });
  const [weight, bias] = [...model.tensors.values()];
  weight!.data.set(coefficients);
  if (intercepts) bias!.data.set(intercepts);
  return model;
}
