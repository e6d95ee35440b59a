/**
 * The `code` of a warning.
 *
 * - `GLISSADE_CHECKPOINT`: a checkpoint can't be written; older ones are kept, and the run goes on
 * - `GLISSADE_HELD`: a run is waiting for the body of a loop over its epochs, which is waiting for the run
 * - `GLISSADE_HOLD_RELEASED`: `await run` inside a loop over the epochs of the run has let it go on to its end
 * - `GLISSADE_LOG`: a log can't be written; entries are lost, and the run goes on
 * - `GLISSADE_NOT_SAVED`: a server can't save its model; it keeps running, and tries again later
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
