import type { FloatArray, FloatType, Rule } from 'glissade';
import { floatClass, gradients, parameters, range } from './numbers';
import { scalarRule } from './scalar_rules';

/** Where a rule starts, and the gradients that it takes. */
interface Course {
  initial: FloatArray;
  gradients: FloatArray[];
}

/** What a rule makes of an array: its parameters and states after some steps. */
export interface Trajectory extends Course {
  parameters: FloatArray;
  states: [name: string, values: FloatArray][];
}

const courses = new Map<string, Course>();

/** Drawn once for all rules. */
function courseOf(type: FloatType, length: number, steps: number): Course {
  const key = `${type} ${length} ${steps}`;
  const course = courses.get(key) ?? {
    initial: parameters(type, length, 11),
    gradients: range(steps).map((i) => gradients(type, length, 100 * (i + 1))),
  };
  courses.set(key, course);
  return course;
}

/** The trajectory that the scalar reference takes. */
export function referenceTrajectory(rule: Rule, type: FloatType, length: number, steps: number): Trajectory {
  const reference = scalarRule(rule, type);
  const course = courseOf(type, length, steps);
  const updates = range(steps).map((i) => reference.at(i + 1));
  const theta = course.initial.slice() as FloatArray;
  const states = reference.states.map((name): [string, FloatArray] => [name, new floatClass[type](length)]);
  for (let j = 0; j < length; ++j) {
    const state = states.map(() => 0);
    updates.forEach((update, i) => {
      theta[j] = update(theta[j]!, course.gradients[i]![j]!, state);
    });
    states.forEach(([, values], i) => {
      values[j] = state[i]!;
    });
  }
  return { ...course, parameters: theta, states };
}

/** A copy of an array that begins `byteOffset` bytes into a buffer full of `filling`, and ends before the end of it. */
export function displaced(array: FloatArray, byteOffset: number, filling: number): FloatArray {
  const buffer = new ArrayBuffer(byteOffset + array.byteLength + 128);
  new Uint8Array(buffer).fill(filling);
  const copy = new (array.BYTES_PER_ELEMENT === 4 ? Float32Array : Float64Array)(buffer, byteOffset, array.length);
  copy.set(array);
  return copy;
}

/** Whether the bytes around a displaced array are still those it was put between. */
export function surroundingsAre(array: FloatArray, filling: number): boolean {
  const bytes = new Uint8Array(array.buffer);
  const outside = [bytes.subarray(0, array.byteOffset), bytes.subarray(array.byteOffset + array.byteLength)];
  return outside.every((part) => part.every((byte) => byte === filling));
}
