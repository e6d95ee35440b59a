import type { DateForm } from '../date_form.js';
import type { ColumnKind } from '../kinds.js';
import type { ObjectiveOptions } from '../objective_options.js';
import type { Task } from '../target.js';
import type { CalibrationReport } from './calibration.js';
import type { DecisionReport } from './decisions.js';
import type { ColumnDependence } from './dependence.js';
import type { Estimate } from './estimates.js';
import type { FoldLosses } from './fold_losses.js';
import type { IntervalReport } from './held_out_intervals.js';
import type { ScoresByClass, TableScores } from './scores.js';
import type { TextsReport } from './texts_report.js';
import type { WorstRow } from './worst_rows.js';

/** The two kinds of models that are compared. */
export type CandidateKind = 'linear' | 'network';

/**
 * What models are compared with. `'constant'`: the mean, or the proportions of the classes. `'linear'`: the linear model.
 * `'persistence'`, if a column of time was given: the target's last earlier value. `'nearest'`: the nearest training rows.
 */
export type BaselineName = 'constant' | 'linear' | 'persistence' | 'nearest';

/** The report of `train`. Plain data. Scores of each class are those of the chosen model. */
export interface TrainReport extends ScoresByClass {
  readonly target: string;
  readonly task: Task;
  /** Rows with a target. */
  readonly rows: number;
  /** Rows that were left out because they have no target. */
  readonly withoutTarget: number;
  /** With the option `weight`: rows with a target that were left out because their weight is 0. Left out if there are none. */
  readonly withoutWeight?: number;
  /** With the option `distinct`: rows that were left out because they repeat others. */
  readonly repeated?: number;
  /** The kind of each column. */
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  /** How dates are written in columns of texts other than ISO 8601, shown by 25 June 1998. */
  readonly dateForms: Readonly<Record<string, DateForm>>;
  /** Columns that the model does not use: identifiers, constants, and columns without a step in the pipeline. */
  readonly leftOut: readonly string[];
  /** Why each of these columns is not used, as the end of a sentence. */
  readonly leftOutBecause: Readonly<Record<string, string>>;
  /** Columns that the model uses as they are although they look like dates: why they were not read as dates, and what to do. */
  readonly unreadDates: Readonly<Record<string, string>>;
  /** How rows were held out for the scores: each row once, or a part of the rows. */
  readonly heldOut: 'cross-validated' | 'held out';
  /** The option `by`, `time`, `gap` or `stratified` by which the rows were divided, if it was given. */
  readonly by?: string;
  readonly time?: string;
  readonly gap?: number;
  readonly stratified?: string;
  /** The options `loss` and `quantiles`, if they were given. */
  readonly loss?: ObjectiveOptions['loss'] & {};
  readonly quantiles?: readonly number[];
  /** The column of weights, if one was given. Then all scores are weighted means. */
  readonly weight?: string;
  /** The weight of each class in training, if weights of classes were given. */
  readonly classWeights?: Readonly<Record<string, number>>;
  /** Reasons why the scores may be too good for new rows. Empty if none was found, or with `warnings: false`. */
  readonly warnings: readonly TableWarning[];
  /** Whether training was stopped early. */
  readonly stopped: boolean;
  /** Scores on held-out rows: of the network and of each baseline. */
  readonly scores: Readonly<Record<'constant' | CandidateKind, TableScores>> &
    Readonly<Partial<Record<'persistence' | 'nearest', TableScores>>>;
  /** How the model chooses among classes, if `threshold` or `costs` was given. All scores are those of such decisions. */
  readonly decision?: DecisionReport;
  /** For networks of classes: whether their probabilities are calibrated. Scores are those of the calibrated ones. */
  readonly calibration?: CalibrationReport;
  /** For numbers: the 90 % intervals of predictions. Left out if there are too few held-out rows or groups. */
  readonly intervals?: IntervalReport;
  /** The baseline with the least loss, on average over held-out rows. */
  readonly baseline: BaselineName;
  /** How much smaller the network's loss is than that of this baseline. */
  readonly gain: Estimate;
  /** Whether the network is better than every baseline by more than chance explains: the interval of `gain` is above 0. */
  readonly worth: boolean;
  /** The kind of the model: a network if it is better than the linear model by more than chance explains, else the linear one. */
  readonly chosen: CandidateKind;
  /** How much smaller the loss of this kind of model is than that of each baseline, other than itself. */
  readonly advantages: Readonly<Partial<Record<BaselineName, Estimate>>>;
  /** How much shuffling each column increases the loss on held-out rows, the most important column first. */
  readonly importance: readonly ColumnImportance[];
  /**
   * How the model's mean prediction depends on each of the five most important columns, over at most 200 held-out rows; under
   * cross-validation, over rows of the whole table. Texts are left out.
   */
  readonly dependence: readonly ColumnDependence[];
  /** The ten held-out rows with the greatest losses of the chosen kind of model, the worst first. */
  readonly worst: readonly WorstRow[];
  /** How columns of texts are read. Left out if there are none. */
  readonly texts?: TextsReport;
  readonly parameters: number;
  /** Passes over the training rows until the parameters of the model; 0 for the exact solution of a linear model. */
  readonly epochs: number;
  /** Name of the model's update rule, or `'exact solution'`, which has none of the next three. */
  readonly rule: string;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  readonly batchSize?: number;
  /** If a step of the network computed some classes only, which: the option `softmax`. */
  readonly softmax?: 'sampled' | 'hierarchical';
  /**
   * Of an exact solution: λ of the penalty ½λ‖b‖² beside the mean loss, for inputs and numbers to predict that are scaled to
   * deviation 1. It is the one with the least loss on rows set aside.
   */
  readonly penalty?: number;
  /** Widths of the network's hidden layers. */
  readonly hidden: readonly number[];
  readonly seed: number;
  /** Training rows per second; 0 for an exact solution. */
  readonly examplesPerSecond: number;
  readonly seconds: number;
  /** The loss in each epoch of the model's training, and on the rows that decide when it ends. Empty for an exact solution. */
  readonly history: readonly EpochLosses[];
  /**
   * Under cross-validation: the mean losses of the models of all folds in each epoch. The model itself is trained on all rows, for the
   * mean of their numbers of epochs. Empty for an exact solution, and for one division.
   */
  readonly foldHistory: readonly FoldLosses[];
}

/** What the report of a training for several targets says of one of them. */
export type TargetReport = Pick<
  TrainReport,
  | 'task'
  | 'rows'
  | 'withoutTarget'
  | 'scores'
  | 'baseline'
  | 'gain'
  | 'worth'
  | 'advantages'
  | 'penalty'
  | 'importance'
  | 'warnings'
  | keyof ScoresByClass
>;

/** The report of `train` for several targets. Plain data. The network is chosen if it is better for a target and worse for none. */
export interface SeveralReport
  extends Omit<
    TrainReport,
    keyof TargetReport | 'dependence' | 'worst' | 'foldHistory' | 'target' | 'loss' | 'quantiles' | 'classWeights'
  > {
  /** By the names of the columns. */
  readonly targets: Readonly<Record<string, TargetReport>>;
  /** Rows with at least one target. */
  readonly rows: number;
  /** Rows that were left out because they have no target. */
  readonly withoutTarget: number;
}

export interface EpochLosses {
  readonly epoch: number;
  readonly loss: number;
  readonly stopping?: number;
}

export interface ColumnImportance {
  readonly column: string;
  /** The increase of a row's loss when the column is shuffled: squared error, or −ln of the probability. */
  readonly increase: Estimate;
}

/** A reason why the scores of a report may be too good for new rows. Plain data. */
export interface TableWarning {
  /**
   * `'repeated values'`: rows with the same value of a column are alike. `'equal rows'`: rows occur several times. `'order'`: later
   * rows differ from earlier ones. `'leak'`: a column alone predicts the target nearly without a mistake.
   */
  readonly kind: 'repeated values' | 'equal rows' | 'order' | 'leak';
  /** The column to blame, if there is one. */
  readonly column?: string;
  /** What was found, with both scores, and when which of them counts. */
  readonly text: string;
  /** The options of `train` that answer it. */
  readonly options: {
    readonly by?: string;
    readonly time?: string;
    readonly distinct?: true;
    readonly without?: readonly string[];
  };
  /** The score that both numbers are of. */
  readonly score: 'accuracy' | 'meanAbsoluteError';
  /** The score in a trial without the options. It differs a little from that of the report: the trial has fewer rows. */
  readonly usual: Estimate;
  /** The score in a trial on the same rows with the options. */
  readonly instead: Estimate;
}
