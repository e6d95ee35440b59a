import path from 'node:path';
import { checkBoolean } from '../../checks/options.js';
import { distributionsOf } from '../monitoring/distributions_of.js';
import { checkTargets, refuseOfSeveral } from '../pipeline/pipeline.js';
import { columnOf, kindsOf, type Table } from '../table.js';
import { TableModel } from '../table_model.js';
import { choicesOf, rowsWithTarget, type Target } from '../target.js';
import { headOf } from '../targets/heads.js';
import { weightsOf } from '../weights.js';
import { type FittedWithPipeline, fitPrepared, predictedBy, prepare, samplingOf } from './assess.js';
import { truthsOf } from './baselines.js';
import {
  advantageOf,
  advantagesOf,
  bestBaseline,
  eachOf,
  joinedPredictions,
  type Predictions,
  sampledInTime,
  scoresOfAll,
} from './comparison.js';
import { divisionsOf, isCrossValidated } from './divisions.js';
import type { FitContext } from './fit_candidate.js';
import type { Parts } from './folds.js';
import { importanceOf } from './importance.js';
import { columnsReport } from './left_out.js';
import { checkWhole, settingOf } from './options.js';
import { givenOf, ownChecks, retrainingOptions } from './own_options.js';
import { refit } from './refit.js';
import type { CandidateKind, SeveralReport, TargetReport } from './report.js';
import { type Predicted, scoresOfEachClass } from './scores.js';
import { membersFor, recipeFor, type Setting } from './setting.js';
import type { TrainOptions, TrainSeveralOptions } from './train_options.js';
import { warningsFor } from './warnings/inspect.js';

/** The result of `train` for several targets. */
export interface TrainedSeveral {
  readonly model: TableModel;
  readonly report: SeveralReport;
  /** Of each target: predictions for the held-out rows, by models of the chosen kind that were not trained on them. */
  readonly heldOut: Readonly<Record<string, { readonly target: Target; readonly predicted: Predicted }>>;
}

/** The candidates, trained on some rows, and what each predicts of one target for others that have it. */
interface Assessed {
  readonly fits: Readonly<Record<CandidateKind, FittedWithPipeline>>;
  readonly each: ReadonlyMap<string, AssessedTarget>;
}

interface AssessedTarget {
  readonly target: Target;
  readonly held: Table;
  /** The candidates for this target alone. */
  readonly fits: Readonly<Record<CandidateKind, FittedWithPipeline>>;
  readonly predicted: Predictions;
}

/** Trains one network for several targets. */
export async function trainSeveral(table: Table, options: TrainSeveralOptions): Promise<TrainedSeveral> {
  const start = performance.now();
  checkWhole('train', table);
  const names = checkTargets('target', options.target);
  refuseOfSeveral('train', options);
  const settings: Setting[] = [];
  for (const name of names) settings.push(await settingOfOne(table, options, names, name));
  const setting = jointSetting(table, settings);
  const { validation, stop, onProgress, logDir, logFile, warnings = true } = options;
  checkBoolean('warnings', warnings);
  const isSmall = isCrossValidated(setting, validation);
  const divisions = await divisionsOf(setting, validation);
  const fits = divisions.length * 2 + (isSmall ? membersFor(setting.rows) : 0);
  let fitted = 0;
  const contextOf = (name: string, stage: string, place: number): FitContext => ({
    ...setting.context,
    stop,
    ...(logFile === undefined ? {} : { logFile: String(logFile) }),
    ...(logDir === undefined ? {} : { logDir: path.join(String(logDir), name) }),
    onEpoch: (epoch, epochs) => onProgress?.(stage, Math.min(1, (fitted + place + epoch / epochs) / fits)),
  });
  const assessed: Assessed[] = [];
  for (const [i, parts] of divisions.entries()) {
    if (assessed.length > 0 && stop?.aborted) break;
    assessed.push(
      await assess(setting, parts, (kind) =>
        contextOf(`${kind}-${i + 1}`, `${kind} model`, kind === 'network' ? 1 : 0),
      ),
    );
    fitted += 2;
  }
  const partsOf = (name: string): AssessedTarget[] => assessed.flatMap(({ each }) => each.get(name) ?? []);
  const predictedOf = (name: string) =>
    eachOf(joinedPredictions(partsOf(name).map(({ predicted }) => predicted)), (_, one) =>
      sampledInTime(one, setting.division),
    );
  const advantages = names.map((name) => {
    const { network, linear } = predictedOf(name);
    return advantageOf(partsOf(name)[0]!.target, network, linear);
  });
  const isBetter = advantages.some(({ low }) => low > 0) && advantages.every(({ high }) => high >= 0);
  const chosen = setting.network.hidden.length > 0 && isBetter ? 'network' : 'linear';
  const stopped = stop?.aborted === true;
  const final =
    isSmall && !stopped
      ? await refit(setting, chosen, assessed, (i) => contextOf(`final-${i + 1}`, 'final model', i))
      : assessed[0]!.fits[chosen];

  const heldOut: Record<string, { target: Target; predicted: Predicted }> = {};
  const targets: Record<string, TargetReport> = {};
  for (const [i, name] of names.entries()) {
    const parts = partsOf(name);
    const [{ target }] = parts as [AssessedTarget, ...AssessedTarget[]];
    const predicted = predictedOf(name);
    const baseline = bestBaseline(target, predicted);
    const gain = advantageOf(target, predicted.network, predicted[baseline]!);
    heldOut[name] = { target, predicted: predicted[chosen] };
    targets[name] = {
      task: target.task,
      rows: settings[i]!.rows,
      withoutTarget: setting.rows - settings[i]!.rows,
      scores: scoresOfAll(target, predicted),
      ...scoresOfEachClass(target, predicted[chosen]),
      baseline,
      gain,
      worth: gain.low > 0,
      advantages: advantagesOf(target, predicted, chosen),
      importance: await importanceOf(
        parts.map(({ held, fits: ofPart }) => ({ held, fit: ofPart[chosen] })),
        setting.seed,
        undefined,
      ),
      warnings:
        warnings && !stopped
          ? await warningsFor({
              table: settings[i]!.table,
              target,
              read: final.pipeline.columns,
              options: retrainingOptions(optionsOfOne(options, names, name), chosen),
            })
          : [],
    };
  }
  const { optimizer, batchSize } = recipeFor(setting, chosen, final.pipeline);
  const { by } = setting.division;
  const uses = { pipeline: options.pipeline, by, weight: setting.objective.weight };
  const report: SeveralReport = {
    targets,
    rows: setting.rows,
    withoutTarget: table.rows - setting.rows,
    ...columnsReport(setting.table, kindsOf(setting.table), names, final.pipeline.columns, uses),
    heldOut: isSmall ? 'cross-validated' : 'held out',
    ...givenOf({ weight: setting.objective.weight }),
    ...givenOf(setting.division),
    stopped,
    chosen,
    parameters: final.model.parameters.length,
    epochs: final.epochs,
    rule: optimizer.name,
    learningRate: Number(optimizer.learningRate),
    weightDecay: Number(optimizer.weightDecay ?? 0),
    batchSize,
    hidden: setting.network.hidden,
    seed: setting.seed,
    examplesPerSecond: final.examplesPerSecond,
    seconds: (performance.now() - start) / 1000,
    history: final.history,
  };
  onProgress?.('done', 1);
  const distributions = await distributionsOf(final.pipeline, setting.table);
  return { model: new TableModel(final.model, final.pipeline, { report, distributions }), report, heldOut };
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
function jointSetting(table: Table, settings: readonly Setting[]): Setting {
  const [first] = settings as [Setting, ...Setting[]];
  const { weight } = first.objective;
  const known = new Set(settings.flatMap(({ target }) => [...rowsWithTarget(columnOf(table, target))]));
  const weights = weightsOf(table, weight);
  const rows = Array.from({ length: table.rows }, (_, row) => row).filter(
    (row) => known.has(row) && weights?.[row] !== 0,
  );
  return {
    ...first,
    table: table.select(rows),
    rows: rows.length,
    target: settings.map(({ target }) => target).join(', '),
    task: 'regression', // no proportions of classes are kept
    classes: undefined,
    objective: { weight },
    several: settings.map(({ target, task, classes }) => ({ target, task, classes })),
  };
}

async function assess(
  setting: Setting,
  parts: Parts,
  contextOf: (kind: CandidateKind) => FitContext,
): Promise<Assessed> {
  const fitAs = async (kind: CandidateKind): Promise<FittedWithPipeline> => {
    using prepared = await prepare(setting, kind, parts);
    return await fitPrepared(setting, kind, prepared, contextOf(kind));
  };
  const linear = await fitAs('linear');
  const network = setting.network.hidden.length === 0 ? linear : await fitAs('network');
  const [ofLinear, ofNetwork] = [linear, network].map((fit) => new TableModel(fit.model, fit.pipeline));
  const each = new Map<string, AssessedTarget>();
  for (const { column } of linear.pipeline.targets) {
    const known = new Set(rowsWithTarget(columnOf(setting.table, column)));
    const [training, heldOut] = [parts.training, parts.heldOut].map((rows) => rows.filter((row) => known.has(row)));
    if (heldOut!.length === 0) continue;
    const held = setting.table.select(heldOut!);
    const alone = (fit: FittedWithPipeline, model: TableModel): FittedWithPipeline => {
      const { network: part, pipeline } = model.for(column);
      return { ...fit, model: part, pipeline };
    };
    const fits = { linear: alone(linear, ofLinear!), network: alone(network, ofNetwork!) };
    const { target } = fits.linear.pipeline;
    const truths = truthsOf(target, held);
    const sampling = samplingOf(setting, held);
    const learnt = setting.table.select(training!);
    const constant = headOf(target).constant(truthsOf(target, learnt), weightsOf(learnt, setting.objective.weight));
    const predictions = Float64Array.from(
      { length: constant.length * truths.length },
      (_, i) => constant[i % constant.length]!,
    );
    each.set(column, {
      target,
      held,
      fits,
      predicted: {
        constant: { predictions, truths, decided: choicesOf(target, predictions), ...sampling },
        linear: { ...predictedBy(fits.linear, held, truths), ...sampling },
        network: { ...predictedBy(fits.network, held, truths), ...sampling },
      },
    });
  }
  return { fits: { linear, network }, each };
}
