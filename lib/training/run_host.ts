import type { NativeAnswer, NativeCustomLoss, NativeTrainer } from '../addon/index.js';
import type { Ranks } from '../distributed/ranks.js';
import type { TensorFile } from '../formats/safetensors.js';
import type { MetricList } from '../metrics/metric.js';
import type { Model } from '../models/model.js';
import type { Plan } from '../optimizers/plan.js';
import type { Interrupted, SavedRun } from './interrupted.js';
import type { Image } from './trainer_file.js';

/** The scores of one run. */
export interface RunScores {
  /** The metrics of the run, and whether the run was given them or has those of the trainer. */
  readonly metrics: MetricList;
  readonly hasOwnMetrics: boolean;
  /** Whether the accuracy of minibatches is computed, for the run or for steps in between. */
  readonly countsCorrect: boolean;
}

/** What a run reads of its trainer. */
export interface RunHost {
  readonly native: NativeTrainer;
  /** The custom loss, if the trainer has one. */
  readonly custom: NativeCustomLoss | undefined;
  readonly plan: Plan;
  readonly model: Model;
  readonly seed: number;
  /** The ranks that train together. */
  readonly ranks: Ranks | undefined;
  /** Whether the ranks take each step together, so that an error in it is the same on all of them. */
  readonly findsAlike: boolean;
  /** Steps of the trainer so far. */
  readonly steps: number;
  /** Epochs that the trainer has begun before this run. */
  readonly epochs: number;
  /** The interrupted run that the trainer now finishes. */
  readonly interrupted: Interrupted | undefined;
  /** The trainer's options as JSON. */
  describe(): Readonly<Record<string, unknown>>;
  /** The trainer's file, for an image that was made in this run. */
  fileOf(image: Image, run: SavedRun): TensorFile;
  /** A copy of the model with the parameters published after this step, if they are still the last ones. */
  modelAfter(steps: number): Model;
  /** Called with the answer to a requested step. */
  onAnswer(answer: NativeAnswer): void;
  /** Called with what a custom loss threw at a requested step. */
  onRefusal(id: number, reason: unknown): void;
  /** Called at the end, with the number of epochs that have begun; undefined if the run never began. */
  onEnd(epochs: number | undefined): void;
}
