import type { CheckedOptions, Checks } from '../../checks/checked_options.js';
import { refuse } from '../../checks/options.js';
import { checkNumber, openInterval } from '../../checks/ranges.js';
import { invalid } from '../../checks/shown.js';
import {
  costMatrix,
  decisionChecks,
  decisionOf,
  type MistakeCosts,
  type ModelDecision,
  usualDecision,
} from '../decision.js';
import type { ObjectiveOptions } from '../objective_options.js';
import { bestOf, type Class, type ClassTarget, type Target } from '../target.js';
import { eachPart } from './cross_fitting.js';
import { type Estimate, meanOf } from './estimates.js';
import { rowsAt } from './predicted.js';
import type { Predicted } from './scores.js';
import { balancedCriterion, bestThreshold, type Criterion, costCriterion, f1Criterion } from './thresholds.js';

/** How a model shall choose among classes. Default: the most probable one. */
export interface TrainDecisionOptions {
  /**
   * For two classes: the second one is predicted from this probability on. `'balancedAccuracy'` and `'f1'` choose the threshold for
   * which that score is greatest on the held-out rows; F1 is that of the rarer class. The model keeps it.
   */
  readonly threshold?: number | 'balancedAccuracy' | 'f1' | undefined;
  /**
   * What a mistake costs: `{ ill: { healthy: 10 } }` if taking an ill person for healthy costs 10. Mistakes that are left out
   * cost 1, right predictions 0. Of two classes, the threshold is chosen for which the held-out rows cost least; of several, the
   * class with the least expected cost is predicted. The model keeps both.
   */
  readonly costs?: MistakeCosts | undefined;
}

export const trainDecisionChecks = {
  threshold: (name: string, given: unknown): number | 'balancedAccuracy' | 'f1' => {
    if (given === 'balancedAccuracy' || given === 'f1') return given;
    if (typeof given === 'number') return checkNumber(name, given, openInterval(0, 1));
    throw invalid(name, 'a number, "balancedAccuracy" or "f1"', given);
  },
  costs: decisionChecks.costs,
} satisfies Checks<TrainDecisionOptions>;

/** Options that were checked. */
export type ChosenDecision = CheckedOptions<typeof trainDecisionChecks>;

/** What this reads of the setting of a training. */
interface Decidable {
  readonly target: string;
  readonly classes: readonly Class[] | undefined;
  readonly objective: Pick<ObjectiveOptions, 'classWeights'>;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for options that don't fit the target. */
export function checkTrainDecision(where: string, setting: Decidable, { threshold, costs }: ChosenDecision): void {
  if (threshold === undefined && costs === undefined) return;
  const { target: column, classes } = setting;
  refuse([
    [
      setting.objective.classWeights !== undefined,
      `${where}: classWeights already say what mistakes cost; leave out classWeights, or threshold and costs`,
    ],
  ]);
  const target: Target = classes
    ? { column, task: 'classification', classes }
    : { column, task: 'regression', mean: 0, deviation: 1 };
  decisionOf(where, target, { threshold: typeof threshold === 'string' ? 0.5 : threshold, costs });
}

/** How a model chooses among classes, as `train` reports it. */
export interface DecisionReport {
  /** What the choice follows from. */
  readonly by: 'threshold' | 'costs' | 'balancedAccuracy' | 'f1';
  /** Of two classes: the second one is predicted from this probability on. */
  readonly threshold?: number;
  /** For costs and balanced accuracy: the threshold that would be best if the predicted probabilities were exact. */
  readonly theoretical?: number;
  readonly costs?: MistakeCosts;
  /** The mean cost of a held-out row by thresholds that were chosen without its part of the rows. */
  readonly cost?: Estimate;
  /** The mean cost of a held-out row if the most probable class were predicted. */
  readonly costOfMostProbable?: Estimate;
  /** The mean cost of a held-out row if this class were always predicted. */
  readonly costOfAlways?: Readonly<Record<string, Estimate>>;
}

/** The decision of a model, and the decisions on held-out rows that are made without them. */
export interface Decided {
  readonly decision: ModelDecision;
  readonly report: DecisionReport;
  readonly decided: Float64Array;
}

/**
 * Decides on held-out rows: by thresholds that are chosen on the other parts of the rows, so that scores of the decisions are
 * honest. The model's own threshold is chosen on all held-out rows.
 *
 * @param parts The part of each row.
 */
export function decideOn(target: ClassTarget, rows: Predicted, parts: Uint32Array, given: ChosenDecision): Decided {
  const { classes } = target;
  const { costs, threshold } = given;
  const criterionOf = searched(target, given);
  const theoretical = threshold === 'f1' ? undefined : criterionOf?.(rows).theory;
  const decision = decisionFrom(target, rows, given);
  const decided = criterionOf ? crossFitted(target, rows, parts, criterionOf) : decidedBy(target, rows, decision);
  const report: DecisionReport = {
    by: costs ? 'costs' : typeof threshold === 'string' ? threshold : 'threshold',
    ...(decision.threshold === undefined ? {} : { threshold: decision.threshold }),
    ...(theoretical === undefined ? {} : { theoretical }),
    ...(costs ? { costs, ...costEstimates(classes.map(String), costs, rows, decided) } : {}),
  };
  return { decision, report, decided };
}

/** The decision that options ask for, with a threshold that is searched on some rows unless it is given. */
export function decisionFrom(target: ClassTarget, rows: Predicted, given: ChosenDecision): ModelDecision {
  const { threshold, costs } = given;
  const criterionOf = searched(target, given);
  return {
    ...(criterionOf ? { threshold: bestThreshold(rows, criterionOf(rows)) } : {}),
    ...(typeof threshold === 'number' ? { threshold } : {}),
    ...(costs ? { costs } : {}),
  };
}

/** Whether a threshold is searched on rows. */
export const isSearched = (target: ClassTarget, given: ChosenDecision): boolean =>
  searched(target, given) !== undefined;

/** By which criterion the threshold is searched, for some rows; undefined if it is given, or if there is none. */
function searched(
  { classes }: ClassTarget,
  { threshold, costs }: ChosenDecision,
): ((rows: Predicted) => Criterion) | undefined {
  if (threshold === 'balancedAccuracy') return balancedCriterion;
  if (threshold === 'f1') return f1Criterion;
  if (!costs || classes.length !== 2) return undefined;
  const criterion = costCriterion(costMatrix(classes.map(String), costs));
  return () => criterion;
}

/** The class of each row by a decision. */
export function decidedBy(
  target: ClassTarget,
  { predictions, truths }: Predicted,
  decision: ModelDecision,
): Float64Array {
  const decide = usualDecision('train', target, decision)!;
  return truths.map((_, row) => decide(predictions, row * target.classes.length));
}

function crossFitted(
  target: ClassTarget,
  rows: Predicted,
  parts: Uint32Array,
  criterionOf: (rows: Predicted) => Criterion,
): Float64Array {
  const decided = new Float64Array(rows.truths.length);
  for (const { own, others } of eachPart(parts)) {
    const known = rowsAt(rows, 2, others);
    const threshold = bestThreshold(known, criterionOf(known));
    const ofPart = decidedBy(target, rowsAt(rows, 2, own), { threshold });
    for (const [i, row] of own.entries()) decided[row] = ofPart[i]!;
  }
  return decided;
}

function costEstimates(classes: readonly string[], costs: MistakeCosts, rows: Predicted, decided: Float64Array) {
  const { truths, predictions } = rows;
  const costOf = (chosen: Float64Array) => meanCost(classes, costs, rows, chosen);
  const always = classes.map((name, place) => [name, costOf(new Float64Array(truths.length).fill(place))]);
  const probable = truths.map((_, row) => bestOf(predictions, row * classes.length, classes.length));
  return { cost: costOf(decided), costOfMostProbable: costOf(probable), costOfAlways: Object.fromEntries(always) };
}

/** The mean cost of a row. */
export function meanCost(
  classes: readonly string[],
  costs: MistakeCosts,
  rows: Predicted,
  decided: Float64Array,
): Estimate {
  const matrix = costMatrix(classes, costs);
  const { value, low, high } = meanOf(
    rows.truths.map((truth, row) => matrix[truth]![decided[row]!]!),
    rows,
  );
  return { value, low: Math.max(0, low), high };
}

/** What is predicted for held-out rows, and the decision by which it is; undefined unless options ask for one. */
export interface DecidedPredictions {
  readonly predicted: Predicted;
  readonly made?: Pick<Decided, 'decision' | 'report'> | undefined;
}

/** Decides on the held-out rows that are predicted. */
export function decidedPredictions(
  target: Target,
  predicted: Predicted,
  parts: Uint32Array,
  given: ChosenDecision,
): DecidedPredictions {
  if (target.task === 'regression' || (given.threshold === undefined && given.costs === undefined))
    return { predicted };
  const width = target.classes.length;
  const places = Uint32Array.from(parts.keys()).filter((row) => !Number.isNaN(predicted.predictions[row * width]!));
  const { decision, report, decided } = decideOn(
    target,
    rowsAt(predicted, width, places),
    places.map((row) => parts[row]!),
    given,
  );
  const all = new Float64Array(parts.length).fill(Number.NaN);
  for (const [i, row] of places.entries()) all[row] = decided[i]!;
  return { predicted: { ...predicted, decided: all }, made: { decision, report } };
}
