import type { FloatArray, FloatType } from '../../lib/addon';
import type { Rule } from '../../lib/optimizers/rule';
import { arithmetic } from './arithmetic';
import { floatClass, gradients, parameters, range } from './numbers';
import { type ScalarUpdate, scalarRule } from './scalar_rules';

/** The start of a rule, and its gradients. */
interface Course {
  initial: FloatArray;
  gradients: FloatArray[];
}

/** The parameters and states of a rule after some steps. */
export interface Trajectory extends Course {
  parameters: FloatArray;
  states: [name: string, values: FloatArray][];
}

const courses = new Map<string, Course>();

/** A course, drawn once for all rules. */
function courseOf(type: FloatType, length: number, steps: number, period: number): Course {
  const key = `${type} ${length} ${steps} ${period}`;
  const drawn = Math.min(length, period);
  const course = courses.get(key) ?? {
    initial: repeated(parameters(type, drawn, 11), length),
    gradients: range(steps).map((i) => repeated(gradients(type, drawn, 100 * (i + 1)), length)),
  };
  courses.set(key, course);
  return course;
}

/** An array of the given length that repeats another one. */
function repeated(array: FloatArray, length: number): FloatArray {
  const all = new (array.constructor as Float32ArrayConstructor)(length) as FloatArray;
  for (let begin = 0; begin < length; begin += array.length) all.set(array.subarray(0, length - begin), begin);
  return all;
}

interface Span {
  begin: number;
  end: number;
}

/**
 * The trajectory of the scalar reference over concatenated arrays of these lengths. Numbers repeat with `period`.
 * Results of a rule that works element by element repeat too, and are computed for one period only.
 */
export function referenceTrajectory(
  rule: Rule,
  type: FloatType,
  lengths: number[],
  steps: number,
  period = Number.POSITIVE_INFINITY,
): Trajectory {
  const reference = scalarRule(rule, type);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (reference.scope === undefined && total > period) {
    const { parameters, states } = referenceTrajectory(rule, type, [period], steps, period);
    return {
      ...courseOf(type, total, steps, period),
      parameters: repeated(parameters, total),
      states: states.map(([name, values]) => [name, repeated(values, total)]),
    };
  }
  const course = courseOf(type, total, steps, period);
  const theta = course.initial.slice() as FloatArray;
  const states = range(total).map(() => reference.states.map(() => 0));
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0));
  const arrays = ends.map((end, i) => ({ begin: end - lengths[i]!, end }));
  course.gradients.forEach((gradient, i) => {
    const step = reference.at(i + 1);
    const update = (array: Span, scalarUpdate: ScalarUpdate) => {
      for (let j = array.begin; j < array.end; ++j) theta[j] = scalarUpdate(theta[j]!, gradient[j]!, states[j]!);
    };
    if (typeof step === 'function') {
      for (const array of arrays) update(array, step);
      return;
    }
    const term = (j: number) => step.measure(theta[j]!, gradient[j]!, states[j]!);
    const scopes = reference.scope === 'everything' ? [arrays] : arrays.map((array) => [array]);
    for (const scope of scopes) {
      const conclusion = step.conclude(sumsOver(scope, term));
      for (const array of scope) update(array, conclusion);
    }
  });
  return {
    ...course,
    parameters: theta,
    states: reference.states.map((name, i) => [name, floatClass[type].from(states.map((state) => state[i]!))]),
  };
}

const block = 1024;
const lanes = 16;

/**
 * Sums of terms over arrays, in the kernels' order: in 16 lanes over a block, lanes pairwise, then blocks in sequence.
 */
function sumsOver(arrays: Span[], term: (j: number) => number[]): number[] {
  const { add } = arithmetic.float64;
  const sums = [0, 0];
  for (const { begin, end } of arrays)
    for (let at = begin; at < end; at += block) {
      const inLanes = sums.map(() => new Float64Array(lanes));
      for (let j = at; j < Math.min(at + block, end); ++j)
        term(j).forEach((value, k) => {
          inLanes[k]![(j - at) % lanes] = add(inLanes[k]![(j - at) % lanes]!, value);
        });
      for (let width = lanes / 2; width >= 1; width /= 2)
        for (const lane of inLanes) for (let i = 0; i < width; ++i) lane[i] = add(lane[i]!, lane[i + width]!);
      inLanes.forEach((lane, k) => {
        sums[k] = add(sums[k]!, lane[0]!);
      });
    }
  return sums;
}

/** A copy of an array, `byteOffset` bytes into a buffer full of `filling` that extends beyond the copy. */
export function displaced(array: FloatArray, byteOffset: number, filling: number): FloatArray {
  const buffer = new ArrayBuffer(byteOffset + array.byteLength + 128);
  new Uint8Array(buffer).fill(filling);
  const copy = new (array.BYTES_PER_ELEMENT === 4 ? Float32Array : Float64Array)(buffer, byteOffset, array.length);
  copy.set(array);
  return copy;
}

/** Whether the bytes around a displaced array are still `filling`. */
export function surroundingsAre(array: FloatArray, filling: number): boolean {
  const bytes = new Uint8Array(array.buffer);
  const outside = [bytes.subarray(0, array.byteOffset), bytes.subarray(array.byteOffset + array.byteLength)];
  return outside.every((part) => part.every((byte) => byte === filling));
}
