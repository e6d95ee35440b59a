import type { Target } from '../target.js';
import type { Assessment } from './assess.js';
import { type Calibrated, type CalibrationOptions, calibrated } from './calibration.js';
import { advantageOf, bestBaseline, eachOf, joinedDivisions, type Predictions, sampledInTime } from './comparison.js';
import { partsOfRows } from './cross_fitting.js';
import { type ChosenDecision, type DecidedPredictions, decidedPredictions } from './decisions.js';
import type { Estimate } from './estimates.js';
import type { BaselineName, CandidateKind } from './report.js';
import type { Predicted } from './scores.js';
import type { Setting } from './setting.js';

/** What the held-out rows of all divisions say of the candidates. */
export interface Verdict {
  readonly target: Target;
  /** What the candidates and the baselines predict: the network calibrated if that helps, classes as they are decided. */
  readonly predicted: Predictions;
  /** The network if it is clearly better than the linear model. */
  readonly chosen: CandidateKind;
  /** The best baseline. */
  readonly baseline: BaselineName;
  /** How much smaller the network's loss is than that of the best baseline. */
  readonly gain: Estimate;
  /** How the chosen kind decides among classes, if options ask for it. */
  readonly decision: DecidedPredictions['made'];
  /** The calibration of the chosen kind, if it has one. */
  readonly calibration: Pick<Calibrated, 'report' | 'scaling'>;
}

export function verdictOf(
  setting: Setting,
  options: ChosenDecision & CalibrationOptions,
  assessments: readonly [Assessment, ...Assessment[]],
): Verdict {
  const { target } = assessments[0];
  const isNetwork = setting.network.hidden.length > 0;
  const joined = eachOf(joinedDivisions(assessments.map(({ predicted }) => predicted)), (_, one) =>
    sampledInTime(one, setting.division),
  );
  const parts = partsOfRows(assessments.map(({ predicted }) => predicted.network));
  const calibration: Calibrated =
    isNetwork && options.calibration !== false && setting.network.softmax !== 'hierarchical'
      ? calibrated(target, joined.network, parts)
      : { predicted: joined.network };
  const undecided = { ...joined, network: calibration.predicted };
  const decide = (one: Predicted) => decidedPredictions(target, one, parts, options);
  const predicted = eachOf(undecided, (_, one) => decide(one).predicted);
  const baseline = bestBaseline(target, predicted);
  const isBetter = advantageOf(target, predicted.network, predicted.linear).low > 0;
  const chosen = isNetwork && isBetter ? 'network' : 'linear';
  return {
    target,
    predicted,
    chosen,
    baseline,
    gain: advantageOf(target, predicted.network, predicted[baseline]!),
    decision: decide(undecided[chosen]).made,
    calibration: chosen === 'network' ? calibration : {},
  };
}
