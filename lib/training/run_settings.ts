import { addon, type NativeDataset, type NativeEarlyStopping, type NativeRunOptions } from '../addon/index.js';
import { refuse } from '../checks/options.js';
import { checkDataset, checkShard, type Dataset, nativeDataset, rowsOfAll, shardSizes } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import { modeOfPlateau } from '../schedules/reduce_on_plateau.js';
import type { CurvatureMonitor } from './curvature_monitor.js';
import { checkEarlyStopping } from './early_stopping.js';
import { fingerprintOf, identityOf, type RunIdentity } from './interrupted.js';
import { checkMonitor, type Monitor, placeOf, usualMonitor } from './monitor.js';
import type { RunHost, RunScores } from './run_host.js';
import { type ReadOptions, type RunOptions, readRunOptions, type Sampling } from './run_options.js';

/** The options of a run, checked against each other, the trainer and the data. */
export interface RunSettings extends ReadOptions {
  readonly scores: RunScores;
  /** Rows of the training data, over all ranks. */
  readonly rows: number;
  readonly native: Omit<NativeRunOptions, 'checkpoint' | 'position' | 'best' | 'identity' | 'custom'>;
  /** The score that schedules observe, and the one by which epochs are compared. */
  readonly observed: Monitor;
  readonly bestBy: Monitor;
  readonly curvature: CurvatureMonitor | undefined;
  /** The options that the results depend on, and the data. Only for checkpoints, resumed runs and ranks. */
  readonly identity: RunIdentity | undefined;
  /** The options as plain JSON, with their defaults. */
  describe(): Readonly<Record<string, unknown>>;
}

/** Options on which the parameters of a run's steps do not depend, or which are part of others. */
type Undecisive =
  | 'maxSeconds'
  | 'validation' // compared as data
  | 'onEpoch'
  | 'parallel' // runs with it can't be resumed
  | 'shuffle' // a part of `sampling`
  | 'checkpoint'
  | 'onCheckpointError'
  | 'logDir'
  | 'logFile'
  | 'signal';

/** Options that a log does not contain. */
type Undescribed = 'onEpoch' | 'shuffle' | 'onCheckpointError' | 'signal';

/**
 * Reads the options of a run.
 *
 * @throws TypeError, RangeError for options or data that don't fit.
 */
export function runSettings(host: RunHost, scores: RunScores, data: Dataset, given: RunOptions<never>): RunSettings {
  const { plan, ranks, interrupted } = host;
  const { inputs } = host.model;
  const { metrics } = scores;
  const options = readRunOptions(given);
  const { monitor } = options;
  // The first rank writes for all.
  const { checkpoint, logDir, logFile } = ranks && ranks.rank > 0 ? ({} as Partial<ReadOptions>) : options;
  const { curvature } = monitor;
  const hogwild = options.parallel === 'hogwild';
  const nativeOf = (name: string, rows: Dataset) => nativeDataset(checkShard(checkDataset(name, rows, inputs), ranks));
  const training = nativeOf('the training data', data);
  const rows = rowsOfAll(data);
  refuse([
    [host.custom && hogwild, 'parallel "hogwild" has no minibatches, which losses.custom needs'],
    [host.custom && curvature, 'curvatureMonitor needs second derivatives, which losses.custom does not provide'],
    [
      shardSizes(data) && options.sampling === 'weighted',
      'sampling "weighted" needs data that all ranks have, not shards',
    ],
    [
      hogwild && (options.checkpoint || interrupted),
      `${interrupted ? 'a run that is resumed' : 'checkpoint'} does not go with parallel "hogwild", whose order of examples can't be saved`,
    ],
    [
      !options.checkpoint && options.onCheckpointError !== undefined,
      'onCheckpointError is for a run with the option checkpoint',
    ],
    [
      options.validation === undefined && metrics.apart.length > 0,
      `metrics: ${metrics.apart.map(({ as }) => as).join(', ')} need the option validation; on training data a run computes only the loss and the accuracy`,
    ],
  ]);
  const probed = curvature && curvatureRows(curvature, data, inputs, host.seed);
  const validation = options.validation === undefined ? undefined : nativeOf('validation', options.validation);
  const sampling = samplingOf(options, training);
  const batchSize = Math.min(options.batchSize, rows);

  const ofEpochs = { validates: validation !== undefined, metrics };
  const observed =
    monitor.metric === undefined ? usualMonitor(ofEpochs) : checkMonitor('monitor', monitor.metric, ofEpochs);
  const { mode } = placeOf(observed, ofEpochs);
  const other = plan.plateaus.map(modeOfPlateau).find((each) => each !== mode);
  refuse([
    [
      monitor.metric !== undefined && plan.plateaus.length === 0 && options.earlyStopping === undefined,
      `monitor "${observed}" has no effect without a schedules.reduceOnPlateau or earlyStopping`,
    ],
    [
      other,
      `${observed} should be ${mode === 'max' ? 'large' : 'small'}, but the schedule reduceOnPlateau that observes it has mode "${other}"; give it mode: "${mode}"`,
    ],
  ]);
  const { monitor: bestBy, native: earlyStopping } = checkEarlyStopping(options.earlyStopping, observed, ofEpochs);

  const { epochs } = options;
  const isIdentified = options.checkpoint || interrupted || ranks;
  const decisive = {
    batchSize,
    epochs,
    sampling,
    monitor: observed,
    earlyStopping: options.earlyStopping && earlyStopping,
    curvatureMonitor: curvature && isIdentified && { every: curvature.every, data: fingerprintOf(probed!) },
    metrics: scores.hasOwnMetrics ? metrics.metrics : undefined,
  } satisfies Record<Exclude<keyof RunOptions, Undecisive>, unknown> & Record<string, unknown>;
  return {
    ...options,
    checkpoint,
    logDir,
    logFile,
    scores,
    rows,
    native: {
      data: training,
      validation,
      metrics: metrics.apart,
      accuracy: scores.countsCorrect,
      batchSize,
      epochs,
      firstEpoch: host.epochs,
      sampling,
      hogwild,
      maxSeconds: options.maxSeconds ?? 0,
      seed: host.seed,
      scheduled: plan.native.scheduled,
      observed: plan.plateaus.length > 0,
      waitsAtEpochs: true,
      probe: curvature && { data: nativeDataset(probed!), every: curvature.every },
      earlyStopping,
    },
    observed,
    bestBy,
    curvature,
    identity: isIdentified ? identityOf(decisive, data, options.validation) : undefined,
    describe: () =>
      ({
        batchSize,
        epochs,
        maxSeconds: options.maxSeconds,
        validation: options.validation && { rows: rowsOfAll(options.validation) },
        monitor: observed,
        curvatureMonitor: curvature && { every: curvature.every, rows: probed!.rows },
        earlyStopping: options.earlyStopping && describedStopping(bestBy, earlyStopping),
        sampling,
        parallel: options.parallel,
        ...(scores.hasOwnMetrics && { metrics: metrics.metrics }),
        checkpoint,
        logDir,
        logFile,
      }) satisfies Record<Exclude<keyof RunOptions, Undescribed>, unknown> & Record<string, unknown>,
  };
}

const describedStopping = (
  monitor: Monitor,
  { mode, patience, minimumDelta, restoreBest }: NativeEarlyStopping,
): object => ({ monitor, mode, patience, minimumDelta, restoreBest });

/** The rows for a curvature monitor. They are the same in all runs of a trainer on the same data. */
function curvatureRows({ data, examples }: CurvatureMonitor, training: Dataset, inputs: number, seed: number): Dataset {
  const rows = data ? checkDataset("the curvature monitor's data", data, inputs) : training;
  refuse([
    [
      shardSizes(rows),
      'curvatureMonitor needs data that all ranks have, not shards; give it data with the same rows on each rank',
    ],
  ]);
  if (data || rows.rows <= examples!) return rows;
  return rows.select(addon.permutation(rows.rows, seed).subarray(0, examples).sort());
}

/** The order of a run's examples: by blocks for a file so large that other orders would read it at random places. */
function samplingOf({ sampling, shuffle }: ReadOptions, data: NativeDataset): Sampling {
  if (sampling === undefined && shuffle === false) return 'sequential';
  if (sampling === undefined) return data.isReadByBlocks() ? 'blocks' : 'permutation';
  if (shuffle !== undefined && shuffle !== (sampling !== 'sequential'))
    throw errorWith('ERR_INVALID_ARGUMENT', `sampling "${sampling}" contradicts shuffle: ${shuffle}`);
  return sampling;
}
