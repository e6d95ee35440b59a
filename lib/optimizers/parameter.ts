import type { FloatArray } from '../addon/index.js';
import { bufferOf, checkBoolean, invalid, isFloatArray, orDefault } from '../checks.js';
import { errorWith } from '../errors.js';
import { typeOf } from '../memory.js';
import type { Group } from './plan.js';

/** An array to be updated, with a shape for rules and clipping that need one. */
export type Parameter = FloatArray | { readonly data: FloatArray; readonly shape: readonly number[] };

/** Parameters with options of the rule of their own, as `{ parameters: [biases], weightDecay: 0 }`. */
export interface ParameterGroup {
  readonly parameters: readonly Parameter[];
  /** Whether they stay as they are; then their gradients may be `undefined`. Default false. */
  readonly frozen?: boolean | undefined;
  readonly [option: string]: unknown;
}

interface CheckedParameter {
  data: FloatArray;
  shape: readonly number[];
  isShaped: boolean;
  outputs?: 'columns' | undefined;
}

const outputsOf = new WeakMap<Parameter, 'columns'>();

/** An array as a layer's weights, whose outputs are along the last side of its shape. */
export function weightsOf(data: FloatArray, shape: readonly number[]): Parameter {
  const parameter = { data, shape };
  outputsOf.set(parameter, 'columns');
  return parameter;
}

/** @throws as the constructor of `Optimizer`, naming the parameter. */
export function checkParameters(
  parameters: readonly Parameter[] | readonly ParameterGroup[],
): (Omit<Group, 'arrays'> & { arrays: readonly CheckedParameter[] })[] {
  if (!Array.isArray(parameters)) throw invalid('parameters', 'an array of Float32Arrays or Float64Arrays', parameters);
  let count = 0;
  let first: Parameter | undefined;
  return groupsOf(parameters).map(({ parameters, ...group }) => ({
    ...group,
    decay: true,
    arrays: parameters.map((parameter) => {
      first ??= parameter;
      return checkParameter(parameter, count++, first);
    }),
  }));
}

function groupsOf(parameters: readonly (Parameter | ParameterGroup)[]) {
  const isGroup = (item: Parameter | ParameterGroup): item is ParameterGroup =>
    item !== null && typeof item === 'object' && !isFloatArray(item) && 'parameters' in item;
  if (!parameters.some(isGroup))
    return [{ name: 'parameters', parameters: parameters as readonly Parameter[], frozen: false, overrides: {} }];
  return parameters.map((group, i) => {
    const name = `parameters[${i}]`;
    if (!isGroup(group)) throw invalid(name, 'a group { parameters, … } as the others', group);
    const { parameters, frozen, ...overrides } = group;
    if (!Array.isArray(parameters)) throw invalid(`${name}.parameters`, 'an array', parameters);
    return {
      name,
      parameters: parameters as readonly Parameter[],
      frozen: checkBoolean(`${name}.frozen`, orDefault(frozen, false)),
      overrides,
    };
  });
}

function checkParameter(parameter: Parameter, i: number, first: Parameter): CheckedParameter {
  const name = `parameters[${i}]`;
  const data = arrayOf(parameter);
  if (!isFloatArray(data)) throw invalid(name, 'a Float32Array or Float64Array', data);
  if (typeOf(data) !== typeOf(arrayOf(first)))
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} is of another type than parameters[0]`);
  const buffer = bufferOf(data) as { resizable?: boolean; growable?: boolean };
  if (buffer.resizable || buffer.growable)
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} lies in a resizable buffer; copy it into one of fixed length`);
  if (isFloatArray(parameter)) return { data, shape: [data.length], isShaped: false };
  const shape: unknown = parameter.shape;
  if (!Array.isArray(shape) || !shape.every((side) => Number.isSafeInteger(side) && side >= 0))
    throw invalid(`${name}.shape`, 'an array of whole numbers', shape);
  if (shape.reduce((a, b) => a * b, 1) !== data.length)
    throw errorWith(
      'ERR_SHAPE',
      `${name} has ${data.length} elements, but its shape is ${shape.join('×') || 'a scalar'}`,
    );
  return { data, shape: [...shape], isShaped: true, outputs: outputsOf.get(parameter) };
}

const arrayOf = (parameter: Parameter): FloatArray =>
  parameter !== null && typeof parameter === 'object' && !isFloatArray(parameter) && 'data' in parameter
    ? parameter.data
    : (parameter as FloatArray);
