import type { Dataset } from '../data/dataset.js';
import { type Model, nativeNetwork } from '../models/model.js';
import type { DerivativeOptions } from '../models/options.js';
import { floats } from '../numbers/memory.js';
import { finiteNumbers, type Local } from './local.js';

/** A model's mean loss as a function of the parameters that train, in float64. */
export function localOfModel(model: Model, data: Dataset, options: DerivativeOptions): Local {
  const native = nativeNetwork(model);
  const places = native.tensors().filter(({ trains }) => trains);
  native.checkIdle();
  const dimension = places.reduce((sum, { size }) => sum + size, 0);
  const gather = (from: ArrayLike<number>): Float64Array => {
    const into = floats('float64', dimension) as Float64Array;
    let end = 0;
    for (const { offset, size } of places) for (let i = 0; i < size; ++i) into[end++] = from[offset + i]!;
    return into;
  };
  const scatter = (from: Float64Array) => {
    const into = floats(model.type, model.parameters.length);
    let end = 0;
    for (const { offset, size } of places) for (let i = 0; i < size; ++i) into[offset + i] = from[end++]!;
    return into;
  };
  const { loss, gradient } = model.gradient(data, options);
  finiteNumbers('the loss', [loss]);
  return {
    dimension,
    loss,
    gradient: finiteNumbers('the gradient', gather(gradient)),
    product: (vector) =>
      finiteNumbers('a Hessian-vector product', gather(model.hessianVectorProduct(data, scatter(vector), options))),
  };
}
