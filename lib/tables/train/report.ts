import type { ColumnKind } from '../kinds.js';
import type { Task } from '../target.js';
import type { Estimate, TableScores } from './scores.js';

/** The two models that are compared. */
export type CandidateKind = 'linear' | 'network';

/** What `train` found, as plain data. */
export interface TrainReport {
  readonly target: string;
  readonly task: Task;
  /** Rows with a target. */
  readonly rows: number;
  /** Rows that were left out, since they have no target. */
  readonly withoutTarget: number;
  /** The kind of each column. */
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  /** Columns that the model doesn't use: identifiers, constants, and what the pipeline doesn't name. */
  readonly leftOut: readonly string[];
  /** How the scores were found: each row was held out once, or a part of the rows was. */
  readonly heldOut: 'cross-validated' | 'held out';
  /** Whether training was ended before it was done. */
  readonly stopped: boolean;
  /** Scores on held-out rows: of a constant, of a linear model and of the network. */
  readonly scores: Readonly<Record<'constant' | CandidateKind, TableScores>>;
  /** How much smaller the network's loss is than the linear model's: the mean over held-out rows. */
  readonly gain: Estimate;
  /** Whether the network is better than the linear model beyond chance: the interval of `gain` is above 0. */
  readonly worth: boolean;
  /** Which of the two the model is: the one of the smaller loss on held-out rows. */
  readonly chosen: CandidateKind;
  /** What shuffling each column costs on held-out rows, the most important first. */
  readonly importance: readonly ColumnImportance[];
  readonly parameters: number;
  /** Passes over the training rows whose parameters the model has. */
  readonly epochs: number;
  /** Name of the model's update rule. */
  readonly rule: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly batchSize: number;
  /** Widths of the network's hidden layers. */
  readonly hidden: readonly number[];
  readonly seed: number;
  /** Rows that were trained on in a second. */
  readonly examplesPerSecond: number;
  readonly seconds: number;
  /** The loss in each epoch of the model's training, and on rows that decided when it ends. */
  readonly history: readonly EpochLosses[];
}

export interface EpochLosses {
  readonly epoch: number;
  readonly loss: number;
  readonly stopping?: number;
}

export interface ColumnImportance {
  readonly column: string;
  /** By how much the loss of a row increases when the column is shuffled: squared error, or −ln of the probability. */
  readonly increase: Estimate;
}
