import path from 'node:path';
import { type Dataset, rowsOfAll } from '../../data/dataset.js';
import type { Ranks } from '../../distributed/ranks.js';
import type { Layer } from '../../layers/layer.js';
import type { LossLike } from '../../losses/loss.js';
import { ema } from '../../optimizers/average.js';
import type { Rule } from '../../optimizers/rule.js';
import { newestCheckpoint } from '../../training/checkpoint_folder.js';
import type { TensorGroup } from '../../training/groups.js';
import { type Network, network } from '../../training/network.js';
import { differenceOf, otherTraining } from '../../training/other_training.js';
import { Trainer } from '../../training/trainer.js';
import type { EpochLosses } from './report.js';

/** How a candidate is trained. */
export interface Recipe {
  readonly layers: readonly Layer[];
  readonly optimizer: Rule;
  readonly batchSize: number;
  readonly loss: LossLike;
  readonly seed: number;
  /** Changes the parameters before the first step. */
  readonly begin?: (model: Network) => void;
  /** Tensors with options of their own. */
  readonly groups?: (model: Network) => readonly TensorGroup[];
  /** The most epochs; without `stopping` rows, the number of epochs. */
  readonly epochs: number;
}

/** Signals, logs, checkpoints and progress of a fit. */
export interface FitContext {
  readonly signal?: AbortSignal | undefined;
  /** Ends the run at the next step, with the model so far. */
  readonly stop?: AbortSignal | undefined;
  readonly maxSeconds?: number | undefined;
  readonly onEpoch?: ((epoch: number, epochs: number) => void) | undefined;
  /** Processes that train together. */
  readonly ranks?: Ranks | undefined;
  /** Folder for an event file of TensorBoard. */
  readonly logDir?: string | undefined;
  readonly logFile?: string | undefined;
  /** Where to keep checkpoints. The fit continues from the last one; a finished fit returns its result again. */
  readonly checkpoint?: { readonly folder: string; readonly everySeconds: number } | undefined;
}

/** The most steps per epoch for an average of parameters. Beyond that, it would cost more than it gains. */
const mostAveragedSteps = 400;

/** A trained candidate. */
export interface FittedCandidate {
  readonly model: Network;
  /** The number of epochs after which the parameters were taken. */
  readonly epochs: number;
  /** Training rows per second in the last epoch. */
  readonly examplesPerSecond: number;
  readonly history: readonly EpochLosses[];
  /** The least loss on the rows that decide when training ends, or that choose a penalty. Undefined: there are none. */
  readonly stoppingLoss?: number | undefined;
  /** Of an exact linear model: the penalty per unit of weight, for each target. Undefined: it was trained on minibatches. */
  readonly penalties?: readonly number[] | undefined;
}

/** Trains until the loss on `stopping` has not improved for a while; without `stopping`, for all epochs. */
export async function fitCandidate(
  recipe: Recipe,
  training: Dataset,
  stopping: Dataset | undefined,
  context: FitContext,
): Promise<FittedCandidate> {
  const stepsPerEpoch = Math.ceil(rowsOfAll(training) / recipe.batchSize);
  const patience = Math.max(5, Math.ceil(300 / stepsPerEpoch));
  const { epochs, batchSize } = recipe;
  const { checkpoint, stop: stopped, onEpoch, ranks, ...places } = context;
  using trainer = await trainerFor(recipe, training, stepsPerEpoch, checkpoint?.folder, ranks);
  const begin = () =>
    trainer.fit(training, {
      batchSize,
      epochs,
      ...(stopping ? { validation: stopping, earlyStopping: { patience } } : {}),
      ...(checkpoint ? { checkpoint } : {}),
      ...places,
      onEpoch: ({ epoch }) => onEpoch?.(epoch, epochs),
    });
  const run = checkpoint ? goingOn(checkpoint.folder, begin) : begin();
  const stop = () => run.stop();
  stopped?.addEventListener('abort', stop);
  if (stopped?.aborted) stop();
  const history = await run.finally(() => stopped?.removeEventListener('abort', stop));
  const losses = history.epochs.map(({ validation }) => validation?.loss ?? Number.NaN);
  return {
    model: trainer.model,
    epochs: history.best?.epoch && stopping ? history.best.epoch : history.epochs.length,
    ...(stopping ? { stoppingLoss: Math.min(...losses.filter((loss) => !Number.isNaN(loss))) } : {}),
    examplesPerSecond: Math.round(history.epochs.at(-1)?.examplesPerSecond ?? 0),
    history: history.epochs.map(({ epoch, loss: mean, validation }) => ({
      epoch,
      loss: mean,
      ...(validation ? { stopping: validation.loss } : {}),
    })),
  };
}

/** Begins a run. If the folder has the checkpoints of another training, the error names it. */
function goingOn<T>(folder: string, begin: () => T): T {
  try {
    return begin();
  } catch (error) {
    // Other rows may have other bins, so that the inputs of the network of the checkpoint don't fit.
    const isShape = (error as { code?: string }).code === 'ERR_SHAPE';
    const difference = differenceOf(error) ?? (isShape ? 'the training there began with other data' : undefined);
    const place = path.dirname(folder);
    throw difference === undefined
      ? error
      : otherTraining(`${place}: ${difference}`, 'remove the folder, or choose another place', error);
  }
}

/** The trainer of the newest checkpoint; a new one if there is none. */
async function trainerFor(
  { layers, loss, optimizer, seed, begin, groups }: Recipe,
  training: Dataset,
  stepsPerEpoch: number,
  folder: string | undefined,
  ranks: Ranks | undefined,
): Promise<Trainer> {
  let checkpoint = folder === undefined ? undefined : await newestCheckpoint(folder);
  if (ranks && folder !== undefined) [checkpoint] = await ranks.gather(checkpoint ?? ''); // the first rank writes checkpoints
  if (checkpoint) return Trainer.resume(checkpoint, { ranks });
  const average = { average: ema({ decay: Math.max(0.5, 1 - 2 / stepsPerEpoch) }) };
  const model = network({ inputs: training, layers, seed });
  begin?.(model);
  return new Trainer(model, {
    loss,
    optimizer,
    seed,
    ranks,
    groups: groups?.(model),
    ...(stepsPerEpoch <= mostAveragedSteps ? average : {}),
  });
}
