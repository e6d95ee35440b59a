/**
 * The `code` of a warning.
 *
 * - `GLISSADE_CHECKPOINT`: a checkpoint can't be written; older ones are kept, and the run goes on
 * - `GLISSADE_DRIFT`: recent rows of a server differ from the training rows of its model by more than chance explains
 * - `GLISSADE_EPOCH_PASSED`: `await run` inside a loop over the epochs of the run made it go on without the loop
 * - `GLISSADE_EPOCH_WAIT`: a run has waited long for the body of a loop over its epochs, which may wait for the run
 * - `GLISSADE_LOG`: a log can't be written; entries are lost, and the run goes on
 * - `GLISSADE_NOT_RELOADED`: a server can't take the changed file of its model; it keeps the model that it has
 * - `GLISSADE_NOT_SAVED`: a server can't save its model; it keeps running, and tries again later
 * - `GLISSADE_SCHEDULE_ENDS`: a schedule has fallen to a hundredth of its largest value before the run ends
 * - `GLISSADE_STARVED`: a run in the background gets less than a quarter of the processor
 * - `GLISSADE_WASM`: the native addon can't be loaded, so the package `glissade-wasm` is used instead
 */
export type WarningCode =
  | 'GLISSADE_CHECKPOINT'
  | 'GLISSADE_DRIFT'
  | 'GLISSADE_EPOCH_PASSED'
  | 'GLISSADE_EPOCH_WAIT'
  | 'GLISSADE_LOG'
  | 'GLISSADE_NOT_RELOADED'
  | 'GLISSADE_NOT_SAVED'
  | 'GLISSADE_SCHEDULE_ENDS'
  | 'GLISSADE_STARVED'
  | 'GLISSADE_WASM';

/** Warns through `process.emitWarning`. `code` lets people filter it. */
export function warn(code: WarningCode, message: string): void {
  process.emitWarning(message, { type: 'GlissadeWarning', code });
}
