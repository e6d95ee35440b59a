import { errorWith } from '../errors.js';
import type { Scores } from '../models/scores.js';

/** A score of an epoch that `reduceOnPlateau` schedules and early stopping can observe. */
export type Monitor = 'loss' | 'accuracy' | 'validation.loss' | 'validation.accuracy';

export const monitors: readonly Monitor[] = ['loss', 'accuracy', 'validation.loss', 'validation.accuracy'];

/** The scores that the epochs of a run have. */
export interface ScoresOfEpochs {
  validates: boolean;
  accuracy: boolean;
}

/** Where the core finds a monitor's score. */
export function placeOf(monitor: Monitor): { part: 'training' | 'validation'; score: 'loss' | 'accuracy' } {
  return {
    part: monitor.startsWith('validation.') ? 'validation' : 'training',
    score: monitor.endsWith('accuracy') ? 'accuracy' : 'loss',
  };
}

export function scoreOf(monitor: Monitor, report: Scores & { validation?: Scores }): number {
  const { part, score } = placeOf(monitor);
  return (part === 'validation' ? report.validation! : report)[score]!;
}

/** The monitor where none is chosen. */
export const usualMonitor = ({ validates }: ScoresOfEpochs): Monitor => (validates ? 'validation.loss' : 'loss');

/** @throws TypeError unless the epochs of the run have the score. */
export function checkAvailable(name: string, monitor: Monitor, { validates, accuracy }: ScoresOfEpochs): Monitor {
  const { part, score } = placeOf(monitor);
  if (part === 'validation' && !validates)
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} "${monitor}" needs the option validation`);
  if (score === 'accuracy' && !accuracy)
    throw errorWith('ERR_INVALID_ARGUMENT', `${name} "${monitor}" needs metrics: ['accuracy']`);
  return monitor;
}
