import type { FloatArray, FloatType } from '../addon/index.js';
import { isObject, isPlainObject } from '../checks/kinds.js';
import { checkArray, isLength, lengthOfList } from '../checks/lists.js';
import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, positive } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkAttached, copyInto, isFloatArray, lengthOf } from '../checks/typed_arrays.js';
import { checkDataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import { checkLoss } from '../losses/loss.js';
import { forgetCalibration } from '../models/calibration.js';
import { beforeChange, nativeNetwork } from '../models/model.js';
import { floats, typeOf } from '../numbers/memory.js';
import { indexOfNonFinite } from '../numbers/vectors.js';
import type { Objective, Problem, Risk } from './problem.js';

/** A range of θ that is one parameter for update rules. */
export interface Part {
  readonly offset: number;
  readonly size: number;
  /** Shape of the parameter. Default: one dimension. */
  readonly shape?: readonly number[] | undefined;
  /**
   * `'columns'`: each column belongs to one output of the layer (weights). Absent: nothing is known about the sides.
   */
  readonly outputs?: 'columns' | undefined;
  /** Whether weight decay applies to it. */
  readonly decays: boolean;
  readonly frozen: boolean;
}

/** An objective and its start. */
export interface Task {
  readonly objective: Objective;
  readonly start: FloatArray;
  readonly type: FloatType;
  readonly parts: readonly Part[];
  /** L, if it is known. */
  readonly smoothness?: number | undefined;
  /** Called once at the end of a run, even if it failed, with the last finite θ. */
  settle(theta: FloatArray): void;
}

/** A start. A typed array determines the type of the run; numbers mean float64. */
type Start = FloatArray | readonly number[];

/** Reads the arguments of `minimize` and similar functions, in any of their forms. */
export function readTask(
  where: string,
  target: Objective | Problem | Risk,
  rest: readonly unknown[],
): { task: Task; options: object } {
  const isFunction = typeof target === 'function';
  const options = orDefault(rest[isFunction ? 1 : 0], {});
  if (!isPlainObject(options)) throw invalid(`the options of ${where}`, 'a plain object', options);
  if (isFunction) return { task: taskOf(target, checkStart('start', rest[0])), options };
  if (!isObject(target) || !('objective' in target || 'model' in target))
    throw invalid(
      `the first argument of ${where}`,
      'a function (theta, gradient) => loss, a problem { objective, start } or a risk { model, data, loss }',
      target,
    );
  const { start, ...others } = options as { start?: Start };
  if ('objective' in target) return { task: problemTask(target, start), options: others };
  if (start !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', `${where}: a risk begins at model.parameters and takes no start`);
  return { task: riskTask(target), options: others };
}

function taskOf(objective: Objective, start: FloatArray, shape?: readonly number[]): Task {
  const part = { offset: 0, size: start.length, shape, decays: true, frozen: false };
  return { objective, start, type: typeOf(start), parts: [part], settle() {} };
}

function problemTask({ objective, start: own, shape, smoothness }: Problem, given: Start | undefined): Task {
  if (typeof objective !== 'function')
    throw invalid('problem.objective', 'a function (theta, gradient) => loss', objective);
  const first = ownStart(own);
  const start = given === undefined ? first : checkStart('start', given);
  if (start.length !== first.length)
    throw errorWith('ERR_SHAPE', `start has ${start.length} elements, but problem.start has ${first.length}`);
  const sides =
    shape === undefined
      ? undefined
      : checkArray('problem.shape', shape, 'an array of integers', (side, i) =>
          checkInteger(`problem.shape[${i}]`, side, 1),
        );
  if (sides !== undefined && sides.reduce((a, b) => a * b, 1) !== first.length)
    throw errorWith('ERR_SHAPE', `problem.start has ${first.length} elements, but problem.shape is ${sides}`);
  if (smoothness !== undefined) checkNumber('problem.smoothness', smoothness, positive);
  return { ...taskOf(objective, start, sides), smoothness };
}

function riskTask(risk: Risk): Task {
  checkOptions('the risk', risk, ['model', 'data', 'loss']);
  const { model } = risk;
  const native = nativeNetwork(model);
  const data = checkDataset('data', risk.data, model.inputs);
  const loss = checkLoss(risk.loss);
  const start = floats(model.type, model.parameters.length);
  start.set(model.parameters);
  native.checkIdle();
  return {
    objective: (theta) => {
      native.checkIdle();
      beforeChange(model);
      forgetCalibration(model);
      model.parameters.set(theta);
      return model.gradient(data, { loss });
    },
    start: checkStart('model.parameters', start),
    type: model.type,
    parts: native.tensors().map(({ trains, offset, size, shape, outputs, decays }) => ({
      offset,
      size,
      shape,
      outputs,
      decays,
      frozen: !trains,
    })),
    settle: (theta) => {
      if (native.isTraining()) return;
      beforeChange(model);
      model.parameters.set(theta);
    },
  };
}

/** A problem's start as a Float64Array, of whatever type it is. */
function ownStart(start: ArrayLike<number>): FloatArray {
  if (!isObject(start) || !(ArrayBuffer.isView(start) || isLength(start.length)))
    throw invalid('problem.start', 'an array of numbers', start);
  if (isFloatArray(start)) return checkStart('problem.start', Float64Array.from(copyOf('problem.start', start)));
  const length = lengthOfList('problem.start', start as readonly number[]);
  const numbers: unknown[] = [];
  for (let i = 0; i < length; ++i) numbers.push(checkCoordinate(`problem.start[${i}]`, start[i]));
  return checkStart('problem.start', numbers);
}

function checkStart(name: string, given: unknown): FloatArray {
  const start = isFloatArray(given)
    ? copyOf(name, given)
    : Float64Array.from(
        checkArray(name, given, 'a Float64Array, a Float32Array or an array of numbers', (x, i) =>
          checkCoordinate(`${name}[${i}]`, x),
        ),
      );
  const i = indexOfNonFinite(start);
  if (i >= 0) throw errorWith('ERR_NON_FINITE', `${name}[${i}] is ${start[i]}`);
  if (start.length === 0) throw errorWith('ERR_SHAPE', `${name} is empty: there is nothing to minimise over`);
  return start;
}

function checkCoordinate(name: string, x: unknown): number {
  if (typeof x !== 'number') throw invalid(name, 'a number', x);
  return x;
}

/** A copy of an array. Properties of subclasses and prototypes are ignored. */
function copyOf(name: string, array: FloatArray): FloatArray {
  checkAttached(name, array);
  const copy = floats(typeOf(array), lengthOf(array));
  if (copy.length > 0) copyInto(copy, array);
  return copy;
}
