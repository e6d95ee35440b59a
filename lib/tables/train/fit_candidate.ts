import type { Dataset } from '../../data/dataset.js';
import type { Layer } from '../../layers/layer.js';
import { adamw } from '../../optimizers/adamw.js';
import { ema } from '../../optimizers/average.js';
import { type Network, network } from '../../training/network.js';
import type { EpochLosses } from './report.js';

/** How a candidate is trained. */
export interface Recipe {
  readonly layers: readonly Layer[];
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly batchSize: number;
  readonly loss: 'squared' | 'logistic' | 'crossEntropy';
  readonly seed: number;
  /** Most epochs, or how many are taken without `stopping`. */
  readonly epochs: number;
}

export interface FitContext {
  readonly signal?: AbortSignal | undefined;
  /** Ends the run at the next step; what it has learnt is kept. */
  readonly stop?: AbortSignal | undefined;
  readonly maxSeconds?: number | undefined;
  readonly onEpoch?: ((epoch: number, epochs: number) => void) | undefined;
}

/** Epochs of more steps are averaged by their number: an average of parameters would then cost more than it gives. */
const mostAveragedSteps = 400;

/** A trained candidate. */
export interface FittedCandidate {
  readonly model: Network;
  /** The number of epochs whose parameters the model has. */
  readonly epochs: number;
  /** Rows that were trained on in a second, in the last epoch. */
  readonly examplesPerSecond: number;
  readonly history: readonly EpochLosses[];
}

/** Trains until the loss on `stopping` has not improved for a while, or for all epochs where there is no `stopping`. */
export async function fitCandidate(
  recipe: Recipe,
  training: Dataset,
  stopping: Dataset | undefined,
  context: FitContext,
): Promise<FittedCandidate> {
  const model = network({ inputs: training, layers: recipe.layers, seed: recipe.seed });
  const stepsPerEpoch = Math.ceil(training.rows / recipe.batchSize);
  const { epochs, loss, batchSize, seed, learningRate, weightDecay } = recipe;
  const patience = Math.max(5, Math.ceil(300 / stepsPerEpoch));
  const run = model.fit(training, {
    loss,
    optimizer: adamw({ learningRate, weightDecay }),
    ...(stepsPerEpoch <= mostAveragedSteps ? { average: ema({ decay: Math.max(0.5, 1 - 2 / stepsPerEpoch) }) } : {}),
    batchSize,
    epochs,
    seed,
    ...(stopping ? { validation: stopping, earlyStopping: { patience } } : {}),
    ...(context.maxSeconds === undefined ? {} : { maxSeconds: context.maxSeconds }),
    ...(context.signal ? { signal: context.signal } : {}),
    onEpoch: ({ epoch }) => context.onEpoch?.(epoch, epochs),
  });
  const stop = () => run.stop();
  context.stop?.addEventListener('abort', stop);
  if (context.stop?.aborted) stop();
  const history = await run.finally(() => context.stop?.removeEventListener('abort', stop));
  return {
    model,
    epochs: history.best?.epoch && stopping ? history.best.epoch : history.epochs.length,
    examplesPerSecond: Math.round(history.epochs.at(-1)?.examplesPerSecond ?? 0),
    history: history.epochs.map(({ epoch, loss: mean, validation }) => ({
      epoch,
      loss: mean,
      ...(validation ? { stopping: validation.loss } : {}),
    })),
  };
}
