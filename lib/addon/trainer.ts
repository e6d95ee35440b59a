import type { NativeCommunicator } from './communicator.js';
import type { NativeDataset } from './data.js';
import type { NativeCustomLoss, NativeLoss } from './network.js';
import type { NativeOptimizerOptions, NativeStateEntry } from './optimizer.js';

export interface NativeTrainerOptions {
  loss: NativeLoss;
  accuracy: boolean;
  optimizer: NativeOptimizerOptions;
  tensors: readonly { group: number; frozen: boolean; mayBeSparse: boolean }[];
  usesSam: boolean;
  skipsNonFinite: boolean;
  accumulate: number;
  precision: string;
  /** Whether training may continue after a run. */
  mayResume: boolean;
  /** Seed of the random numbers of layers. */
  seed: number;
  /** The ranks that share minibatches, and whether they share batch statistics. */
  ranks: NativeCommunicator | undefined;
  synchronizesStatistics: boolean;
  /** With ranks: a text that must be the same on all of them. */
  identity: string | undefined;
  /**
   * If ranks take separate steps: after how many they synchronise, and by what outer step. Undefined: they step
   * together.
   */
  synchronization: { every: number; outer: { learningRate: number; momentum: number } | undefined } | undefined;
}

export interface NativeTrainer {
  /** The arrays are borrowed for the call. */
  step(
    inputs: ArrayBufferView,
    scale: number,
    targets: ArrayBufferView,
    targetColumns: number,
    weights?: Float64Array,
    custom?: NativeCustomLoss,
  ): void;
  /** A step on all rows of a dataset with targets. */
  stepOn(data: NativeDataset, custom?: NativeCustomLoss): void;
  /** Largest number of steps in a run's first epoch, and in each later one. Skipped minibatches make it fewer. */
  stepsOfRun(examples: number, batchSize: number, taken: number): [first: number, others: number];
  /**
   * Layout of an image: all that later steps depend on, in one piece of memory. `best` says whether the parameters of a
   * run's best epoch are part of it.
   */
  imageLayout(best: 'none' | 'kept'): { bytes: number; entries: NativeStateEntry[] };
  /** Fills an image. A run's position (`runPosition` of records.ts) and its best epoch are zeros. */
  saveImage(image: Uint8Array, best: 'none' | 'kept'): void;
  /** Restores an image of a trainer with the same options. @throws GlissadeError `ERR_CORRUPT_FILE` */
  restoreImage(image: Uint8Array, best: 'none' | 'kept'): void;
  dispose(): void;
}
