/**
 * The `code` of a warning.
 *
 * - `GLISSADE_CHECKPOINT`: a checkpoint can't be written; the older ones stay, and the run goes on
 * - `GLISSADE_HELD`: a run waits at the end of an epoch for a loop whose body waits for the run
 * - `GLISSADE_HOLD_RELEASED`: `await run` in the body of a loop over its epochs has let the run go on to its end
 * - `GLISSADE_LOG`: a log can't be written; what belongs there is left out, and the run goes on
 * - `GLISSADE_NOT_SAVED`: a server can't save its model; it goes on, and tries again
 * - `GLISSADE_SCHEDULE_ENDS`: a schedule has fallen to a hundredth of its largest value before the run ends
 * - `GLISSADE_STARVED`: a run in the background gets less than a quarter of the processor
 */
export type WarningCode =
  | 'GLISSADE_CHECKPOINT'
  | 'GLISSADE_HELD'
  | 'GLISSADE_HOLD_RELEASED'
  | 'GLISSADE_LOG'
  | 'GLISSADE_NOT_SAVED'
  | 'GLISSADE_SCHEDULE_ENDS'
  | 'GLISSADE_STARVED';

/** Warns through `process.emitWarning`. `code` lets people filter it. */
export function warn(code: WarningCode, message: string): void {
  process.emitWarning(message, { type: 'GlissadeWarning', code });
}
