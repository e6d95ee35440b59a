import { addon } from '../addon/index.js';
import { warn } from '../checks/warn.js';
import { endOf, type Schedule } from '../schedules/schedule.js';
import type { RunSpan } from '../schedules/span.js';

let isStarvationKnown = false;

/** Warns, once in a process, of a run that has had little of the processors for ten seconds. */
export function warnOfStarvation(share: number): void {
  if (isStarvationKnown) return;
  isStarvationKnown = true;
  const { priority } = addon.information();
  const remedy =
    priority === 'normal'
      ? 'Give the process more processors, or call configure({ threads }) with fewer threads'
      : `Training runs at ${priority === 'idle' ? 'the lowest' : 'a low'} priority, so that a service stays responsive. Where it should compete, call configure({ priority: 'normal' }) before the first training, or set GLISSADE_PRIORITY=normal`;
  warn(
    'GLISSADE_STARVED',
    `for ten seconds a run has had only ${(100 * share).toFixed(1)} % of the processor time that it could use, because other programs are busy. ${remedy}`,
  );
}

/** Warns of a schedule that has decayed to almost nothing well before the end of a run. */
export function warnOfEnds(schedules: readonly Schedule[], run: RunSpan, epochs: number): void {
  for (const schedule of new Set(schedules)) {
    const end = endOf(schedule);
    if (end === undefined || run.first + run.steps - 1 - end <= 0.01 * run.steps) continue;
    const largest = Math.max(...Array.from({ length: 101 }, (_, i) => Math.abs(schedule(Math.round((end * i) / 100)))));
    const last = schedule(end);
    if (Math.abs(last) > 0.01 * largest) continue;
    const epoch = Math.floor((end - run.first) / run.stepsPerEpoch) + 1;
    const remedy =
      'steps' in schedule.description
        ? 'Leave out its steps to spread it over the whole run'
        : 'Give it as many steps as the run takes';
    const where = end < run.first ? 'before the run' : `in epoch ${epoch} of ${epochs}`;
    warn(
      'GLISSADE_SCHEDULE_ENDS',
      `schedules.${schedule.description.name} has fallen to ${last} at step ${end}, ${where}; the run goes on to step ${run.first + run.steps}. ${remedy}`,
    );
    return;
  }
}
