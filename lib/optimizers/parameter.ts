import type { FloatArray } from '../addon/index.js';
import { isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkBoolean, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { bufferOf, isFloatArray, lengthOf } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { typeOf } from '../numbers/memory.js';
import type { Group } from './plan.js';
import type { Rule } from './rule.js';

/** An array to be updated, with a shape for rules and clipping that need one. */
export type Parameter = FloatArray | { readonly data: FloatArray; readonly shape: readonly number[] };

/** Parameters with their own options of the rule, as `{ parameters: [biases], weightDecay: 0 }`. */
export interface ParameterGroup {
  readonly parameters: readonly Parameter[];
  /** Whether they are left unchanged; their gradients may then be `undefined`. Default false. */
  readonly frozen?: boolean | undefined;
  /** Another rule for these parameters. Default: that of the optimizer. */
  readonly rule?: Rule | undefined;
  readonly [option: string]: unknown;
}

interface CheckedParameter {
  data: FloatArray;
  shape: readonly number[];
  isShaped: boolean;
  outputs?: 'columns' | undefined;
}

const outputsOf = new WeakMap<Parameter, 'columns'>();

/** An array marked as a layer's weights, whose outputs lie along the last side of the shape. */
export function weightsOf(data: FloatArray, shape: readonly number[]): Parameter {
  const parameter = { data, shape };
  outputsOf.set(parameter, 'columns');
  return parameter;
}

/**
 * Checks parameters, and groups them.
 *
 * @throws The errors of the constructor of `Optimizer`, with the name of the parameter.
 */
export function checkParameters(
  parameters: readonly Parameter[] | readonly ParameterGroup[],
): (Omit<Group, 'arrays'> & { arrays: readonly CheckedParameter[] })[] {
  const list = checkArray('parameters', parameters, 'an array of Float32Arrays or Float64Arrays', readItem);
  let count = 0;
  let first: FloatArray | undefined;
  return groupsOf(list).map(({ parameters, ...group }) => ({
    ...group,
    decay: true,
    arrays: parameters.map((parameter) => {
      const checked = checkParameter(parameter, count++, first);
      first ??= checked.data;
      return checked;
    }),
  }));
}

/** A parameter or a group, each property read once. */
interface Read {
  /** The given value, for messages. */
  given: unknown;
  data: unknown;
  shape?: unknown;
  isShaped: boolean;
  group?: { parameters: unknown; frozen: unknown; overrides: object };
}

function readParameter(given: unknown): Read {
  if (!isObject(given) || ArrayBuffer.isView(given) || !('data' in given))
    return { given, data: given, isShaped: false };
  const { data, shape } = given as { data: unknown; shape?: unknown };
  return { given, data, shape, isShaped: true };
}

function readItem(given: unknown, i: number): Read {
  if (!isObject(given) || ArrayBuffer.isView(given) || !('parameters' in given)) {
    const read = readParameter(given);
    if (!isObject(read.data)) throw notFloats(i, read.data);
    return read;
  }
  const { parameters, frozen, ...overrides } = given as ParameterGroup;
  return { given, data: undefined, isShaped: false, group: { parameters, frozen, overrides } };
}

const notFloats = (i: number, data: unknown): Error =>
  invalid(`parameters[${i}]`, 'a Float32Array or Float64Array', data);

function groupsOf(list: readonly Read[]) {
  if (!list.some(({ group }) => group)) return [{ name: 'parameters', parameters: list, frozen: false, overrides: {} }];
  return list.map(({ given, group }, i) => {
    const name = `parameters[${i}]`;
    if (!group) throw invalid(name, 'a group { parameters, … } as the others', given);
    return {
      name,
      parameters: checkArray(`${name}.parameters`, group.parameters, 'an array', (parameter) => {
        const read = readParameter(parameter);
        if (!isObject(read.data)) throw invalid(`${name}.parameters`, 'Float32Arrays or Float64Arrays', read.data);
        return read;
      }),
      frozen: checkBoolean(`${name}.frozen`, orDefault(group.frozen, false)),
      overrides: group.overrides,
    };
  });
}

function checkParameter(
  { given, data, shape, isShaped }: Read,
  i: number,
  first: FloatArray | undefined,
): CheckedParameter {
  const name = `parameters[${i}]`;
  if (!isFloatArray(data)) throw notFloats(i, data);
  if (first && typeOf(data) !== typeOf(first))
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} is of another type than parameters[0]`);
  const buffer = bufferOf(data) as { resizable?: boolean; growable?: boolean };
  if (buffer.resizable || buffer.growable)
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} lies in a resizable buffer; copy it into one of fixed length`);
  const length = lengthOf(data);
  if (!isShaped) return { data, shape: [length], isShaped };
  const sides = checkArray(`${name}.shape`, shape, 'an array of whole numbers', (side, k) =>
    checkInteger(`${name}.shape[${k}]`, side, 0),
  );
  if (sides.reduce((a, b) => a * b, 1) !== length)
    throw errorWith('ERR_SHAPE', `${name} has ${length} elements, but its shape is ${sides.join('×') || 'a scalar'}`);
  return { data, shape: sides, isShaped, outputs: outputsOf.get(given as Parameter) };
}
