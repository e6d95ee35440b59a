import path from 'node:path';
import { checkBoolean } from '../../checks/options.js';
import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { distributionsOf } from '../monitoring/distributions_of.js';
import { checkTargets, refuseOfSeveral } from '../pipeline/pipeline.js';
import { columnOf, kindsOf, type Table } from '../table.js';
import { TableModel } from '../table_model.js';
import { rowsWithTarget, type Target } from '../target.js';
import { twinsOf } from '../twins.js';
import { weightsOf } from '../weights.js';
import { type Assessment, type AssessmentOfSeveral, assessSeveral } from './assess.js';
import {
  advantageOf,
  advantagesOf,
  bestBaseline,
  eachOf,
  joinedDivisions,
  sampledInTime,
  scoresOfAll,
} from './comparison.js';
import { divisionsOf, isCrossValidated } from './divisions.js';
import type { FitContext } from './fit_candidate.js';
import { importanceOf } from './importance.js';
import { columnsReport } from './left_out.js';
import { methodOf } from './method.js';
import { checkWhole, settingOf, withReadTime } from './options.js';
import { givenOf, ownChecks, retrainingOptions } from './own_options.js';
import { givenVectors } from './pretrained.js';
import { refit } from './refit.js';
import type { SeveralReport, TargetReport } from './report.js';
import { type Predicted, scoresOfEachClass } from './scores.js';
import type { Setting } from './setting.js';
import { textsOf } from './texts_of.js';
import type { TrainOptions, TrainSeveralOptions } from './train_options.js';
import { warningsFor } from './warnings/inspect.js';

/** The result of `train` for several targets. */
export interface TrainedSeveral {
  readonly model: TableModel;
  readonly report: SeveralReport;
  /** Of each target: predictions for the held-out rows, by models of the chosen kind that were not trained on them. */
  readonly heldOut: Readonly<Record<string, { readonly target: Target; readonly predicted: Predicted }>>;
}

/** Trains one network for several targets. */
export async function trainSeveral(given: Table, options: TrainSeveralOptions): Promise<TrainedSeveral> {
  const start = performance.now();
  checkWhole('train', given);
  const table = await withReadTime(given, options.time);
  const names = checkTargets('target', options.target);
  refuseOfSeveral('train', options);
  const setting = await jointSetting(table, options, names);
  const settings = setting.several!;
  const { validation, stop, onProgress, logDir, logFile, warnings = true } = options;
  checkBoolean('warnings', warnings);
  const isSmall = isCrossValidated(setting, validation);
  const divisions = await divisionsOf(setting, validation);
  const fits = divisions.length * 2 + (isSmall ? 1 : 0);
  let fitted = 0;
  const contextOf = (name: string, stage: string, place: number): FitContext => ({
    ...setting.context,
    stop,
    ...(logFile === undefined ? {} : { logFile: String(logFile) }),
    ...(logDir === undefined ? {} : { logDir: path.join(String(logDir), name) }),
    onEpoch: (epoch, epochs) => onProgress?.(stage, Math.min(1, (fitted + place + epoch / epochs) / fits)),
  });
  const assessed: AssessmentOfSeveral[] = [];
  for (const [i, parts] of divisions.entries()) {
    if (assessed.length > 0 && stop?.aborted) break;
    assessed.push(
      await assessSeveral(setting, parts, (kind) =>
        contextOf(`${kind}-${i + 1}`, `${kind} model`, kind === 'network' ? 1 : 0),
      ),
    );
    fitted += 2;
  }
  const partsOf = (name: string): Assessment[] => assessed.flatMap(({ each }) => each.get(name) ?? []);
  const predictedOf = (name: string) =>
    eachOf(joinedDivisions(partsOf(name).map(({ predicted }) => predicted)), (_, one) =>
      sampledInTime(one, setting.division),
    );
  for (const name of names)
    if (partsOf(name).length === 0)
      throw errorWith('ERR_OUT_OF_RANGE', `validation: no held-out row has a value of ${quoted(name)}; hold out more`);
  const advantages = names.map((name) => {
    const { network, linear } = predictedOf(name);
    return advantageOf(partsOf(name)[0]!.target, network, linear);
  });
  const isBetter = advantages.some(({ low }) => low > 0) && advantages.every(({ high }) => high >= 0);
  const chosen = setting.network.hidden.length > 0 && isBetter ? 'network' : 'linear';
  const stopped = stop?.aborted === true;
  const final =
    isSmall && !stopped
      ? await refit(setting, chosen, assessed, contextOf('final-1', 'final model', 0))
      : assessed[0]!.fits[chosen];

  const heldOut = new Map<string, { target: Target; predicted: Predicted }>();
  const targets = new Map<string, TargetReport>();
  for (const [i, name] of names.entries()) {
    const parts = partsOf(name);
    const [{ target }] = parts as [Assessment, ...Assessment[]];
    const predicted = predictedOf(name);
    const baseline = bestBaseline(target, predicted);
    const gain = advantageOf(target, predicted.network, predicted[baseline]!);
    heldOut.set(name, { target, predicted: predicted[chosen] });
    targets.set(name, {
      task: target.task,
      rows: settings[i]!.rows,
      withoutTarget: setting.rows - settings[i]!.rows,
      scores: scoresOfAll(target, predicted),
      ...scoresOfEachClass(target, predicted[chosen]),
      baseline,
      gain,
      worth: gain.low > 0,
      advantages: advantagesOf(target, predicted, chosen),
      ...(final.penalties && { penalty: final.penalties[i]! }),
      importance: await importanceOf(
        parts.map(({ held, fits: ofPart }) => ({ held, fit: ofPart[chosen] })),
        settings[i]!,
        undefined,
      ),
      warnings:
        warnings && !stopped
          ? await warningsFor({
              table: settings[i]!.table,
              target,
              read: final.pipeline.columns,
              options: retrainingOptions(
                { ...optionsOfOne(options, names, name), vectors: setting.vectors?.all },
                chosen,
              ),
            })
          : [],
    });
  }
  const { by } = setting.division;
  const uses = { pipeline: options.pipeline, without: options.without, by, weight: setting.objective.weight };
  const report: SeveralReport = {
    targets: Object.fromEntries(targets),
    rows: setting.rows,
    withoutTarget: table.rows - setting.rows - setting.repeated - setting.weightless,
    ...(setting.weightless > 0 && { withoutWeight: setting.weightless }),
    ...(setting.repeated > 0 && { repeated: setting.repeated }),
    ...columnsReport(setting.table, kindsOf(setting.table), names, final.pipeline.columns, uses),
    heldOut: isSmall ? 'cross-validated' : 'held out',
    ...givenOf({ weight: setting.objective.weight }),
    ...givenOf(setting.division),
    stopped,
    chosen,
    ...textsOf(setting, final),
    parameters: final.model.parameters.length,
    epochs: final.epochs,
    ...methodOf(setting, chosen, final),
    hidden: setting.network.hidden,
    seed: setting.seed,
    examplesPerSecond: final.examplesPerSecond,
    seconds: (performance.now() - start) / 1000,
    history: final.history,
  };
  onProgress?.('done', 1);
  const distributions = await distributionsOf(final.pipeline, setting.table);
  return {
    model: new TableModel(final.model, final.pipeline, { report, distributions }),
    report,
    heldOut: Object.fromEntries(heldOut),
  };
}

/** The options for one of the targets. The others are not read. */
const optionsOfOne = (options: TrainSeveralOptions, names: readonly string[], name: string): TrainOptions => ({
  ...options,
  target: name,
  ...(options.pipeline ? {} : { without: [...(options.without ?? []), ...names.filter((other) => other !== name)] }),
});

/** The setting of a training for one of the targets. */
async function settingOfOne(
  table: Table,
  options: TrainSeveralOptions,
  names: readonly string[],
  name: string,
): Promise<Setting> {
  const { ranks: _, checkpoints: _checkpoints, ...checks } = ownChecks;
  const { setting } = await settingOf('train', table, optionsOfOne(options, names, name), checks);
  return setting;
}

/** The setting of a training for all targets: the rows that have at least one of them. */
async function jointSetting(table: Table, options: TrainSeveralOptions, names: readonly string[]): Promise<Setting> {
  const { distinct, vectors, ...others } = options;
  if (distinct !== undefined) checkBoolean('distinct', distinct);
  const alone: Setting[] = [];
  for (const name of names) alone.push(await settingOfOne(table, others, names, name));
  const [first] = alone as [Setting, ...Setting[]];
  const { weight } = first.objective;
  const numbers = new Set(alone.flatMap((one) => [...one.table.rowNumbers]));
  const all = table.select(
    Uint32Array.from(table.rowNumbers.keys()).filter((row) => numbers.has(table.rowNumbers[row]!)),
  );
  const known = distinct ? all.select(twinsOf(all, kindsOf(all), names).distinct) : all;
  const several = alone.map((one) => {
    const rows = known.select(rowsWithTarget(columnOf(known, one.target)));
    return { ...one, table: rows, rows: rows.rows };
  });
  return {
    ...first,
    table: known,
    rows: known.rows,
    vectors: await givenVectors('train', vectors, known, first),
    weightless: weightlessRows(table, names, weight),
    repeated: all.rows - known.rows,
    target: names.join(', '),
    task: 'regression', // no proportions of classes are kept
    classes: undefined,
    objective: { weight },
    several,
  };
}

/** How many rows have a target, but the weight 0. */
function weightlessRows(table: Table, names: readonly string[], weight: string | undefined): number {
  const weights = weightsOf(table, weight);
  const withTarget = new Set(names.flatMap((name) => [...rowsWithTarget(columnOf(table, name))]));
  return weights ? [...withTarget].filter((row) => weights[row] === 0).length : 0;
}
