import type { FloatArray, FloatType, NativeNetwork } from '../addon/index.js';
import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkAttached, isFloatArray, lengthOf } from '../checks/typed_arrays.js';
import { checkDataset, checkShard, type Dataset, nativeDataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import { checkLoss, type Loss } from '../losses/loss.js';
import { floats, typeOf } from '../numbers/memory.js';
import type { DerivativeOptions, GradientVariance, LossGradient, VarianceOptions } from './options.js';

/** What derivatives read of a model, beside its native network. */
interface Differentiated {
  readonly inputs: number;
  readonly type: FloatType;
  readonly parameters: FloatArray;
}

/** `gradient` of a model. */
export function gradientOf(
  model: Differentiated,
  native: NativeNetwork,
  data: Dataset,
  options: DerivativeOptions,
): LossGradient {
  const { loss, training, seed } = checkDerivatives('gradient', options);
  const rows = nativeDataset(checkShard(checkDataset('the data', data, model.inputs), undefined));
  const gradient = floats(model.type, model.parameters.length);
  return { loss: native.differentiate(rows, loss, training, seed, gradient), gradient };
}

/** `hessianVectorProduct` of a model. */
export function hessianTimes(
  { inputs, type, parameters }: Differentiated,
  native: NativeNetwork,
  data: Dataset,
  vector: FloatArray,
  options: DerivativeOptions,
): FloatArray {
  const { loss, training, seed } = checkDerivatives('hessianVectorProduct', options);
  const rows = nativeDataset(checkDataset('the data', data, inputs));
  if (!isFloatArray(vector) || typeOf(vector) !== type)
    throw invalid('vector', `a ${type === 'float64' ? 'Float64Array' : 'Float32Array'}`, vector);
  const length = lengthOf(vector);
  checkAttached('vector', vector);
  if (length !== parameters.length)
    throw errorWith('ERR_SHAPE', `vector has ${length} elements, but the network has ${parameters.length} parameters`);
  const product = floats(type, length);
  native.differentiate(rows, loss, training, seed, undefined, vector, product);
  return product;
}

/** `gradientVariance` of a model. */
export function varianceOf(
  { inputs, type, parameters }: Differentiated,
  native: NativeNetwork,
  data: Dataset,
  options: VarianceOptions,
): GradientVariance {
  checkOptions('gradientVariance', options, ['loss']);
  const loss = checkProvided('gradientVariance', options.loss);
  const rows = nativeDataset(checkDataset('the data', data, inputs));
  const [gradient, variance] = [floats(type, parameters.length), floats(type, parameters.length)];
  const { loss: value, total } = native.gradientVariance(rows, loss, gradient, variance);
  return { loss: value, gradient, variance, total };
}

/** @throws TypeError, RangeError for options that don't fit. */
function checkDerivatives(where: string, options: DerivativeOptions): { loss: Loss; training: boolean; seed: number } {
  checkOptions(where, options, ['loss', 'training', 'seed']);
  const training = checkBoolean('training', orDefault(options.training, false));
  if (options.seed !== undefined && !training)
    throw errorWith('ERR_INVALID_ARGUMENT', `${where}: seed is for training: true`);
  const loss = checkProvided(where, options.loss);
  return { loss, training, seed: checkInteger('seed', orDefault(options.seed, 0), 0) };
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for a custom loss. */
function checkProvided(where: string, given: unknown): Loss {
  const loss = checkLoss(given);
  if (loss.name === 'custom')
    throw errorWith('ERR_INVALID_ARGUMENT', `${where}: losses.custom is for step, fit and evaluate`);
  return loss;
}
