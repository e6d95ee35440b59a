import { isArray, isPlainObject } from '../checks/kinds.js';
import { from, isOpen, type Schedule } from './schedule.js';
import { type RunSpan, type Steps, stepsIn } from './span.js';

/** A schedule with the numbers of steps that it has over a run, so that it can be used over several runs in turn. */
export function closed(whole: Schedule, run: RunSpan): Schedule {
  if (!isOpen(whole)) return whole;
  const { name, ...options } = whole.description;
  const counted = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, counting(value, run)]));
  const description = { name, ...counted };
  const made = from(description);
  return isOpen(made) ? from({ ...description, steps: run.steps }) : made;
}

function counting(value: unknown, run: RunSpan): unknown {
  if (isArray(value)) return value.map((one) => counting(one, run));
  if (!isPlainObject(value)) return value;
  if ('epochs' in value) return stepsIn(value as Steps, run);
  return closed(from(value as { name: string }), run).description;
}
