import type { Table } from '../../table.js';
import { taskOfObjective } from '../../target.js';
import { fitPrepared, predictedBy, prepare } from '../assess.js';
import { truthsOf } from '../baselines.js';
import { foldParts } from '../divisions.js';
import type { Parts } from '../folds.js';
import { settingOf, type TableTrainingOptions } from '../options.js';
import { joined } from '../predicted.js';
import type { Setting } from '../setting.js';
import { sideBySide } from '../side_by_side.js';
import type { Opinion } from './comparison.js';

const folds = 3;

/** The same options with the default loss, so that the errors of opinions can be compared whatever is minimised. */
const ofUsualLoss = (options: TableTrainingOptions): TableTrainingOptions => ({
  ...options,
  task: options.task ?? taskOfObjective(options),
  loss: undefined,
  quantiles: undefined,
  classWeights: undefined,
});

/** Trains with some options on two thirds of the rows at a time, and predicts the others. */
export async function opinionOf(
  table: Table,
  options: TableTrainingOptions,
  partsOf: (setting: Setting) => readonly Parts[] = (setting) => foldParts(setting, folds),
): Promise<Opinion> {
  const { setting } = await settingOf('train', table, ofUsualLoss(options), {});
  const kind = setting.network.hidden.length === 0 ? 'linear' : 'network';
  const fitted = await sideBySide(partsOf(setting), async (parts) => {
    using prepared = await prepare(setting, kind, parts);
    const fit = await fitPrepared(setting, kind, prepared, setting.context);
    const { target } = fit.pipeline;
    const held = setting.table.select(parts.heldOut);
    return { target, rows: held.rowNumbers, predicted: predictedBy(fit, held, truthsOf(target, held)) };
  });
  return {
    target: fitted[0]!.target,
    rows: Uint32Array.from(fitted.flatMap(({ rows }) => [...rows])),
    predicted: joined(fitted.map(({ predicted }) => predicted)),
  };
}
